// What is in the file: whose it is, which schema it has, what is still to be done to it, and doing that under the file's
// lock. Called by connection.ts while a connection is opened, before anybody else has it.

import { rmSync } from 'node:fs'
import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { foreignDatabase, type Place, schemaNewer } from '../port/refusals.js'
import { rowTableName } from '../sql/columns.js'
import { checkRowTable, createRowTable, rowIndexes } from '../sql/row-tables.js'
import { makeCopy, removeOldCopies } from './copies.js'
import { finishErasing } from './delete-profile.js'
import { sqliteDialect } from './dialect.js'
import type { Database } from './driver.js'
import { sqliteError } from './errors.js'
import { APPLICATION_ID } from './migrations.js'

export interface SchemaFile {
  readonly path: string
  readonly migrations: readonly string[]
  /** Another connection to the same file, which reads. */
  readonly connectForCopy: () => Database
}

export function prepareSchema(database: Database, file: SchemaFile, tables: readonly RowTable[]): void {
  const { path, migrations } = file
  if (checkOurs(database, path, migrations.length) === 0) {
    // Counts only before the first page is written, and WAL writes it.
    database.pragma('auto_vacuum = incremental')
  }
  database.pragma('journal_mode = wal')
  if (schemaVersion(database) < migrations.length) migrate(database, file)
  for (const table of tables) checkStoredTable(database, table)
  if (missing(database, tables).length > 0) immediately(database, () => makeMissing(database, tables))
  finishErasing(database, path)
}

/** `database` is null where there is no file. */
export function planFor(
  database: Database | null,
  path: string,
  migrations: readonly string[],
  tables: readonly RowTable[],
): MigrationPlan {
  const version = database ? checkOurs(database, path, migrations.length) : 0
  const steps = migrations.slice(version).map((step, index) => ({
    version: version + index + 1,
    statements: statementsOf(step),
  }))
  if (database) for (const table of tables) checkStoredTable(database, table)
  return { schemaVersion: version, latestVersion: migrations.length, steps, tables: missing(database, tables) }
}

export function placeOf(path: string): Place {
  return { location: path, key: 'storage.path' }
}

/** Answers the schema's version, 0 for an empty file. Refuses other programs' files and newer schemas. */
export function checkOurs(database: Database, path: string, latestVersion: number): number {
  const version = schemaVersion(database)
  const applicationId = Number(database.pragma('application_id', { simple: true }))
  const stored = database.prepare('select name from sqlite_master').pluck().all().map(String)
  if (applicationId !== APPLICATION_ID && (stored.length > 0 || applicationId !== 0 || version !== 0)) {
    throw foreignDatabase(placeOf(path), stored)
  }
  if (version > latestVersion) throw schemaNewer(placeOf(path), version, latestVersion)
  return version
}

function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

function immediately(database: Database, work: () => void): void {
  database.transaction(work).immediate()
}

/** All steps, or none: then the file is as it was, and the copy of it is not kept. */
function migrate(database: Database, { path, migrations, connectForCopy }: SchemaFile): void {
  let copy: string | null = null
  try {
    immediately(database, () => {
      // Asked again under the lock: another process may have migrated since.
      const version = schemaVersion(database)
      if (version >= migrations.length) return
      if (version > 0) copy = copyOf(connectForCopy, path, version)
      for (const step of migrations.slice(version)) database.exec(step)
      database.pragma(`application_id = ${APPLICATION_ID}`)
      database.pragma(`user_version = ${migrations.length}`)
    })
  } catch (error) {
    if (copy !== null) rmSync(copy, { force: true })
    throw error
  }
  removeOldCopies(path)
}

function copyOf(connectForCopy: () => Database, path: string, version: number): string {
  try {
    const source = connectForCopy()
    try {
      return makeCopy(source, path, version, new Date())
    } finally {
      source.close()
    }
  } catch (error) {
    throw sqliteError(error, path, 'copy the database before its migration, which was not begun')
  }
}

/** One by one, for people to read: each step ends its statements with a semicolon, and has none within them. */
function statementsOf(step: string): readonly string[] {
  const statements = step.split(';').map((statement) => statement.trim())
  return statements.filter((statement) => statement !== '')
}

/** Statements for the tables and indexes that are not there yet. */
function missing(database: Database | null, tables: readonly RowTable[]): readonly string[] {
  const stored = new Set(database?.prepare('select name from sqlite_master').pluck().all() ?? [])
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

export function checkStoredTable(database: Database, table: RowTable): void {
  const columns = storedColumns(database, table)
  if (columns.length > 0) checkRowTable(table, columns)
}

/** Empty when there is no such table. */
function storedColumns(database: Database, table: RowTable): readonly string[] {
  return database.prepare('select name from pragma_table_info(?)').pluck().all(rowTableName(table)).map(String)
}
