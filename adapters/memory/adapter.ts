// The reference implementation of EventLog: all rows in Maps, for tests and for programs that keep nothing. A name in
// `storage` shares one log within the process, as a file is shared between processes. What it does is the meaning of the
// port; src/contract/cases holds every other adapter to it.

import { ImmersionError } from '../../src/events/errors.js'
import type {
  EventLog,
  EventLogAdapter,
  EventLogOptions,
  EventQuery,
  Head,
  LogSnapshot,
  LogWrites,
  MigrationPlan,
  ProfileSettings,
  RowTable,
  StreamQuery,
  StreamRow,
} from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { createLock, type Lock } from '../lock.js'
import { logClosed, snapshotEnded, unknownProfile, unknownProjection, updateBehind } from '../refusals.js'
import { checkStorageOptions } from '../storage-options.js'
import { compareByBytes, compareValues } from './byte-order.js'
import { applyWrites, checkWrites, copyState, emptyState, firstAfter, type ProfileState } from './memory-state.js'
import { answerRowQuery } from './row-query.js'

export const adapter: EventLogAdapter = {
  // Maps do not cross threads: a second thread would see a log of its own.
  sharedBetweenThreads: false,
  async openEventLog(options) {
    const { name } = checkStorageOptions('memory', options.storage, { name: 'text' })
    return openMemoryLog(options, typeof name === 'string' ? sharedLog(name) : createLog())
  },
  async planMigrations() {
    return NOTHING_TO_MIGRATE
  },
}

const SCHEMA_VERSION = 1
/** Maps need no tables. */
export const NOTHING_TO_MIGRATE: MigrationPlan = {
  schemaVersion: SCHEMA_VERSION,
  latestVersion: SCHEMA_VERSION,
  steps: [],
  tables: [],
}

export interface MemoryProfile {
  state: ProfileState
  readers: number
  readonly lock: Lock
}

export interface MemoryLog {
  readonly location: string
  readonly profiles: Map<string, MemoryProfile>
}

const SHARED = new Map<string, MemoryLog>()

/** The log of this name within the process. It stays until the process ends or forgetSharedLog is called. */
export function sharedLog(name: string): MemoryLog {
  const log = SHARED.get(name) ?? { location: `memory:${name}`, profiles: new Map() }
  SHARED.set(name, log)
  return log
}

export function forgetSharedLog(name: string): void {
  SHARED.delete(name)
}

export function createLog(): MemoryLog {
  return { location: 'memory', profiles: new Map() }
}

/** `beforeEachRow` is for scripted faults: what it throws in the middle of a commit must leave nothing behind. */
export function openMemoryLog(options: EventLogOptions, log: MemoryLog, beforeEachRow?: () => void): EventLog {
  const tables = new Map(options.tables.map((table) => [projectionId(table), table]))
  /** The profiles that were opened here: one of the same name that is made later is another one. */
  const opened = new Map<string, MemoryProfile>()
  let closed = false

  function open(): void {
    if (closed) throw logClosed()
  }

  function writable(): void {
    open()
    if (options.readOnly) throw new ImmersionError('STORAGE_READ_ONLY', 'The log was opened for reading only.')
  }

  function profileOf(name: string): MemoryProfile {
    const profile = log.profiles.get(name)
    if (!profile || (opened.get(name) ?? profile) !== profile) throw unknownProfile(name)
    return profile
  }

  async function readOn<T>(profile: MemoryProfile, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    const held = profile.state
    let valid = true
    profile.readers++
    try {
      return await work(
        snapshotOf(held, tables, () => {
          if (!valid) throw snapshotEnded()
        }),
      )
    } finally {
      valid = false
      profile.readers--
    }
  }

  /** Whole or not at all: checked first, then written where nobody reads, or into a copy that takes its place. */
  function write(profile: MemoryProfile, writes: LogWrites): void {
    for (const { projection } of writes.rows) tableOf(tables, projection)
    checkWrites(profile.state, writes)
    const next = profile.readers > 0 || beforeEachRow ? copyState(profile.state) : profile.state
    applyWrites(next, writes, beforeEachRow)
    profile.state = next
  }

  return {
    async profiles() {
      open()
      return [...log.profiles.keys()].sort(compareByBytes)
    },
    async openProfile(name: string, settings: ProfileSettings) {
      open()
      if (!log.profiles.has(name)) {
        writable()
        const head: Head = { revision: 0, position: 0, streamCount: 0, settings, projections: [] }
        log.profiles.set(name, { state: emptyState(head), readers: 0, lock: createLock() })
      }
      const profile = log.profiles.get(name) as MemoryProfile
      opened.set(name, profile)
      return profile.state.head
    },
    async read(name, work) {
      open()
      return readOn(profileOf(name), work)
    },
    async commit(name, writes) {
      writable()
      const profile = profileOf(name)
      return profile.lock.run(() => {
        profileOf(name)
        if (profile.state.head.revision !== writes.head.revision - 1) return 'stale'
        write(profile, writes)
        return 'committed'
      })
    },
    async update(name, work) {
      writable()
      const profile = profileOf(name)
      return profile.lock.run(async () => {
        profileOf(name)
        const { writes, answer } = await readOn(profile, work)
        if (writes) {
          if (profile.state.head.revision !== writes.head.revision - 1) {
            throw updateBehind()
          }
          write(profile, writes)
        }
        return answer
      })
    },
    async deleteProfile(name) {
      writable()
      const profile = log.profiles.get(name)
      if (!profile) return false
      return profile.lock.run(() => log.profiles.get(name) === profile && log.profiles.delete(name))
    },
    async stats() {
      open()
      return {
        provider: 'memory',
        versions: {},
        schemaVersion: SCHEMA_VERSION,
        location: log.location,
        totalBytes: 0,
        freeBytes: 0,
        profiles: log.profiles.size,
      }
    },
    async close() {
      closed = true
    },
  }
}

function snapshotOf(state: ProfileState, tables: ReadonlyMap<string, RowTable>, check: () => void): LogSnapshot {
  return {
    async head() {
      check()
      return state.head
    },
    async streams(query) {
      check()
      return selectStreams(state, query)
    },
    async events(query) {
      check()
      return selectEvents(state, query)
    },
    async ledger({ streams }) {
      check()
      const wanted = streams && new Set(streams)
      return [...state.ledger.values()]
        .filter((row) => !wanted || wanted.has(row.stream))
        .sort(
          (left, right) =>
            left.stream - right.stream || left.quarter - right.quarter || left.utcOffsetMin - right.utcOffsetMin,
        )
    },
    async rows(query) {
      check()
      const table = tableOf(tables, query.projection)
      return answerRowQuery(table, state.rows.get(query.projection)?.values() ?? [], query)
    },
    async videos({ videoKeys }) {
      check()
      const wanted = videoKeys && new Set(videoKeys)
      return [...state.videos.values()]
        .filter((row) => !wanted || wanted.has(row.videoKey))
        .sort((left, right) => compareByBytes(left.videoKey, right.videoKey))
    },
  }
}

function tableOf(tables: ReadonlyMap<string, RowTable>, projection: string): RowTable {
  const table = tables.get(projection)
  if (table) return table
  throw unknownProjection(projection, tables)
}

function selectStreams(state: ProfileState, query: StreamQuery): readonly StreamRow[] {
  const ids = query.streamIds && new Set(query.streamIds)
  const numbers = query.streams && new Set(query.streams)
  const found: StreamRow[] = []
  for (const row of candidates(state, query)) {
    if (row.stream <= (query.after ?? 0)) continue
    if (ids && !ids.has(row.streamId)) continue
    if (numbers && !numbers.has(row.stream)) continue
    if (query.kind !== undefined && row.kind !== query.kind) continue
    if (query.videoKey !== undefined && row.videoKey !== query.videoKey) continue
    found.push(row)
  }
  return found.sort((left, right) => compareValues(left.stream, right.stream)).slice(0, query.limit)
}

/** Streams asked for by name are looked up; otherwise every stream is looked at. */
function candidates(state: ProfileState, query: StreamQuery): readonly StreamRow[] {
  const numbers = query.streams ?? query.streamIds?.map((id) => state.streamNumbers.get(id) ?? 0)
  if (!numbers) return [...state.streams.values()]
  return [...new Set(numbers)].flatMap((number) => state.streams.get(number) ?? [])
}

function selectEvents(state: ProfileState, query: EventQuery): ProfileState['events'] {
  const { events } = state
  const found: ProfileState['events'] = []
  for (let index = firstAfter(events, query.after); index < events.length && found.length < query.limit; index++) {
    const event = events[index] as ProfileState['events'][number]
    if (query.through !== undefined && event.position > query.through) break
    if (query.stream === undefined || event.stream === query.stream) found.push(event)
  }
  return found
}
