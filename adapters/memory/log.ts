// The reference implementation of EventLog: the rows of each profile in Maps (writer.ts). A state that is being
// read is copied before it is changed, so that a snapshot stays as it was.

import { requireOpen } from '../../src/events/require-open.js'
import type {
  EventLog,
  EventLogOptions,
  Head,
  LogSnapshot,
  LogStats,
  LogWrites,
  ProfileSettings,
  RowTable,
} from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { Lock } from '../port/lock.js'
import { openedForReading, unknownProfile, unknownProjection, updateBehind } from '../port/refusals.js'
import { onSnapshot } from '../port/snapshots.js'
import { compareByBytes } from './byte-order.js'
import { MemorySnapshot } from './snapshot.js'
import { applyWrites, checkRows, copyState, type ProfileState } from './writer.js'

export const SCHEMA_VERSION = 1

interface Profile {
  state: ProfileState
  readers: number
  readonly lock: Lock
}

/** The rows that several openings of one log share. */
export class SharedLog {
  readonly profiles = new Map<string, Profile>()
  readonly location: string

  constructor(location = 'memory') {
    this.location = location
  }
}

export class MemoryLog implements EventLog {
  readonly #shared: SharedLog
  readonly #isReadOnly: boolean
  readonly #tables: ReadonlyMap<string, RowTable>
  readonly #beforeEachRow: (() => void) | undefined
  /** The profiles that were opened here: a profile of the same name that is made later is another one. */
  readonly #opened = new Map<string, Profile>()
  #isClosed = false

  /** `beforeEachRow` is for scripted faults: when it throws in the middle of a commit, nothing of the commit may stay. */
  constructor({ tables, readOnly }: EventLogOptions, shared: SharedLog, beforeEachRow?: () => void) {
    this.#shared = shared
    this.#isReadOnly = readOnly
    this.#tables = new Map(tables.map((table) => [projectionId(table), table]))
    this.#beforeEachRow = beforeEachRow
  }

  async profiles(): Promise<readonly string[]> {
    this.#checkOpen()
    return [...this.#shared.profiles.keys()].sort(compareByBytes)
  }

  async openProfile(name: string, settings: ProfileSettings): Promise<Head> {
    this.#checkOpen()
    const profile = this.#shared.profiles.get(name) ?? this.#make(name, settings)
    this.#opened.set(name, profile)
    return profile.state.head
  }

  async read<T>(name: string, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    this.#checkOpen()
    return this.#readOn(this.#profile(name), work)
  }

  async commit(name: string, writes: LogWrites): Promise<'committed' | 'stale'> {
    this.#checkWritable()
    return this.#locked(name, async (profile) => {
      if (profile.state.head.revision !== writes.head.revision - 1) return 'stale'
      this.#write(profile, writes)
      return 'committed'
    })
  }

  async update<T>(
    name: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
  ): Promise<T> {
    this.#checkWritable()
    return this.#locked(name, async (profile) => {
      const { writes, answer } = await this.#readOn(profile, work)
      if (!writes) return answer
      if (profile.state.head.revision !== writes.head.revision - 1) throw updateBehind()
      this.#write(profile, writes)
      return answer
    })
  }

  async deleteProfile(name: string): Promise<boolean> {
    this.#checkWritable()
    const { profiles } = this.#shared
    const profile = profiles.get(name)
    if (!profile) return false
    return profile.lock.run(() => profiles.get(name) === profile && profiles.delete(name))
  }

  async stats(): Promise<LogStats> {
    this.#checkOpen()
    return {
      provider: 'memory',
      versions: {},
      schemaVersion: SCHEMA_VERSION,
      location: this.#shared.location,
      totalBytes: 0,
      freeBytes: 0,
      profiles: this.#shared.profiles.size,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #checkOpen(): void {
    requireOpen('log', !this.#isClosed)
  }

  #checkWritable(): void {
    this.#checkOpen()
    if (this.#isReadOnly) throw openedForReading(this.#shared.location)
  }

  #make(name: string, settings: ProfileSettings): Profile {
    this.#checkWritable()
    const head: Head = { revision: 0, position: 0, streamCount: 0, settings, projections: [] }
    const profile = { state: copyState(head), readers: 0, lock: new Lock() }
    this.#shared.profiles.set(name, profile)
    return profile
  }

  #profile(name: string): Profile {
    const profile = this.#shared.profiles.get(name)
    if (!profile || (this.#opened.get(name) ?? profile) !== profile) throw unknownProfile(name)
    return profile
  }

  /** The profile may have been deleted while the work waited for its lock. */
  #locked<T>(name: string, work: (profile: Profile) => Promise<T>): Promise<T> {
    return this.#profile(name).lock.run(() => work(this.#profile(name)))
  }

  async #readOn<T>(profile: Profile, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    const { state } = profile
    profile.readers++
    try {
      return await onSnapshot((check) => new MemorySnapshot(state, this.#tables, check), work)
    } finally {
      profile.readers--
    }
  }

  /** Writes all or nothing: checks first, then changes the state, or, while it is being read, a copy that replaces it. */
  #write(profile: Profile, writes: LogWrites): void {
    for (const { projection } of writes.rows) {
      if (!this.#tables.has(projection)) throw unknownProjection(projection, this.#tables)
    }
    checkRows(profile.state, writes)
    const { state, readers } = profile
    const next = readers > 0 || this.#beforeEachRow ? copyState(state.head, state) : state
    applyWrites(next, writes, this.#beforeEachRow)
    profile.state = next
  }
}
