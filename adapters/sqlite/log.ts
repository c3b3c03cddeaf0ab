// EventLog on a SQLite file: one connection that writes and one that reads, each under a lock of its own, so that reads
// never wait for writes and two transactions never interleave. Writers begin immediate, because a transaction that becomes
// a writer later does not wait for others. Several processes may open one file.

import { ImmersionError } from '../../src/events/errors.js'
import type {
  EventLog,
  EventLogOptions,
  Head,
  LogSnapshot,
  LogStats,
  LogWrites,
  ProfileSettings,
} from '../../src/ports/event-log.js'
import { Lock, NamedLocks } from '../port/lock.js'
import { logClosed, openedForReading, unknownProfile, updateBehind } from '../port/refusals.js'
import { onSnapshot } from '../port/snapshots.js'
import type { StoredHead } from '../sql/answers.js'
import { SqlSnapshot } from '../sql/snapshot.js'
import * as sql from '../sql/statements.js'
import { openForReading, openForWriting, type SqliteFile } from './connection.js'
import { deleteRows, eraseDeleted, noteErasing } from './delete-profile.js'
import type { Database } from './driver.js'
import { isSqliteFailure, sqliteError } from './errors.js'
import { statsOf } from './file-stats.js'
import { lockOf } from './host-database.js'
import { PROFILE_ID_MAX } from './migrations.js'
import type { SqliteReader } from './snapshot.js'
import { giveSpaceBack } from './space.js'
import { Connection, WritingConnection } from './transactions.js'

/**
 * Of the files that this thread writes to. Two logs on one file need one lock: while one waits in SQLite for the other, the
 * thread stands still and the other can never finish.
 */
const FILE_LOCKS = new NamedLocks()

export async function openSqliteLog(file: SqliteFile, options: EventLogOptions): Promise<EventLog> {
  const { tables, readOnly } = options
  const writing = readOnly ? null : new WritingConnection(await openForWriting(file, tables), tables)
  try {
    const reading = new Connection(await openForReading(file, tables), tables, 'begin')
    return new SqliteLog(file.path, { reading, writing, ...locksOf(file) })
  } catch (error) {
    if (file.host === undefined) writing?.database.close()
    throw error
  }
}

interface LogConnections {
  readonly reading: Connection
  readonly writing: WritingConnection | null
  readonly readLock: Lock
  readonly writeLock: Lock
  /** Called when the log is closed. Null where the connection is the host's, which stays open. */
  readonly release: (() => void) | null
}

function locksOf({ path, host }: SqliteFile): Pick<LogConnections, 'readLock' | 'writeLock' | 'release'> {
  if (host !== undefined) return { readLock: lockOf(host), writeLock: lockOf(host), release: null }
  const { lock, release } = FILE_LOCKS.acquire(path)
  return { readLock: new Lock(), writeLock: lock, release }
}

class SqliteLog implements EventLog {
  readonly #path: string
  readonly #reading: Connection
  readonly #writing: WritingConnection | null
  readonly #readLock: Lock
  readonly #writeLock: Lock
  readonly #release: (() => void) | null
  /** Ids of the profiles that were opened here: a profile of the same name that is made later is another one. */
  readonly #opened = new Map<string, number>()
  #closing: Promise<void> | null = null

  constructor(path: string, { reading, writing, readLock, writeLock, release }: LogConnections) {
    this.#path = path
    this.#reading = reading
    this.#writing = writing
    this.#readLock = readLock
    this.#writeLock = writeLock
    this.#release = release
  }

  async profiles(): Promise<readonly string[]> {
    return this.#read('list the profiles', () =>
      this.#reading.database.prepare(sql.SELECT_PROFILES).pluck().all().map(String),
    )
  }

  async openProfile(profile: string, settings: ProfileSettings): Promise<Head> {
    const { reader } = this.#reading
    const found = await this.#read('read the head', () => reader.storedHead(reader.profileId(profile)))
    const stored = found ?? (await this.#make(profile, settings))
    this.#opened.set(profile, stored.profileId)
    return stored.head
  }

  async read<T>(profile: string, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    const { reader } = this.#reading
    return this.#read('read', () =>
      this.#reading.inTransaction(async () => {
        const stored = this.#headIn(reader, profile)
        return { keep: true, answer: await onSnapshot((check) => new SqlSnapshot(reader, stored, check), work) }
      }),
    )
  }

  async commit(profile: string, writes: LogWrites): Promise<'committed' | 'stale'> {
    return this.#write('commit', (connection) =>
      connection.inTransactionNow(() => {
        const keep = connection.writer.write(profile, this.#profileId(connection.reader, profile), writes)
        return { keep, answer: keep ? 'committed' : 'stale' }
      }),
    )
  }

  async update<T>(
    profile: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
  ): Promise<T> {
    let erases = false
    const answer = await this.#write('update', (connection) =>
      connection.inTransaction(async () => {
        const { database, reader, writer } = connection
        const stored = this.#headIn(reader, profile)
        const { writes, answer } = await onSnapshot((check) => new SqlSnapshot(reader, stored, check), work)
        if (writes && !writer.write(profile, stored.profileId, writes)) throw updateBehind()
        erases = writes?.erases === true
        if (erases) noteErasing(database)
        return { keep: writes !== null, answer }
      }),
    )
    if (erases) await this.#giveUpBytes()
    return answer
  }

  async deleteProfile(profile: string): Promise<boolean> {
    const isDeleted = await this.#write('delete the profile', ({ database }) => deleteRows(database, profile))
    if (isDeleted) await this.#giveUpBytes()
    return isDeleted
  }

  async stats(): Promise<LogStats> {
    return this.#read('read its size', () => statsOf(this.#reading.database, this.#path))
  }

  async vacuum(): Promise<number> {
    return this.#write('give space back', ({ database }) => giveSpaceBack(database))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([this.#writeLock.run(() => {}), this.#readLock.run(() => {})])
    if (this.#release === null) return
    this.#reading.database.close()
    // Last, so that it is the one that moves the -wal into the file and removes it.
    this.#writing?.database.close()
    this.#release()
  }

  /** `doing` completes "SQLite failed to …"; so it does below. */
  #read<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
    if (this.#closing) throw logClosed()
    return this.#readLock.run(() => this.#named(doing, work))
  }

  #write<T>(doing: string, work: (connection: WritingConnection) => T | Promise<T>): Promise<T> {
    const connection = this.#writable()
    return this.#writeLock.run(() => this.#named(doing, () => work(connection)))
  }

  #writable(): WritingConnection {
    if (this.#closing) throw logClosed()
    if (this.#writing) return this.#writing
    throw openedForReading(this.#path)
  }

  /** Gives SQLite's failures a code. Errors of a caller's own work pass through. */
  async #named<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw isSqliteFailure(error) ? sqliteError(error, this.#path, doing) : error
    }
  }

  /** The id that the profile had when it was opened here. If it was not, the name decides. */
  #profileId(reader: SqliteReader, profile: string): number | undefined {
    return this.#opened.get(profile) ?? reader.profileId(profile)
  }

  /** The profile's head; refused when it is not there, or not the one that was opened. */
  #headIn(reader: SqliteReader, profile: string): StoredHead {
    const stored = reader.storedHead(this.#profileId(reader, profile))
    if (!stored) throw unknownProfile(profile)
    return stored
  }

  #make(profile: string, settings: ProfileSettings): Promise<StoredHead> {
    return this.#write('make the profile', (connection) =>
      connection.inTransactionNow(() => {
        const { database, reader } = connection
        const profileId = reader.profileId(profile) ?? insertProfile(database, profile, JSON.stringify(settings))
        const stored = reader.storedHead(profileId)
        if (stored === null) throw new TypeError('unreachable: a name has a head')
        return { keep: true, answer: stored }
      }),
    )
  }

  /** With the lock of reads too, because a read of this log would keep the -wal from being emptied. */
  async #giveUpBytes(): Promise<void> {
    const { database } = this.#writable()
    const erase = () => eraseDeleted(database, this.#path)
    await this.#writeLock.run(() => (this.#readLock === this.#writeLock ? erase() : this.#readLock.run(erase)))
  }
}

/** Returns the new profile's id. */
function insertProfile(database: Database, name: string, settings: string): number {
  database.prepare(sql.RAISE_PROFILE_COUNTER).run()
  const profileId = Number(database.prepare(sql.SELECT_PROFILE_COUNTER).pluck().get())
  if (profileId > PROFILE_ID_MAX) {
    throw new ImmersionError('STORAGE_FULL', `A SQLite file holds at most ${PROFILE_ID_MAX} profiles.`)
  }
  database.prepare(sql.INSERT_PROFILE).run(profileId, settings)
  database.prepare(sql.INSERT_PROFILE_NAME).run(profileId, name)
  return profileId
}
