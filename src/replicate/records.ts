// A log as records: its settings, then by stream its events and the pruned summary for those that are no longer held. On
// the way in, events are appended and summaries applied, so records that are there already change nothing.

import { compareStreamIds } from '../events/ids.js'
import type { NewEvent } from '../events/types.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { Settings } from '../ports/profile-settings.js'
import type { LogRecord, PrunedSummary, RecordsTaken } from '../ports/replica-types.js'
import { BATCH_EVENTS, BATCH_SUMMARIES } from './carrier.js'
import { listAll } from './list-streams.js'
import { checkRecord } from './ndjson.js'

export type RecordSource = Pick<LogEngine, 'listStreams' | 'prunedSummary' | 'settings' | 'exportPages'>

/**
 * Ascending by stream. A stream's summary follows its events, so versions that retention prunes between the two are in
 * both, which is exact, and never missing. Streams that retention prunes after they have passed get their summary at the end.
 */
export async function* recordsOf(log: RecordSource): AsyncGenerator<LogRecord> {
  yield { kind: 'settings', settings: await log.settings() }
  const { streams, asOfRevision } = await listAll(log, 0)
  const pruned = streams.flatMap(({ streamId, isPruned }) => (isPruned ? [streamId] : [])).sort(compareStreamIds)
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

/**
 * Settings are reported and not applied: a log that another one is merged into keeps its own. Records go in batches. Those
 * before a line that cannot be read are sent too.
 */
export async function takeRecords(
  records: AsyncIterable<LogRecord>,
  target: Pick<LogEngine, 'append' | 'applySummaries'>,
): Promise<RecordsTaken> {
  const overlaps: RecordsTaken['overlaps'][number][] = []
  const conflicts: string[] = []
  const taken = { appended: 0, present: 0, summaries: 0, settings: null as Settings | null, overlaps, conflicts }
  let events: NewEvent[] = []
  /** By stream, because a batch has at most one summary of each stream. */
  const summaries = new Map<string, PrunedSummary>()

  async function send(): Promise<void> {
    if (events.length > 0) {
      const { appended, present } = await target.append(events)
      taken.appended += appended
      taken.present += present
      events = []
    }
    if (summaries.size === 0) return
    const { applied, overlapping, conflicting } = await target.applySummaries([...summaries.values()])
    taken.summaries += applied
    conflicts.push(...conflicting)
    overlaps.push(...overlapping.map(({ streamId, lacking }) => ({ streamId, versions: lacking })))
    summaries.clear()
  }

  try {
    for await (const record of records) {
      if (record.kind === 'settings') taken.settings = record.settings
      else if (record.kind === 'event') events.push(record.event)
      else {
        const { streamId } = record.summary
        if (summaries.has(streamId)) await send()
        summaries.set(streamId, record.summary)
      }
      if (events.length >= BATCH_EVENTS || summaries.size >= BATCH_SUMMARIES) await send()
    }
  } finally {
    await send()
  }
  return taken
}
