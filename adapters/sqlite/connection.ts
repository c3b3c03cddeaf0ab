// Opens connections to the file: the driver and the pragmas. schema.ts looks after its content, and log.ts holds
// one connection that writes and one that reads.

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type BetterSqlite3 from 'better-sqlite3'
import { ImmersionError } from '../../src/events/errors.js'
import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { bindingMissing, checkSqliteVersion, type Database, isBindingError, loadDriver } from './driver.js'
import { sqliteError } from './errors.js'
import { isInMemory, lockOf } from './host-database.js'
import { fileReplaced } from './open-file.js'
import { checkOurs, checkReady, planFor, prepareSchema, type SqliteFile } from './schema.js'

/** How long a transaction waits for another process's. One batch takes under a millisecond. */
const BUSY_TIMEOUT_MS = 2500
/** 16 MB: a checkpoint every 1,000 pages shows as a p99 of 5 ms, every 4,000 as 0.4 ms. */
const WAL_AUTOCHECKPOINT_PAGES = 4000
/** 8 MB, negative because SQLite then counts in KiB. */
const CACHE_KIB = -8000

/** SQLite does not wait by itself while the journal mode changes, so a second process tries again. */
const OPEN_ATTEMPTS = 60
const OPEN_RETRY_MS = 50

/** The connection that writes. Makes the file and its directory, migrates, and has the tables ready. */
export async function openForWriting(file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  const { host } = file
  if (host === undefined) createFile(file)
  const Driver = host !== undefined && isInMemory(host) ? null : await loadDriver()
  const connectForCopy = Driver && (() => connect(Driver, file, true))
  for (let attempt = 1; ; attempt++) {
    try {
      return await onConnection(file, false, 'open the database', (database) => {
        if (host !== undefined) {
          checkSqliteVersion(host)
          // Its other settings stay.
          host.pragma('foreign_keys = on')
        }
        prepareSchema(database, file, tables, connectForCopy)
        return database
      })
    } catch (error) {
      const isBusy = error instanceof ImmersionError && error.code === 'STORAGE_BUSY'
      if (host !== undefined || !isBusy || attempt === OPEN_ATTEMPTS) throw error
      await sleep(OPEN_RETRY_MS)
    }
  }
}

export async function openForReading(file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  return openExisting(file, (database) => checkReady(database, file, tables))
}

/** A connection that reads, to a file of ours of whatever schema this program knows. `check` is called before it is used. */
export async function openExisting(
  file: SqliteFile,
  check: (database: Database) => void = (database) => void checkOurs(database, file),
): Promise<Database> {
  if (file.host === undefined && !existsSync(file.path)) {
    throw new ImmersionError('STORAGE_UNAVAILABLE', `There is no database at ${file.path}.`, {
      hint: 'It is made when something is tracked for the first time.',
      details: { path: file.path },
    })
  }
  return onConnection(file, true, 'open the database', (database) => {
    check(database)
    return database
  })
}

/**
 * The changes that opening the file for writing would make. Changes nothing, and makes no file. The connection is one that
 * may write, because SQLite leaves an empty -wal behind after one that may only read.
 */
export async function planMigrations(file: SqliteFile, tables: readonly RowTable[]): Promise<MigrationPlan> {
  if (file.host === undefined && !existsSync(file.path)) return planFor(null, file, tables)
  return onConnection(file, false, 'read its schema', (database) => {
    const plan = planFor(database, file, tables)
    if (file.host === undefined) database.close()
    return plan
  })
}

/** Whatever is in the file: it is about to give up its place. */
export async function openToReplace(file: SqliteFile): Promise<Database> {
  return connect(await loadDriver(), file, false)
}

/** Works on the host's connection, under its lock, or on a new one, which is closed when the work fails. */
async function onConnection<T>(
  file: SqliteFile,
  readonly: boolean,
  doing: string,
  work: (database: Database) => T,
): Promise<T> {
  const { host, path } = file
  const database = host ?? connect(await loadDriver(), file, readonly)
  try {
    return await (host === undefined ? work(database) : lockOf(host).run(() => work(database)))
  } catch (error) {
    if (host === undefined) database.close()
    throw sqliteError(error, path, doing)
  }
}

/** Only the learner may read the log. SQLite gives the mode 0600 of the file to the -wal and -shm beside it too. */
function createFile({ path, isReopened }: SqliteFile): void {
  if (isReopened && !existsSync(path)) throw fileReplaced(path, 'removed')
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw sqliteError(error, path, 'make the file')
  }
}

function connect(Driver: typeof BetterSqlite3, file: SqliteFile, readonly: boolean): Database {
  let database: Database | undefined
  try {
    const options = file.nativeBinding === undefined ? {} : { nativeBinding: file.nativeBinding }
    database = new Driver(file.path, { ...options, readonly, timeout: BUSY_TIMEOUT_MS })
    checkSqliteVersion(database)
    database.pragma('foreign_keys = on')
    database.pragma('synchronous = normal')
    database.pragma(`wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`)
    database.pragma(`cache_size = ${CACHE_KIB}`)
    if (file.maxPages !== undefined) database.pragma(`max_page_count = ${file.maxPages}`)
    return database
  } catch (error) {
    database?.close()
    if (isBindingError(error)) throw bindingMissing(error)
    throw sqliteError(error, file.path, 'open the database')
  }
}
