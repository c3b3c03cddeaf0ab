// Opens connections to the file: the driver and the pragmas. schema.ts looks after what is in the file, and log.ts holds
// one connection that writes and one that reads.

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type BetterSqlite3 from 'better-sqlite3'
import { ImmersionError } from '../../src/events/errors.js'
import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { notMigrated } from '../port/refusals.js'
import { latestVersion, type Migrations } from '../sql/migrations.js'
import { bindingMissing, checkSqliteVersion, type Database, isBindingError, loadDriver } from './driver.js'
import { sqliteError } from './errors.js'
import { MIGRATIONS } from './migrations.js'
import { checkOurs, checkStoredTables, placeOf, planFor, prepareSchema } from './schema.js'

/** How long a transaction waits for another process's. One batch takes under a millisecond. */
const BUSY_TIMEOUT_MS = 2500
/** 16 MB: a checkpoint every 1,000 pages shows as a p99 of 5 ms, every 4,000 as 0.4 ms. */
const WAL_AUTOCHECKPOINT_PAGES = 4000
/** 8 MB, negative because SQLite then counts in KiB. */
const CACHE_KIB = -8000

/** SQLite does not wait by itself while the journal mode changes, so a second process tries again. */
const OPEN_ATTEMPTS = 60
const OPEN_RETRY_MS = 50

export interface SqliteFile {
  readonly path: string
  readonly nativeBinding: string | undefined
  /** Beyond it SQLite says that the disk is full. Set by tests only. */
  readonly maxPages?: number
  /** The schema's steps, in place of those that ship. Set by tests only. */
  readonly migrations?: Migrations<Database>
}

/** The connection that writes. Makes the file and its directory, migrates, and has the tables ready. */
export async function openForWriting(file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  createFile(file.path)
  const Driver = await loadDriver()
  const schemaFile = {
    path: file.path,
    migrations: file.migrations ?? MIGRATIONS,
    connectForCopy: () => connect(Driver, file, true),
  }
  for (let attempt = 1; ; attempt++) {
    const database = connect(Driver, file, false)
    try {
      prepareSchema(database, schemaFile, tables)
      return database
    } catch (error) {
      database.close()
      const failure = sqliteError(error, file.path, 'open the database')
      if (failure.code !== 'STORAGE_BUSY' || attempt === OPEN_ATTEMPTS) throw failure
      await sleep(OPEN_RETRY_MS)
    }
  }
}

export async function openForReading(file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  const { database, version } = await openExisting(file)
  try {
    if (version < latestVersion(file.migrations ?? MIGRATIONS)) throw notMigrated(placeOf(file.path), version)
    checkStoredTables(database, tables)
    return database
  } catch (error) {
    database.close()
    throw sqliteError(error, file.path, 'open the database')
  }
}

/** A connection that reads, to a file of ours of whatever schema this program knows. */
export async function openExisting(
  file: SqliteFile,
): Promise<{ readonly database: Database; readonly version: number }> {
  if (!existsSync(file.path)) {
    throw new ImmersionError('STORAGE_UNAVAILABLE', `There is no database at ${file.path}.`, {
      hint: 'It is made when something is tracked for the first time.',
      details: { path: file.path },
    })
  }
  const database = connect(await loadDriver(), file, true)
  try {
    const latest = latestVersion(file.migrations ?? MIGRATIONS)
    return { database, version: checkOurs(database, file.path, latest) }
  } catch (error) {
    database.close()
    throw sqliteError(error, file.path, 'open the database')
  }
}

/**
 * What opening the file for writing would do to it. Makes nothing, not even the file; the connection may write all the
 * same, because SQLite leaves an empty -wal behind after one that may not.
 */
export async function planMigrations(file: SqliteFile, tables: readonly RowTable[]): Promise<MigrationPlan> {
  const migrations = file.migrations ?? MIGRATIONS
  if (!existsSync(file.path)) return planFor(null, file.path, migrations, tables)
  const database = connect(await loadDriver(), file, false)
  try {
    return planFor(database, file.path, migrations, tables)
  } catch (error) {
    throw sqliteError(error, file.path, 'read its schema')
  } finally {
    database.close()
  }
}

/** Whatever is in the file: it is about to give up its place. */
export async function openToReplace(file: SqliteFile): Promise<Database> {
  return connect(await loadDriver(), file, false)
}

/** Only the learner may read what was watched: 0600 here is what SQLite gives to the -wal and -shm beside the file too. */
function createFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw sqliteError(error, path, 'make the file')
  }
}

function connect(Driver: typeof BetterSqlite3, file: SqliteFile, readonly: boolean): Database {
  try {
    const options = file.nativeBinding === undefined ? {} : { nativeBinding: file.nativeBinding }
    const database = new Driver(file.path, { ...options, readonly, timeout: BUSY_TIMEOUT_MS })
    checkSqliteVersion(database)
    database.pragma('foreign_keys = on')
    database.pragma('synchronous = normal')
    database.pragma(`wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`)
    database.pragma(`cache_size = ${CACHE_KIB}`)
    if (file.maxPages !== undefined) database.pragma(`max_page_count = ${file.maxPages}`)
    return database
  } catch (error) {
    if (isBindingError(error)) throw bindingMissing(error)
    throw sqliteError(error, file.path, 'open the database')
  }
}
