// EventLog on a SQLite file: one connection that writes and one that reads, each under a lock of its own, so that reads
// never wait for writes and two closures never share a transaction. Writers begin immediate, because a transaction that
// becomes a writer later does not wait for others. Several processes may open one file.

import { resolve } from 'node:path'
import { ImmersionError } from '../../src/events/errors.js'
import type {
  EventLog,
  EventLogAdapter,
  EventLogOptions,
  LogSnapshot,
  LogWrites,
  ProfileSettings,
  RowTable,
} from '../../src/ports/event-log.js'
import { acquireSharedLock, createLock } from '../lock.js'
import { logClosed, snapshotEnded, unknownProfile, updateBehind } from '../refusals.js'
import type { StoredHead } from '../sql/mapping.js'
import { INSERT_PROFILE, SELECT_PROFILES } from '../sql/statements.js'
import { checkStorageOptions } from '../storage-options.js'
import { backUp, stageBackup } from './backup.js'
import { openForReading, openForWriting, planMigrations, type SqliteFile } from './connection.js'
import { deleteRows, eraseDeleted, noteErasing } from './delete-profile.js'
import type { Database, Statement } from './driver.js'
import { isSqliteFailure, sqliteError } from './errors.js'
import { statsOf } from './file-stats.js'
import { PROFILE_ID_MAX } from './migrations.js'
import { createSnapshotReader, type SnapshotReader } from './snapshot.js'
import { giveSpaceBack } from './space.js'
import { createWriter, type Writer } from './writer.js'

export const adapter: EventLogAdapter = {
  sharedBetweenThreads: true,
  async openEventLog(options) {
    return openSqliteLog(checkFile(options.storage), options)
  },
  async planMigrations({ storage, tables }) {
    return planMigrations(checkFile(storage), tables)
  },
  backups: {
    async backUp(storage, file) {
      return backUp(checkFile(storage), file)
    },
    async stage(storage, file) {
      return stageBackup(checkFile(storage), file)
    },
  },
}

function checkFile(storage: EventLogOptions['storage']): SqliteFile {
  const { path, nativeBinding } = checkStorageOptions('sqlite', storage, { path: 'text', nativeBinding: 'text' })
  if (typeof path !== 'string') {
    throw new ImmersionError('INVALID_CONFIG', 'storage.path is missing.', {
      hint: 'Give the path of the database file.',
      details: { key: 'storage.path' },
    })
  }
  if (path.startsWith(':memory:') || path.startsWith('file:')) {
    throw new ImmersionError('INVALID_CONFIG', `storage.path is ${path}, not the path of a file.`, {
      hint: 'For a log that is kept nowhere, set storage.provider to memory.',
      details: { key: 'storage.path', value: path },
    })
  }
  return { path: resolve(path), nativeBinding: typeof nativeBinding === 'string' ? nativeBinding : undefined }
}

interface Connection {
  readonly database: Database
  readonly reader: SnapshotReader
  readonly begin: Statement
  readonly commit: Statement
  readonly rollback: () => void
}

interface WritingConnection extends Connection {
  readonly writer: Writer
}

export async function openSqliteLog(file: SqliteFile, options: EventLogOptions): Promise<EventLog> {
  const { tables } = options
  const writing = options.readOnly ? null : await connectForWriting(file, tables)
  const reading = await connectForReading(file, tables).catch((error) => {
    writing?.database.close()
    throw error
  })
  const { lock: writeLock, release } = acquireSharedLock(file.path)
  const readLock = createLock()
  /** Ids of the profiles that were opened here: one of the same name that is made later is another one. */
  const opened = new Map<string, number>()
  let closing: Promise<void> | null = null

  function open(): void {
    if (closing) throw logClosed()
  }

  function writable(): WritingConnection {
    open()
    if (writing) return writing
    throw new ImmersionError('STORAGE_READ_ONLY', `${file.path} was opened for reading only.`, {
      details: { path: file.path },
    })
  }

  /** Gives SQLite's failures a code; `doing` completes "SQLite failed to …". What a caller's own work throws goes through. */
  async function naming<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw isSqliteFailure(error) ? sqliteError(error, file.path, doing) : error
    }
  }

  /** The profile's head; refused when it is not there, or not the one that was opened. */
  function headIn(reader: SnapshotReader, profile: string): StoredHead {
    const stored = reader.storedHead(profile)
    if (!stored || stored.profileId !== (opened.get(profile) ?? stored.profileId)) throw unknownProfile(profile)
    return stored
  }

  function made(connection: WritingConnection, profile: string, settings: ProfileSettings): Promise<StoredHead> {
    return writeLock.run(() =>
      naming('make the profile', () => makeProfile(connection, profile, JSON.stringify(settings))),
    )
  }

  /** With the lock of reads too: a read of this log would keep the -wal from being emptied. */
  function giveUpBytes(database: Database): Promise<void> {
    return writeLock.run(() => readLock.run(() => eraseDeleted(database, file.path)))
  }

  return {
    async profiles() {
      open()
      return readLock.run(() =>
        naming('list the profiles', () => reading.database.prepare(SELECT_PROFILES).pluck().all().map(String)),
      )
    },
    async openProfile(profile, settings) {
      open()
      const found = await readLock.run(() => naming('read the head', () => reading.reader.storedHead(profile)))
      const stored = found ?? (await made(writable(), profile, settings))
      opened.set(profile, stored.profileId)
      return stored.head
    },
    async read(profile, work) {
      open()
      return readLock.run(() =>
        naming('read', () =>
          inTransaction(reading, async () => {
            const answer = await onSnapshot(reading.reader, headIn(reading.reader, profile), work)
            return { keep: true, answer }
          }),
        ),
      )
    },
    async commit(profile, writes) {
      const connection = writable()
      return writeLock.run(() => naming('commit', () => commitNow(connection, profile, opened.get(profile), writes)))
    },
    async update(profile, work) {
      const connection = writable()
      let erases = false
      const answer = await writeLock.run(() =>
        naming('update', () =>
          inTransaction(connection, async () => {
            const stored = headIn(connection.reader, profile)
            const { writes, answer } = await onSnapshot(connection.reader, stored, work)
            if (writes && !connection.writer.write(profile, stored.profileId, writes)) throw updateBehind()
            erases = writes?.erases === true
            if (erases) noteErasing(connection.database)
            return { keep: writes !== null, answer }
          }),
        ),
      )
      if (erases) await giveUpBytes(connection.database)
      return answer
    },
    async deleteProfile(profile) {
      const { database } = writable()
      const found = await writeLock.run(() => naming('delete the profile', () => deleteRows(database, profile)))
      if (found) await giveUpBytes(database)
      return found
    },
    async stats() {
      open()
      return readLock.run(() => naming('read its size', () => statsOf(reading.database, file.path)))
    },
    async vacuum() {
      const { database } = writable()
      return writeLock.run(() => naming('give space back', () => giveSpaceBack(database)))
    },
    close() {
      closing ??= (async () => {
        await Promise.all([writeLock.run(() => {}), readLock.run(() => {})])
        reading.database.close()
        // Last, so that it is the one that moves the -wal into the file and removes it.
        writing?.database.close()
        release()
      })()
      return closing
    },
  }
}

async function connectForWriting(file: SqliteFile, tables: readonly RowTable[]): Promise<WritingConnection> {
  const connection = connectionOn(await openForWriting(file, tables), tables, 'begin immediate')
  const writer = createWriter(connection.database, tables)
  const rollback = (): void => {
    connection.rollback()
    writer.forget()
  }
  return { ...connection, writer, rollback }
}

async function connectForReading(file: SqliteFile, tables: readonly RowTable[]): Promise<Connection> {
  return connectionOn(await openForReading(file, tables), tables, 'begin')
}

function connectionOn(database: Database, tables: readonly RowTable[], begin: string): Connection {
  return {
    database,
    reader: createSnapshotReader(database, tables),
    begin: database.prepare(begin),
    commit: database.prepare('commit'),
    // Some failures (a full disk) end the transaction by themselves.
    rollback: () => void (database.inTransaction && database.exec('rollback')),
  }
}

/** Begins, runs, commits; rolls back when anything fails or what was done is not to be kept. */
async function inTransaction<T>(
  connection: Connection,
  work: () => Promise<{ readonly keep: boolean; readonly answer: T }>,
): Promise<T> {
  connection.begin.run()
  try {
    const { keep, answer } = await work()
    if (keep) connection.commit.run()
    else connection.rollback()
    return answer
  } catch (error) {
    connection.rollback()
    throw error
  }
}

/** The usual way of a batch: no await between begin and commit, so the lock of the file is held for its writes only. */
function commitNow(
  connection: WritingConnection,
  profile: string,
  knownId: number | undefined,
  writes: LogWrites,
): 'committed' | 'stale' {
  connection.begin.run()
  try {
    if (connection.writer.write(profile, knownId, writes)) {
      connection.commit.run()
      return 'committed'
    }
    connection.rollback()
    return 'stale'
  } catch (error) {
    connection.rollback()
    throw error
  }
}

async function onSnapshot<T>(
  reader: SnapshotReader,
  stored: StoredHead,
  work: (snapshot: LogSnapshot) => Promise<T>,
): Promise<T> {
  let valid = true
  const check = (): void => {
    if (!valid) throw snapshotEnded()
  }
  try {
    return await work(reader.snapshot(stored, check))
  } finally {
    valid = false
  }
}

function makeProfile({ database, reader }: WritingConnection, profile: string, settings: string): StoredHead {
  return database
    .transaction(() => {
      if (!reader.storedHead(profile)) database.prepare(INSERT_PROFILE).run(profile, settings)
      const stored = reader.storedHead(profile) as StoredHead
      if (stored.profileId > PROFILE_ID_MAX) {
        throw new ImmersionError('STORAGE_FULL', `A SQLite file holds at most ${PROFILE_ID_MAX} profiles.`)
      }
      return stored
    })
    .immediate()
}
