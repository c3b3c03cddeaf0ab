// Opens connections to the file: the driver, the pragmas, the schema. adapters/sqlite/sqlite.ts holds one for writing and
// one for reading. The driver is loaded here, on first use, and nowhere else.

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type BetterSqlite3 from 'better-sqlite3'
import { ImmersionError } from '../../src/events/errors.js'
import type { RowTable } from '../../src/ports/event-log.js'
import { rowTableName } from '../sql/columns.js'
import { checkRowTable, createRowTable, rowIndexes } from '../sql/row-tables.js'
import { sqliteDialect } from './dialect.js'
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from './migrations.js'
import { sqliteError } from './sqlite-errors.js'

export type Database = BetterSqlite3.Database
export type Statement = BetterSqlite3.Statement<unknown[], unknown>

/** How long a transaction waits for another process's. One batch takes under a millisecond. */
const BUSY_TIMEOUT_MS = 2500
/** 16 MB: a checkpoint every 1,000 pages shows as a p99 of 5 ms, every 4,000 as 0.4 ms. */
const WAL_AUTOCHECKPOINT_PAGES = 4000
/** 8 MB, negative because SQLite then counts in KiB. */
const CACHE_KIB = -8000
/** Below it, two connections that checkpoint at the same moment may corrupt the file (WAL reset race). */
const SQLITE_VERSION_MIN = [3, 51, 3] as const

/** SQLite does not wait by itself while the journal mode changes, so a second process tries again. */
const OPEN_ATTEMPTS = 60
const OPEN_RETRY_MS = 50

export interface SqliteFile {
  readonly path: string
  readonly nativeBinding: string | undefined
  /** Beyond it SQLite says that the disk is full. Set by tests only. */
  readonly maxPages?: number
}

/** The connection that writes. Makes the file and its directory, migrates, and has the tables ready. */
export async function openForWriting(file: SqliteFile, tables: readonly RowTable[]): Promise<Database> {
  createFile(file.path)
  for (let attempt = 1; ; attempt++) {
    const database = await connect(file, false)
    try {
      prepareFile(database, file.path, tables)
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
  if (!existsSync(file.path)) {
    throw new ImmersionError('STORAGE_UNAVAILABLE', `There is no database at ${file.path}.`, {
      hint: 'It is made when something is tracked for the first time.',
      details: { path: file.path },
    })
  }
  const database = await connect(file, true)
  try {
    const version = checkOurs(database, file.path)
    if (version < SCHEMA_VERSION) {
      throw new ImmersionError('STORAGE_UNAVAILABLE', `The database at ${file.path} is not migrated yet.`, {
        hint: 'Open it once for writing.',
        details: { path: file.path, schemaVersion: version },
      })
    }
    for (const table of tables) checkStoredTable(database, table)
    return database
  } catch (error) {
    database.close()
    throw sqliteError(error, file.path, 'open the database')
  }
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

async function connect(file: SqliteFile, readonly: boolean): Promise<Database> {
  const Driver = await loadDriver()
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
    if (isBindingError(error)) throw driverMissing(error)
    throw sqliteError(error, file.path, 'open the database')
  }
}

async function loadDriver(): Promise<typeof BetterSqlite3> {
  try {
    const module = await import('better-sqlite3')
    return module.default
  } catch (error) {
    throw driverMissing(error)
  }
}

function driverMissing(cause: unknown): ImmersionError {
  return new ImmersionError('DRIVER_MISSING', 'The package better-sqlite3 cannot be loaded.', {
    hint: 'Run `npm rebuild better-sqlite3` with the Node that runs this program, or set storage.nativeBinding.',
    cause,
  })
}

function isBindingError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND' || /bindings file/.test(error.message)
}

function checkSqliteVersion(database: Database): void {
  const version = sqliteVersion(database)
  const parts = version.split('.').map(Number)
  for (const [index, least] of SQLITE_VERSION_MIN.entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least) {
      database.close()
      throw new ImmersionError('STORAGE_FAILED', `SQLite ${version} can corrupt a file that two connections share.`, {
        hint: `Install a better-sqlite3 with SQLite ${SQLITE_VERSION_MIN.join('.')} or newer.`,
        details: { version },
      })
    }
  }
}

export function sqliteVersion(database: Database): string {
  return String(database.prepare('select sqlite_version()').pluck().get())
}

function prepareFile(database: Database, path: string, tables: readonly RowTable[]): void {
  if (checkOurs(database, path) === 0) {
    // Counts only before the first page is written, and WAL writes it.
    database.pragma('auto_vacuum = incremental')
  }
  database.pragma('journal_mode = wal')
  if (Number(database.pragma('user_version', { simple: true })) < SCHEMA_VERSION) immediately(database, migrate)
  for (const table of tables) checkStoredTable(database, table)
  if (missing(database, tables).length > 0) immediately(database, () => makeMissing(database, tables))
}

/** Answers the schema's version, 0 for an empty file. Refuses other programs' files and newer schemas. */
function checkOurs(database: Database, path: string): number {
  const version = Number(database.pragma('user_version', { simple: true }))
  const applicationId = Number(database.pragma('application_id', { simple: true }))
  const things = Number(database.prepare('select count(*) from sqlite_master').pluck().get())
  if (applicationId !== APPLICATION_ID && (things > 0 || applicationId !== 0 || version !== 0)) {
    throw new ImmersionError('INVALID_CONFIG', `The database at ${path} belongs to another program.`, {
      hint: 'Give storage.path another file; nothing was changed in this one.',
      details: { key: 'storage.path', path, applicationId },
    })
  }
  if (version > SCHEMA_VERSION) {
    throw new ImmersionError(
      'SCHEMA_NEWER',
      `The database at ${path} has schema ${version}, newer than this program.`,
      {
        hint: `Update immersion-log; this version knows schemas up to ${SCHEMA_VERSION}.`,
        details: { path, schemaVersion: version, known: SCHEMA_VERSION },
      },
    )
  }
  return version
}

function immediately(database: Database, work: (database: Database) => void): void {
  database.transaction(() => work(database)).immediate()
}

function migrate(database: Database): void {
  // Asked again under the lock: another process may have migrated since.
  const version = Number(database.pragma('user_version', { simple: true }))
  for (const step of MIGRATIONS.slice(version)) database.exec(step)
  if (version >= SCHEMA_VERSION) return
  database.pragma(`application_id = ${APPLICATION_ID}`)
  database.pragma(`user_version = ${SCHEMA_VERSION}`)
}

/** Statements for the tables and indexes that are not there yet. */
function missing(database: Database, tables: readonly RowTable[]): readonly string[] {
  const stored = new Set(database.prepare('select name from sqlite_master').pluck().all())
  return tables.flatMap((table) => {
    const indexes = rowIndexes(sqliteDialect, table).filter(({ name }) => !stored.has(name))
    const made = stored.has(rowTableName(table)) ? [] : [createRowTable(sqliteDialect, table)]
    return [...made, ...indexes.map(({ create }) => create)]
  })
}

/** Asked again under the lock: another process may have made them since. */
function makeMissing(database: Database, tables: readonly RowTable[]): void {
  for (const statement of missing(database, tables)) database.exec(statement)
}

function checkStoredTable(database: Database, table: RowTable): void {
  const columns = storedColumns(database, table)
  if (columns.length > 0) checkRowTable(table, columns)
}

/** Empty when there is no such table. */
function storedColumns(database: Database, table: RowTable): readonly string[] {
  return database.prepare('select name from pragma_table_info(?)').pluck().all(rowTableName(table)).map(String)
}
