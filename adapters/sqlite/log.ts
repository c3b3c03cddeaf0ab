// EventLog on a SQLite file: one connection that writes and one that reads, each under a lock of its own, so that reads
// never wait for writes and two transactions never interleave. Writers begin immediate, because a transaction that becomes
// a writer later does not wait for others. Several processes may open one file.

import { ImmersionError } from '../../src/events/errors.js'
import { requireOpen } from '../../src/events/require-open.js'
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
import { openedForReading, profileWithoutHead, unknownProfile, updateBehind } from '../port/refusals.js'
import { onSnapshot } from '../port/snapshots.js'
import { formatSettings } from '../port/stored-settings.js'
import type { StoredHead } from '../sql/answers.js'
import { SqlSnapshot } from '../sql/snapshot.js'
import * as sql from '../sql/statements.js'
import { openForReading, openForWriting } from './connection.js'
import { deleteRows, eraseDeleted, noteErasing } from './delete-profile.js'
import type { Database } from './driver.js'
import { isSqliteFailure, sqliteError } from './errors.js'
import { lockOf } from './host-database.js'
import { PROFILE_ID_MAX } from './migrations.js'
import { watchFile } from './open-file.js'
import type { SqliteFile } from './schema.js'
import { SqliteReader } from './snapshot.js'
import { giveSpaceBack, statsOf } from './space.js'
import { SqliteWriter } from './writer.js'

/**
 * Of the files that this thread writes to. Two logs on one file need one lock: while one waits in SQLite for the other, the
 * thread stands still and the other can never finish.
 */
const FILE_LOCKS = new NamedLocks()

export async function openSqliteLog(file: SqliteFile, { tables, readOnly }: EventLogOptions): Promise<EventLog> {
  const opened: Database[] = []
  try {
    const writing = readOnly ? null : new SqliteWriter(await openForWriting(file, tables), tables)
    if (writing) opened.push(writing.database)
    const reading = new SqliteReader(await openForReading(file, tables), tables)
    opened.push(reading.database)
    return new SqliteLog({ path: file.path, reading, writing, checkFile: watchFile(file), ...locksOf(file) })
  } catch (error) {
    if (file.host === undefined) for (const database of opened) database.close()
    throw error
  }
}

interface LogParts {
  readonly path: string
  readonly reading: SqliteReader
  readonly writing: SqliteWriter | null
  /** STORAGE_REPLACED when the path names another file than the one that is open. */
  readonly checkFile: () => void
  readonly readLock: Lock
  readonly writeLock: Lock
  /** Called when the log is closed. Null where the connection is the host's, which stays open. */
  readonly release: (() => void) | null
}

function locksOf({ path, host }: SqliteFile): Pick<LogParts, 'readLock' | 'writeLock' | 'release'> {
  if (host !== undefined) return { readLock: lockOf(host), writeLock: lockOf(host), release: null }
  const { lock, release } = FILE_LOCKS.acquire(path)
  return { readLock: new Lock(), writeLock: lock, release }
}

class SqliteLog implements EventLog {
  readonly #parts: LogParts
  /** Ids of the profiles that were opened here: a profile of the same name that is made later is another one. */
  readonly #opened = new Map<string, number>()
  #closing: Promise<void> | null = null

  constructor(parts: LogParts) {
    this.#parts = parts
  }

  async profiles(): Promise<readonly string[]> {
    return this.#read('list the profiles', ({ database }) =>
      database.prepare(sql.SELECT_PROFILES).pluck().all().map(String),
    )
  }

  async openProfile(profile: string, settings: ProfileSettings): Promise<Head> {
    const found = await this.#read('read the head', (reader) => reader.storedHead(reader.profileId(profile)))
    const stored = found ?? (await this.#make(profile, settings))
    this.#opened.set(profile, stored.profileId)
    return stored.head
  }

  async read<T>(profile: string, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    return this.#read('read', (reader) =>
      inTransaction(reader, 'begin', async () => {
        const stored = this.#headIn(reader, profile)
        return { keep: true, answer: await onSnapshot((check) => new SqlSnapshot(reader, stored, check), work) }
      }),
    )
  }

  async commit(profile: string, writes: LogWrites): Promise<'committed' | 'stale'> {
    return this.#write('commit', (writer) =>
      immediately(writer.reader, () =>
        writer.write(profile, this.#profileId(writer.reader, profile), writes) ? 'committed' : 'stale',
      ),
    )
  }

  async update<T>(
    profile: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
  ): Promise<T> {
    let erases = false
    const answer = await this.#write('update', (writer) =>
      inTransaction(writer.reader, 'begin immediate', async () => {
        const stored = this.#headIn(writer.reader, profile)
        const { writes, answer } = await onSnapshot((check) => new SqlSnapshot(writer.reader, stored, check), work)
        if (writes && !writer.write(profile, stored.profileId, writes)) throw updateBehind()
        erases = writes?.erases === true
        if (erases) noteErasing(writer.database)
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
    return this.#read('read its size', ({ database }) => statsOf(database, this.#parts.path))
  }

  async vacuum(): Promise<number> {
    return this.#write('give space back', ({ database }) => giveSpaceBack(database))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { reading, writing, readLock, writeLock, release } = this.#parts
    await Promise.all([writeLock.run(() => {}), readLock.run(() => {})])
    if (release === null) return
    reading.database.close()
    // Last, so that it is the one that moves the -wal into the file and removes it.
    writing?.database.close()
    release()
  }

  /** `doing` completes "SQLite failed to …"; so it does below. */
  #read<T>(doing: string, work: (reader: SqliteReader) => T | Promise<T>): Promise<T> {
    requireOpen('log', this.#closing === null)
    const { reading, readLock, checkFile } = this.#parts
    return readLock.run(() => {
      checkFile()
      return this.#named(doing, () => work(reading))
    })
  }

  #write<T>(doing: string, work: (writer: SqliteWriter) => T | Promise<T>): Promise<T> {
    const writer = this.#writable()
    const { writeLock, checkFile } = this.#parts
    return writeLock.run(async () => {
      const answer = await this.#named(doing, () => work(writer))
      // Before anything is acknowledged.
      checkFile()
      return answer
    })
  }

  #writable(): SqliteWriter {
    requireOpen('log', this.#closing === null)
    const { writing, path } = this.#parts
    if (writing) return writing
    throw openedForReading(path)
  }

  /** Gives SQLite's failures a code. Errors of a caller's own work pass through. */
  async #named<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw isSqliteFailure(error) ? sqliteError(error, this.#parts.path, doing) : error
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
    return this.#write('make the profile', ({ database, reader }) =>
      immediately(reader, () => {
        const profileId = reader.profileId(profile) ?? insertProfile(database, profile, formatSettings(settings))
        const stored = reader.storedHead(profileId)
        if (stored === null) throw profileWithoutHead(profile)
        return stored
      }),
    )
  }

  /** With the lock of reads too, because a read of this log would keep the -wal from being emptied. */
  async #giveUpBytes(): Promise<void> {
    const { database } = this.#writable()
    const { path, readLock, writeLock } = this.#parts
    const erase = () => eraseDeleted(database, path)
    await writeLock.run(() => (readLock === writeLock ? erase() : readLock.run(erase)))
  }
}

/** Begins, works, commits; rolls back when anything fails or is not to be kept. */
async function inTransaction<T>(
  reader: SqliteReader,
  begin: 'begin' | 'begin immediate',
  work: () => Promise<{ readonly keep: boolean; readonly answer: T }>,
): Promise<T> {
  reader.run(begin)
  try {
    const { keep, answer } = await work()
    reader.run(keep ? 'commit' : 'rollback')
    return answer
  } catch (error) {
    rollBack(reader.database)
    throw error
  }
}

/**
 * Without an await between begin and commit, so that the lock of the file is held only while something is written. Not by
 * the driver's `transaction`, which would join one that the host has open.
 */
function immediately<T>(reader: SqliteReader, work: () => T): T {
  reader.run('begin immediate')
  try {
    const answer = work()
    reader.run('commit')
    return answer
  } catch (error) {
    rollBack(reader.database)
    throw error
  }
}

function rollBack(database: Database): void {
  // Some failures (a full disk) end the transaction by themselves.
  if (database.inTransaction) database.exec('rollback')
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
