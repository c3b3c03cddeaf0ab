// A log as records: its settings, then by stream its events and the pruned summary for those that are no longer held. On
// the way in, events are appended and summaries applied, so records that are there already change nothing.

import { compareStreamIds } from '../events/ids.js'
import type { NewEvent } from '../events/types.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { LogRecord, PrunedSummary, RecordsTaken } from '../ports/replica-types.js'
import { BATCH_EVENTS, BATCH_SUMMARIES } from './carrier.js'
import { listAll } from './listing.js'
import { checkRecord } from './ndjson.js'

export interface RecordSource extends Pick<LogEngine, 'listStreams' | 'prunedSummary' | 'settings'> {
  exportPages(): AsyncIterable<readonly NewEvent[]>
}

/**
 * Ascending by stream. A stream's summary follows its events, so versions that retention prunes between the two are in both,
 * which is exact, and never in neither. Streams that retention prunes after they have passed get their summary at the end.
 */
export async function* recordsOf(log: RecordSource): AsyncGenerator<LogRecord> {
  yield { kind: 'settings', settings: await log.settings() }
  const { streams, asOfRevision } = await listAll(log, 0)
  const pruned = streams
    .filter(({ isPruned }) => isPruned)
    .map(({ streamId }) => streamId)
    .sort(compareStreamIds)
  let next = 0
  async function* summariesBefore(streamId: string | null): AsyncGenerator<LogRecord> {
    for (; next < pruned.length; next++) {
      const due = pruned[next] as string
      if (streamId !== null && compareStreamIds(due, streamId) >= 0) return
      yield* summaryOf(log, due)
    }
  }
  let current: string | null = null
  for await (const page of log.exportPages()) {
    for (const event of page) {
      if (event.streamId !== current) yield* summariesBefore(event.streamId)
      current = event.streamId
      yield { kind: 'event', event }
    }
  }
  yield* summariesBefore(null)
  for (const { streamId, isPruned } of (await listAll(log, asOfRevision)).streams) {
    if (isPruned) yield* summaryOf(log, streamId)
  }
}

async function* summaryOf(log: RecordSource, streamId: string): AsyncGenerator<LogRecord> {
  const summary = await log.prunedSummary({ streamId })
  if (summary !== null) yield { kind: 'summary', summary }
}

/** Records from outside, each checked. IMPORT_INVALID. */
export async function* checkedRecords(records: AsyncIterable<LogRecord>): AsyncGenerator<LogRecord> {
  for await (const record of records) yield checkRecord(record)
}

export type RecordTarget = Pick<LogEngine, 'append' | 'applySummaries'>

/** Settings are reported and not applied: a log that another one is merged into keeps its own. */
export async function takeRecords(records: AsyncIterable<LogRecord>, target: RecordTarget): Promise<RecordsTaken> {
  const taker = new RecordTaker(target)
  try {
    for await (const record of records) await taker.take(record)
  } finally {
    // Also the records before a line that cannot be read.
    await taker.send()
  }
  return taker.taken
}

/** Collects records and sends them in batches. */
class RecordTaker {
  readonly #target: RecordTarget
  readonly #overlaps: RecordsTaken['overlaps'][number][] = []
  #events: NewEvent[] = []
  /** By stream: a batch has at most one summary of a stream. */
  #summaries = new Map<string, PrunedSummary>()
  #taken: RecordsTaken = { appended: 0, present: 0, summaries: 0, settings: null, overlaps: this.#overlaps }

  constructor(target: RecordTarget) {
    this.#target = target
  }

  get taken(): RecordsTaken {
    return this.#taken
  }

  async take(record: LogRecord): Promise<void> {
    switch (record.kind) {
      case 'settings':
        this.#taken = { ...this.#taken, settings: record.settings }
        break
      case 'event':
        this.#events.push(record.event)
        break
      case 'summary':
        if (this.#summaries.has(record.summary.streamId)) await this.send()
        this.#summaries.set(record.summary.streamId, record.summary)
    }
    if (this.#events.length >= BATCH_EVENTS || this.#summaries.size >= BATCH_SUMMARIES) await this.send()
  }

  async send(): Promise<void> {
    const taken = this.#taken
    if (this.#events.length > 0) {
      const { appended, present } = await this.#target.append(this.#events)
      this.#taken = { ...taken, appended: taken.appended + appended, present: taken.present + present }
      this.#events = []
    }
    if (this.#summaries.size === 0) return
    const { applied, overlapping } = await this.#target.applySummaries([...this.#summaries.values()])
    this.#taken = { ...this.#taken, summaries: this.#taken.summaries + applied }
    this.#overlaps.push(...overlapping.map(({ streamId, lacking }) => ({ streamId, versions: lacking })))
    this.#summaries = new Map()
  }
}
