// Backends with one fault each: the log of map-log.ts, wrapped. Each breaks one promise of the port as the author of a backend
// might. broken-logs.test.ts shows that the contract finds every fault.

import { ImmersionError } from 'immersion-log'
import type { EventLog, EventLogOptions, LedgerRow, LogSnapshot, LogWrites, RowQuery } from 'immersion-log/adapter'
import type { ContractBackend, ContractPart } from 'immersion-log/contract'
import { changed } from '../support/changed.js'
import { BACKEND } from './map-backend.js'

export interface BrokenLog {
  readonly fault: string
  /** The part of the contract in which at least one case must fail. */
  readonly part: ContractPart
  readonly backend: ContractBackend
}

const NOTHING: Omit<LogWrites, 'head'> = { streams: [], events: [], ledger: [], rows: [], videos: [] }

function broken(
  fault: string,
  part: ContractPart,
  wrap: (log: EventLog) => Partial<EventLog>,
  optionsOf: (options: EventLogOptions) => EventLogOptions = (options) => options,
): BrokenLog {
  const adapter: ContractBackend['adapter'] = {
    ...BACKEND.adapter,
    async openEventLog(options) {
      const log = await BACKEND.adapter.openEventLog(optionsOf(options))
      return changed(log, wrap(log))
    },
  }
  return { fault, part, backend: { ...BACKEND, adapter } }
}

/** A log whose snapshots, in updates too, answer as `wrap` does. */
function answering(
  log: EventLog,
  wrap: (snapshot: LogSnapshot, profile: string) => Partial<LogSnapshot>,
): Partial<EventLog> {
  const wrapped = (snapshot: LogSnapshot, profile: string) => changed(snapshot, wrap(snapshot, profile))
  return {
    read: (profile, work) => log.read(profile, (snapshot) => work(wrapped(snapshot, profile))),
    update: (profile, work) => log.update(profile, (snapshot) => work(wrapped(snapshot, profile))),
  }
}

/** A log that changes the writes of commits and updates. */
function writing(
  log: EventLog,
  change: (writes: LogWrites, snapshot: LogSnapshot) => LogWrites | Promise<LogWrites>,
): Partial<EventLog> {
  return {
    commit: async (profile, writes) =>
      log.commit(profile, await log.read(profile, async (snapshot) => change(writes, snapshot))),
    update: (profile, work) =>
      log.update(profile, async (snapshot) => {
        const { writes, answer } = await work(snapshot)
        return { writes: writes === null ? null : await change(writes, snapshot), answer }
      }),
  }
}

function changedMeasures(writes: LogWrites, change: (measure: number) => number): LogWrites {
  const changed = <Row extends { readonly measures: readonly number[] }>(row: Row): Row => {
    return { ...row, measures: row.measures.map(change) }
  }
  const rows = writes.rows.map((some) => ({ ...some, rows: some.rows.map(changed) }))
  return { ...writes, rows, ledger: writes.ledger.map(changed) }
}

/** Changes the writes so that each sum is replaced by its addition. */
async function replacingSums(writes: LogWrites, snapshot: LogSnapshot): Promise<LogWrites> {
  const rows: LogWrites['rows'][number][] = []
  for (const { projection, rows: given } of writes.rows) {
    const held = new Map((await snapshot.rows({ projection })).map(({ key, measures }) => [String(key), measures]))
    const differences = given.map(({ key, measures }) => {
      return { key, measures: measures.map((value, index) => value - (held.get(String(key))?.[index] ?? 0)) }
    })
    rows.push({ projection, rows: differences })
  }
  return { ...writes, rows }
}

function byUnits<Row>(rows: readonly Row[], textOf: (row: Row) => string): readonly Row[] {
  return [...rows].sort((left, right) => (textOf(left) < textOf(right) ? -1 : 1))
}

function keepingZeroSums(log: EventLog): Partial<EventLog> {
  const zeros = new Map<string, readonly LedgerRow[]>()
  const placeOf = ({ stream, quarter, utcOffsetMin }: LedgerRow) => `${stream} ${quarter} ${utcOffsetMin}`
  const without = (rows: readonly LedgerRow[], others: readonly LedgerRow[]) => {
    const places = new Set(others.map(placeOf))
    return rows.filter((row) => !places.has(placeOf(row)))
  }
  return {
    async commit(profile, writes) {
      const ledgerNow = () => log.read(profile, (snapshot) => snapshot.ledger({}))
      const before = await ledgerNow()
      const answer = await log.commit(profile, writes)
      const gone = without(before, await ledgerNow())
      const kept = gone.map((row) => ({ ...row, measures: row.measures.map(() => 0) }))
      zeros.set(profile, [...(zeros.get(profile) ?? []), ...kept])
      return answer
    },
    ...answering(log, (snapshot, profile) => ({
      async ledger(query) {
        const rows = await snapshot.ledger(query)
        return [...rows, ...without(zeros.get(profile) ?? [], rows)]
      },
    })),
  }
}

function forgettingToDelete(log: EventLog): Partial<EventLog> {
  const left = new Map<string, Awaited<ReturnType<LogSnapshot['videos']>>>()
  return {
    ...answering(log, (snapshot, profile) => ({
      videos: async (query) => [...(await snapshot.videos(query)), ...(left.get(profile) ?? [])],
    })),
    async deleteProfile(profile) {
      if ((await log.profiles()).includes(profile)) {
        left.set(profile, await log.read(profile, (snapshot) => snapshot.videos({})))
      }
      return log.deleteProfile(profile)
    },
  }
}

/** Writes the rest of a batch whose events are refused. */
function halfOfEach(log: EventLog): Partial<EventLog> {
  return {
    async commit(profile, writes) {
      try {
        return await log.commit(profile, writes)
      } catch (error) {
        const head = await log.read(profile, (snapshot) => snapshot.head())
        await log.commit(profile, { ...NOTHING, ledger: writes.ledger, head: { ...head, revision: head.revision + 1 } })
        throw error
      }
    },
  }
}

/** Each query of a read sees a moment of its own. */
function readingEachQueryAlone(log: EventLog): Partial<EventLog> {
  return {
    read: (profile, work) =>
      log.read(profile, () => {
        const alone =
          <Query, Answer>(ask: (snapshot: LogSnapshot, query: Query) => Promise<Answer>) =>
          (query: Query) =>
            log.read(profile, (snapshot) => ask(snapshot, query))
        return work({
          head: () => log.read(profile, (snapshot) => snapshot.head()),
          streams: alone((snapshot, query) => snapshot.streams(query)),
          events: alone((snapshot, query) => snapshot.events(query)),
          ledger: alone((snapshot, query) => snapshot.ledger(query)),
          rows: alone((snapshot, query) => snapshot.rows(query)),
          videos: alone((snapshot, query) => snapshot.videos(query)),
        })
      }),
  }
}

function reopening(log: EventLog): Partial<EventLog> {
  return {
    async commit(profile, writes) {
      if ((await log.profiles()).includes(profile)) await log.openProfile(profile, { dayStartsAtHour: 4 })
      return log.commit(profile, writes)
    },
  }
}

/** Reads first and writes afterwards, without a lock between. */
function updatingUnlocked(log: EventLog): Partial<EventLog> {
  async function update<T>(profile: string, work: Parameters<typeof log.update<T>>[1]): Promise<T> {
    const { writes, answer } = await log.read(profile, work)
    if (writes !== null && (await log.commit(profile, writes)) === 'stale') {
      throw new ImmersionError('STORAGE_FAILED', 'Another writer was first.')
    }
    return answer
  }
  return {
    update(profile, work) {
      const updated = update(profile, work)
      // A case that has failed already does not wait for it.
      updated.catch(() => {})
      return updated
    },
  }
}

function withLaterEnd(query: RowQuery): RowQuery {
  const { range } = query
  return range?.to === undefined ? query : { ...query, range: { ...range, to: range.to + 1 } }
}

export const BROKEN_LOGS: readonly BrokenLog[] = [
  broken('forgets the condition on the revision', 'Store', (log) => ({
    commit: (profile, writes) =>
      log.update(profile, async (snapshot) => {
        const { revision } = await snapshot.head()
        return { writes: { ...writes, head: { ...writes.head, revision: revision + 1 } }, answer: 'committed' }
      }),
  })),
  broken('writes half of a batch that is refused', 'Event', halfOfEach),
  broken('updates without the lock', 'Store', updatingUnlocked),
  broken('answers each query of a read from another moment', 'Store', readingEachQueryAlone),
  broken('includes the end of a range', 'Rollup', (log) =>
    answering(log, (snapshot) => ({ rows: (query) => snapshot.rows(withLaterEnd(query)) })),
  ),
  broken('orders text by UTF-16', 'Video', (log) =>
    answering(log, (snapshot) => ({
      videos: async (query) => byUnits(await snapshot.videos(query), ({ videoKey }) => videoKey),
    })),
  ),
  broken('shows the events of another profile', 'Store', (log) =>
    answering(log, (snapshot, profile) => ({
      async events(query) {
        const names = (await log.profiles()).filter((name) => name !== profile)
        const others = await Promise.all(names.map((name) => log.read(name, (other) => other.events(query))))
        return [...(await snapshot.events(query)), ...others.flat()].slice(0, query.limit)
      },
    })),
  ),
  broken('replaces sums instead of adding to them', 'Rollup', (log) => writing(log, replacingSums)),
  broken('keeps sums that have become zero', 'Telemetry', keepingZeroSums),
  broken('holds sums in 32 bits', 'Rollup', (log) =>
    writing(log, (writes) => changedMeasures(writes, (measure) => measure | 0)),
  ),
  broken('removes no positions', 'Event', (log) => writing(log, (writes) => ({ ...writes, removedPositions: [] }))),
  broken('removes no video', 'Video', (log) => writing(log, (writes) => ({ ...writes, removedVideoKeys: [] }))),
  broken('leaves rows of a deleted profile', 'Store', forgettingToDelete),
  broken('lets an opening of a deleted profile continue', 'Store', reopening),
  broken('normalizes the characters of a payload', 'Event', (log) =>
    answering(log, (snapshot) => ({
      events: async (query) =>
        (await snapshot.events(query)).map((row) => ({ ...row, payload: row.payload?.normalize('NFC') ?? null })),
    })),
  ),
  broken('begins a page of events with the last event of the page before', 'Event', (log) =>
    answering(log, (snapshot) => ({ events: (query) => snapshot.events({ ...query, after: query.after - 1 }) })),
  ),
  broken('does not say which event it refuses', 'Event', (log) => ({
    commit: (profile, writes) =>
      log.commit(profile, writes).catch((error: unknown) => {
        const isRefusal = error instanceof ImmersionError && error.code === 'EVENT_REFUSED'
        throw isRefusal ? new ImmersionError('EVENT_REFUSED', error.message) : error
      }),
  })),
  broken(
    'writes though it was opened for reading',
    'Store',
    () => ({}),
    (options) => ({ ...options, readOnly: false }),
  ),
  broken('answers after it was closed', 'Store', (log) => ({ close: async () => void (await log.stats()) })),
]

/** The same wrapping without a fault. */
export const WRAPPED_LOG: BrokenLog = broken('nothing', 'Store', (log) => ({
  ...answering(log, () => ({})),
  ...writing(log, (writes) => writes),
}))
