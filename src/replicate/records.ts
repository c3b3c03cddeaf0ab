// A log as records, out of it and into one: its settings, then by stream its events and the statement for those that are no
// longer held. Taken in, events go by append and statements are settled, so what is there already changes nothing.

import { compareStreamIds } from '../events/ids.js'
import type { NewEvent } from '../events/types.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { LogRecord, RecordsTaken, StreamStatement } from '../ports/replica-types.js'
import { listAll } from './listing.js'

/** Events that are appended in one transaction: an import of a lifetime must not hold the log's lock for minutes. */
const BATCH_EVENTS = 1_000
const BATCH_STATEMENTS = 100

export interface RecordSource extends Pick<LogEngine, 'listStreams' | 'statement' | 'settings'> {
  exportPages(): AsyncIterable<readonly NewEvent[]>
}

/**
 * Ascending by stream. A stream's statement follows its events: what retention takes out between the two is then in both,
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
  async function* statementsBefore(streamId: string | null): AsyncGenerator<LogRecord> {
    for (; next < pruned.length; next++) {
      const due = pruned[next] as string
      if (streamId !== null && compareStreamIds(due, streamId) >= 0) return
      yield* stated(log, due)
    }
  }
  let current: string | null = null
  for await (const page of log.exportPages()) {
    for (const event of page) {
      if (event.streamId !== current) yield* statementsBefore(event.streamId)
      current = event.streamId
      yield { kind: 'event', event }
    }
  }
  yield* statementsBefore(null)
  for (const { streamId, isPruned } of (await listAll(log, asOfRevision)).streams) {
    if (isPruned) yield* stated(log, streamId)
  }
}

async function* stated(log: RecordSource, streamId: string): AsyncGenerator<LogRecord> {
  const statement = await log.statement({ streamId })
  if (statement !== null) yield { kind: 'statement', statement }
}

export type RecordTarget = Pick<LogEngine, 'append' | 'settle'>

/** Settings are told and not taken over: a log that is joined by another keeps its own. */
export async function takeRecords(records: AsyncIterable<LogRecord>, target: RecordTarget): Promise<RecordsTaken> {
  const taken = { appended: 0, present: 0, statements: 0 }
  let settings: RecordsTaken['settings'] = null
  const overlaps: RecordsTaken['overlaps'][number][] = []
  let events: NewEvent[] = []
  let statements = new Map<string, StreamStatement>()

  async function send(): Promise<void> {
    if (events.length > 0) {
      const answer = await target.append(events)
      taken.appended += answer.appended
      taken.present += answer.present
      events = []
    }
    if (statements.size === 0) return
    const answer = await target.settle([...statements.values()])
    taken.statements += answer.settled
    overlaps.push(...answer.unsettled.map(({ streamId, lacking }) => ({ streamId, versions: lacking })))
    statements = new Map()
  }

  try {
    for await (const record of records) {
      if (record.kind === 'settings') settings = record.settings
      else if (record.kind === 'event') events.push(record.event)
      else {
        if (statements.has(record.statement.streamId)) await send()
        statements.set(record.statement.streamId, record.statement)
      }
      if (events.length >= BATCH_EVENTS || statements.size >= BATCH_STATEMENTS) await send()
    }
  } finally {
    // Also what stands before a line that cannot be read.
    await send()
  }
  return { ...taken, settings, overlaps }
}
