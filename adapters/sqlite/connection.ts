// Opens connections to the file: the driver and the pragmas. schema.ts looks after its content, and log.ts holds
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
import { isInMemory, lockOf } from './host-database.js'
import { MIGRATIONS } from './migrations.js'
import { checkOurs, checkStoredTables, placeOf, planFor, prepareSchema, type SchemaFile } from './schema.js'

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
  /** The host's connection to it, which is used instead of others and stays open. */
  readonly host?: Database
  /** Beyond it SQLite says that the disk is full. Set by tests only. */
  readonly maxPages?: number
  /** The schema's steps, in place of those that ship. Set by tests only. */
  readonly migrations?: Migrations<Database>
}

/** The connection that writes. Makes the file and its directory, migrates, and has the tables ready. */
export async function openForWriting(file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  if (file.host !== undefined) return prepareHost(file.host, file, tables)
  createFile(file.path)
  const schemaFile = await schemaFileOf(file)
  const Driver = await loadDriver()
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

/** The host's connection, with the schema ready. Its own settings stay, but for those that the schema needs. */
async function prepareHost(host: Database, file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  const schemaFile = await schemaFileOf(file)
  return onHost(host, file, 'open the database', () => {
    checkSqliteVersion(host)
    host.pragma('foreign_keys = on')
    prepareSchema(host, schemaFile, tables)
    return host
  })
}

function onHost<T>(host: Database, file: SqliteFile, doing: string, work: () => T): Promise<T> {
  return lockOf(host).run(() => {
    try {
      return work()
    } catch (error) {
      throw sqliteError(error, file.path, doing)
    }
  })
}

async function schemaFileOf(file: SqliteFile): Promise<SchemaFile> {
  const migrations = file.migrations ?? MIGRATIONS
  if (file.host !== undefined && isInMemory(file.host)) return { path: file.path, migrations, connectForCopy: null }
  const Driver = await loadDriver()
  return { path: file.path, migrations, connectForCopy: () => connect(Driver, file, true) }
}

export async function openForReading(file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  const { host } = file
  if (host !== undefined) {
    return onHost(host, file, 'open the database', () => {
      checkReady(host, file, checkOurs(host, file.path, latestVersion(file.migrations ?? MIGRATIONS)), tables)
      return host
    })
  }
  const { database, version } = await openExisting(file)
  try {
    checkReady(database, file, version, tables)
    return database
  } catch (error) {
    database.close()
    throw sqliteError(error, file.path, 'open the database')
  }
}

function checkReady(database: Database, file: SqliteFile, version: number, tables: readonly RowTable[]): void {
  if (version < latestVersion(file.migrations ?? MIGRATIONS)) throw notMigrated(placeOf(file.path), version)
  checkStoredTables(database, tables)
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
 * The changes that opening the file for writing would make. Makes nothing, not even the file; the connection may write all the
 * same, because SQLite leaves an empty -wal behind after one that may not.
 */
export async function planMigrations(file: SqliteFile, tables: readonly RowTable[]): Promise<MigrationPlan> {
  const migrations = file.migrations ?? MIGRATIONS
  const { host } = file
  if (host !== undefined) {
    return onHost(host, file, 'read its schema', () => planFor(host, file.path, migrations, tables))
  }
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

/** Only the learner may read the log. SQLite gives the mode 0600 of the file to the -wal and -shm beside it too. */
function createFile(path: string): void {
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
