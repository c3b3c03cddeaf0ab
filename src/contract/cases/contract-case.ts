// The shape of a contract case of the port, and the rows that cases write. Cases know no test runner. contract.ts gives each
// case a function that opens one log, which is empty at first; the case closes what it opens.

import assert from 'node:assert/strict'
import { rowTableOf } from '../../engine/built-in-projections.js'
import { type ErrorCode, ImmersionError } from '../../events/errors.js'
import { MEASURE_INDEX, type MeasureName, type SparseMeasures, zeroSums } from '../../events/measures.js'
import type {
  EventLog,
  EventRow,
  Head,
  LedgerRow,
  LogSnapshot,
  LogWrites,
  MigrationPlan,
  ReadModelRow,
  RowTable,
  StreamRow,
  VideoRow,
} from '../../ports/event-log.js'

/** The parts of the contract. */
export type ContractPart = 'Session' | 'Video' | 'Telemetry' | 'Event' | 'Rollup' | 'Store' | 'Defaults' | 'Law'

/** Capabilities that a backend may lack. Each case names those that it needs. */
export const CAPABILITIES = {
  /** A log that is open is opened once more, as another process does, and both openings see the same. */
  'second-opening': 'opens a log that is already open',
  /** Committed writes are present when the log is opened again after every opening was closed. */
  reopening: 'keeps a log that no one has open',
  /** A log that is opened with `readOnly` refuses to write. */
  'read-only': 'opens a log for reading only',
  /** A projection that is new to an existing log gets its table. */
  'later-projections': 'adds tables to an existing log',
  /** `LogWrites.removedPositions`. */
  pruning: 'removes events by their positions',
  /** `EventLog.deleteProfile`. */
  'profile-deletion': 'deletes a profile',
  /** `EventLogAdapter.planMigrations` says what opening would change. */
  'migration-plan': 'plans migrations',
  /** A worker's thread can import the adapter's module, by the URL in `storage.provider`. */
  worker: 'can be opened by a worker thread',
  /** Two threads that open one log see the same, and the writes of a thread outlive it. */
  threads: 'shares a log between threads',
} as const

/** A key of CAPABILITIES. */
export type Capability = keyof typeof CAPABILITIES

/** Opens the case's log; a second call opens the same log again, as another process does. */
export type OpenLog = (options?: {
  readonly tables?: readonly RowTable[]
  readonly readOnly?: boolean
}) => Promise<EventLog>

/** The plan for opening the case's log for writing, with `TABLES` where no tables are named. */
export type PlanLog = (tables?: readonly RowTable[]) => Promise<MigrationPlan>

/** A case before contract.ts opens what `Run` takes. */
export interface CaseOf<Run> {
  readonly part: ContractPart
  /** A sentence of behaviour. */
  readonly name: string
  readonly needs: readonly Capability[]
  readonly run: Run
}

export type PortCase = CaseOf<(open: OpenLog, plan: PlanLog) => Promise<void>>

export const DAILY = rowTableOf({ name: 'daily', version: 1, key: { localDay: 'integer', videoKey: 'text' } })

export const SESSIONS = rowTableOf({
  name: 'sessions',
  version: 1,
  key: { startedAtMs: 'integer', sessionId: 'text', videoKey: 'text' },
  indexes: [['sessionId'], ['videoKey', 'startedAtMs']],
})

export const TABLES: readonly RowTable[] = [DAILY, SESSIONS]

export const PROFILE = 'default'
export const SETTINGS = { dayStartsAtHour: 4 }

export async function withLog<T>(
  open: OpenLog,
  work: (log: EventLog) => Promise<T>,
  options?: Parameters<OpenLog>[0],
): Promise<T> {
  const log = await open(options)
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

/** Writes on condition of `head`, with the next revision, positions and stream numbers. */
export function writesAfter(head: Head, parts: Partial<LogWrites> = {}): LogWrites {
  const streams = parts.streams ?? []
  const events = parts.events ?? []
  return {
    streams,
    events,
    ledger: [],
    rows: [],
    videos: [],
    ...parts,
    head: {
      ...head,
      revision: head.revision + 1,
      position: head.position + events.length,
      streamCount: Math.max(head.streamCount, ...streams.map(({ stream }) => stream)),
      ...parts.head,
    },
  }
}

/** Commits, and resolves to the head that is then in force. */
export async function committed(log: EventLog, writes: LogWrites, profile = PROFILE): Promise<Head> {
  assert.equal(await log.commit(profile, writes), 'committed')
  return writes.head
}

export function streamId(stream: number): string {
  return `01890000-0000-7000-8000-${stream.toString(16).padStart(12, '0')}`
}

export function streamRow(stream: number, parts: Partial<StreamRow> = {}): StreamRow {
  return {
    stream,
    streamId: streamId(stream),
    kind: typeof parts.videoKey === 'string' ? 'session' : 'unknown',
    videoKey: null,
    facts: '{}',
    coverage: '1',
    firstAtMs: 1_700_000_000_000,
    lastAtMs: 1_700_000_000_000,
    heldCount: 1,
    heldChecksum: 7,
    countedChecksum: 7,
    ledgerChecksum: 9,
    rowChecksum: 11,
    firstPosition: 1,
    lastPosition: 1,
    revision: 1,
    ...parts,
  }
}

export function eventRow(position: number, parts: Partial<EventRow> = {}): EventRow {
  return {
    position,
    stream: 1,
    version: position,
    type: 'subtitle.shown',
    payloadVersion: 1,
    occurredAtMs: 1_700_000_000_000 + position,
    utcOffsetMin: 540,
    measure1: 12,
    measure2: 4,
    measure3: 0,
    moreMeasures: null,
    payload: null,
    checksum: 123_456,
    ...parts,
  }
}

export function sums(measures: SparseMeasures): number[] {
  const all = zeroSums()
  for (const [name, value] of Object.entries(measures)) all[MEASURE_INDEX[name as MeasureName]] = value
  return all
}

export function ledgerRow(stream: number, quarter: number, measures: SparseMeasures, utcOffsetMin = 540): LedgerRow {
  return { stream, quarter, utcOffsetMin, measures: sums(measures) }
}

export function dailyRow(localDay: number, videoKey: string, measures: SparseMeasures, language = 'ja'): ReadModelRow {
  return { key: [localDay, videoKey, language], measures: sums(measures) }
}

export function videoRow(videoKey: string, parts: Partial<VideoRow> = {}): VideoRow {
  return { videoKey, facts: '{}', firstSeenAtMs: 1, lastSeenAtMs: 2, ...parts }
}

/** The integers from 1 through `count`. */
export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

export function assertAscending(numbers: readonly number[]): void {
  const ascending = [...numbers].sort((left, right) => left - right)
  assert.deepEqual(numbers, ascending)
}

export async function refused(work: () => Promise<unknown>, code: ErrorCode): Promise<ImmersionError> {
  try {
    await work()
  } catch (error) {
    assert.ok(error instanceof ImmersionError, `threw something else than an ImmersionError: ${String(error)}`)
    assert.equal(error.code, code, error.message)
    return error
  }
  assert.fail(`was not refused with ${code}`)
}

export async function refusedAll(code: ErrorCode, ...calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const call of calls) await refused(call, code)
}

/** Closes it twice at the same time and once more. Every call is then refused. */
export async function assertClosed(
  opened: { close(): Promise<void> },
  ...calls: readonly (() => Promise<unknown>)[]
): Promise<void> {
  await Promise.all([opened.close(), opened.close()])
  await opened.close()
  await refusedAll('STORE_CLOSED', ...calls)
}

/** Everything that a profile holds, to compare two moments. */
export async function contentOf(log: EventLog, profile = PROFILE) {
  return log.read(profile, contentIn)
}

export async function contentIn(snapshot: LogSnapshot) {
  return {
    head: await snapshot.head(),
    streams: await snapshot.streams({}),
    events: await snapshot.events({ after: 0, limit: 10_000 }),
    ledger: await snapshot.ledger({}),
    daily: await snapshot.rows({ projection: 'daily@1' }),
    sessions: await snapshot.rows({ projection: 'sessions@1' }),
    videos: await snapshot.videos({}),
  }
}

/** Writes with a row of every table, on condition of `head`. */
export function someOfEverything(head: Head): LogWrites {
  const stream = head.streamCount + 1
  const first = head.position + 1
  return writesAfter(head, {
    streams: [streamRow(stream, { videoKey: `local:/${stream}.mkv`, firstPosition: first, lastPosition: first + 1 })],
    events: [
      eventRow(first, { stream, version: 1 }),
      eventRow(first + 1, { stream, version: 2, payload: '{"json":{}}' }),
    ],
    ledger: [ledgerRow(stream, 1_900_000, { lines: 2, chars: 24, words: 8 })],
    rows: [
      { projection: 'daily@1', rows: [dailyRow(19_700, 'local:/a.mkv', { lines: 2, chars: 24, words: 8 })] },
      {
        projection: 'sessions@1',
        rows: [{ key: [1_700_000_000_000, streamId(stream), 'local:/a.mkv', 'ja'], measures: sums({ lines: 2 }) }],
      },
    ],
    videos: [videoRow('local:/a.mkv', { lastSeenAtMs: first })],
  })
}
