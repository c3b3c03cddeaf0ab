// A log as records: its settings, then by stream its events and the pruned summary for those that are no longer held, then
// the end. On the way in, events are appended and summaries applied, so records that are there already change nothing.

import { ImmersionError } from '../events/errors.js'
import { compareStreamIds } from '../events/ids.js'
import type { NewEvent } from '../events/types.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { Settings } from '../ports/profile-settings.js'
import type { LogRecord, PrunedSummary, RecordsTaken } from '../ports/replica-types.js'
import { BATCH_EVENTS, BATCH_SUMMARIES } from './carrier.js'
import { ExportSum } from './export-end.js'
import { listAll } from './list-streams.js'
import { checkRecord, EXPORT_FORMAT } from './ndjson.js'

export type RecordSource = Pick<LogEngine, 'listStreams' | 'prunedSummary' | 'settings' | 'exportPages'>

/** The end states what came before it. */
export async function* recordsOf(log: RecordSource): AsyncGenerator<LogRecord> {
  const sum = new ExportSum()
  for await (const record of contentOf(log)) {
    sum.add(record)
    yield record
  }
  yield { kind: 'end', end: sum.end }
}

/**
 * Ascending by stream. A stream's summary follows its events, so versions that retention prunes between the two are in
 * both, which is exact, and never missing. Streams that retention prunes after they have passed get their summary at the end.
 */
async function* contentOf(log: RecordSource): AsyncGenerator<LogRecord> {
  yield { kind: 'settings', settings: await log.settings(), format: EXPORT_FORMAT }
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

/** Reads all records and writes nothing. IMPORT_INVALID, and IMPORT_INCOMPLETE where they are not all of an export. */
export async function checkRecords(records: AsyncIterable<LogRecord>): Promise<void> {
  const sum = new ExportSum()
  try {
    for await (const record of records) sum.add(record)
    sum.checkComplete()
  } catch (error) {
    throw withImported(error, 'Nothing was imported.')
  }
}

/**
 * Settings are reported and not applied: a log that another one is merged into keeps its own. Records go in batches. Those
 * before a line that cannot be read are sent too. `partial`: the records may be a part of an export.
 */
export async function takeRecords(
  records: AsyncIterable<LogRecord>,
  target: Pick<LogEngine, 'append' | 'applySummaries'>,
  partial = false,
): Promise<RecordsTaken> {
  const sum = new ExportSum()
  const overlaps: RecordsTaken['overlaps'][number][] = []
  const conflicts: string[] = []
  const taken = {
    appended: 0,
    present: 0,
    summaries: 0,
    settings: null as Settings | null,
    isComplete: false,
    overlaps,
    conflicts,
  }
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
      sum.add(record)
      if (record.kind === 'settings') taken.settings = record.settings
      else if (record.kind === 'event') events.push(record.event)
      else if (record.kind === 'summary') {
        const { streamId } = record.summary
        if (summaries.has(streamId)) await send()
        summaries.set(streamId, record.summary)
      }
      if (events.length >= BATCH_EVENTS || summaries.size >= BATCH_SUMMARIES) await send()
    }
    if (!partial) taken.isComplete = sum.checkComplete()
  } catch (error) {
    await send()
    const { appended, present, summaries: applied } = taken
    const imported = `${appended} new events and ${applied} pruned summaries of it were imported, and ${present} events were there already.`
    throw withImported(error, `${imported} Importing it again adds only what is missing.`)
  }
  await send()
  return taken
}

/** The refusal of an import, with what became of the records before it. */
function withImported(error: unknown, imported: string): unknown {
  if (!(error instanceof ImmersionError) || !error.code.startsWith('IMPORT_')) return error
  const { code, message, hint, details, cause } = error
  return new ImmersionError(code, message, { hint: `${imported} ${hint}`, details, cause })
}
