// A log as records, out of it and into one: its settings, then by stream its events and the summary for those that are no
// longer held. Taken in, events go by append and summaries are applied, so what is there already changes nothing.

import { compareStreamIds } from '../events/ids.js'
import type { NewEvent } from '../events/types.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { LogRecord, PrunedSummary, RecordsTaken } from '../ports/replica-types.js'
import { listAll } from './listing.js'
import { checkRecord } from './ndjson.js'

/** Events that are appended in one transaction: an import of a lifetime must not hold the log's lock for minutes. */
const BATCH_EVENTS = 1_000
const BATCH_SUMMARIES = 100

export interface RecordSource extends Pick<LogEngine, 'listStreams' | 'prunedSummary' | 'settings'> {
  exportPages(): AsyncIterable<readonly NewEvent[]>
}

/**
 * Ascending by stream. A stream's summary follows its events: what retention takes out between the two is then in both,
 * which is exact, and never in neither. What it takes out of a stream that has passed is stated once more at the end.
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
      yield* stated(log, due)
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
    if (isPruned) yield* stated(log, streamId)
  }
}

async function* stated(log: RecordSource, streamId: string): AsyncGenerator<LogRecord> {
  const summary = await log.prunedSummary({ streamId })
  if (summary !== null) yield { kind: 'summary', summary }
}

/** Records from outside, each checked. IMPORT_INVALID. */
export async function* checkedRecords(records: AsyncIterable<LogRecord>): AsyncGenerator<LogRecord> {
  for await (const record of records) yield checkRecord(record)
}

export type RecordTarget = Pick<LogEngine, 'append' | 'applySummaries'>

/** Settings are told and not taken over: a log that is joined by another keeps its own. */
export async function takeRecords(records: AsyncIterable<LogRecord>, target: RecordTarget): Promise<RecordsTaken> {
  const taken = { appended: 0, present: 0, summaries: 0 }
  let settings: RecordsTaken['settings'] = null
  const overlaps: RecordsTaken['overlaps'][number][] = []
  let events: NewEvent[] = []
  let summaries = new Map<string, PrunedSummary>()

  async function send(): Promise<void> {
    if (events.length > 0) {
      const answer = await target.append(events)
      taken.appended += answer.appended
      taken.present += answer.present
      events = []
    }
    if (summaries.size === 0) return
    const answer = await target.applySummaries([...summaries.values()])
    taken.summaries += answer.applied
    overlaps.push(...answer.overlapping.map(({ streamId, lacking }) => ({ streamId, versions: lacking })))
    summaries = new Map()
  }

  try {
    for await (const record of records) {
      if (record.kind === 'settings') settings = record.settings
      else if (record.kind === 'event') events.push(record.event)
      else {
        if (summaries.has(record.summary.streamId)) await send()
        summaries.set(record.summary.streamId, record.summary)
      }
      if (events.length >= BATCH_EVENTS || summaries.size >= BATCH_SUMMARIES) await send()
    }
  } finally {
    // Also what stands before a line that cannot be read.
    await send()
  }
  return { ...taken, settings, overlaps }
}
