// Reads the file's schema, refuses a file of another program, and makes the changes that are due, under the file's lock. Called by connection.ts while a connection is opened, before anyone else has it.

import { rmSync } from 'node:fs'
import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { foreignDatabase, notMigrated, type Place, schemaNewer } from '../port/refusals.js'
import { dueChanges, latestVersion, type Migrations, planOf } from '../sql/migrations.js'
import type { StoredSchema } from '../sql/row-tables.js'
import { makeCopy, removeOldCopies } from './copies.js'
import { finishErasing } from './delete-profile.js'
import { sqliteDialect } from './dialect.js'
import { type Database, pragmaNumber } from './driver.js'
import { APPLICATION_ID, MIGRATIONS } from './migrations.js'

export interface SqliteFile {
  readonly path: string
  readonly nativeBinding: string | undefined
  /** The host's connection to it, which is used instead of others and stays open. */
  readonly host?: Database
  /** Opened again after it was replaced: a file that is gone is not created. */
  readonly isReopened?: boolean
  /** Beyond it SQLite says that the disk is full. Set by tests only. */
  readonly maxPages?: number
  /** The schema's steps, in place of those that ship. Set by tests only. */
  readonly migrations?: Migrations<Database>
}

/** `connectForCopy` opens another connection to the same file, which reads. Null where there is no file to copy. */
export function prepareSchema(
  database: Database,
  file: SqliteFile,
  tables: readonly RowTable[],
  connectForCopy: (() => Database) | null,
): void {
  const { path, migrations = MIGRATIONS } = file
  const version = checkOurs(database, file)
  // Has an effect only before the first page is written, and WAL writes it.
  if (version === 0) database.pragma('auto_vacuum = incremental')
  database.pragma('journal_mode = wal')
  if (version < latestVersion(migrations)) migrate(database, file, connectForCopy)
  const missing = (): readonly string[] => dueChanges(sqliteDialect, migrations, storedSchema(database), tables).tables
  if (missing().length > 0) {
    // Read again under the lock, because another process may have made them since.
    immediately(database, () => {
      for (const statement of missing()) database.exec(statement)
    })
  }
  finishErasing(database, path)
}

/** `database` is null where there is no file. Throws where a table has other keys than its projection declares. */
export function planFor(database: Database | null, file: SqliteFile, tables: readonly RowTable[]): MigrationPlan {
  if (database) checkOurs(database, file)
  const stored = database ? storedSchema(database) : { version: 0, columns: new Map(), indexes: new Set<string>() }
  return planOf(sqliteDialect, file.migrations ?? MIGRATIONS, stored, tables)
}

/** For a log that only reads. */
export function checkReady(database: Database, file: SqliteFile, tables: readonly RowTable[]): void {
  const version = checkOurs(database, file)
  if (version < latestVersion(file.migrations ?? MIGRATIONS)) throw notMigrated(placeOf(file), version)
  planFor(database, file, tables)
}

function placeOf({ path }: SqliteFile): Place {
  return { location: path, key: 'storage.path' }
}

/** Returns the schema's version, 0 for an empty file. Refuses other programs' files and newer schemas. */
export function checkOurs(database: Database, file: SqliteFile): number {
  const version = pragmaNumber(database, 'user_version')
  const applicationId = pragmaNumber(database, 'application_id')
  const stored = database.prepare('select name from sqlite_master').pluck().all().map(String)
  if (applicationId !== APPLICATION_ID && (stored.length > 0 || applicationId !== 0 || version !== 0)) {
    throw foreignDatabase(placeOf(file), stored)
  }
  const latest = latestVersion(file.migrations ?? MIGRATIONS)
  if (version > latest) throw schemaNewer(placeOf(file), version, latest)
  return version
}

function storedSchema(database: Database): StoredSchema {
  const found = database
    .prepare(
      `select sqlite_master.type, sqlite_master.name, columns.name from sqlite_master
        left join pragma_table_info(sqlite_master.name) as columns on sqlite_master.type = 'table'`,
    )
    .raw()
    // Texts, and null for the column of an index.
    .all() as readonly (readonly [type: string, name: string, column: string | null])[]
  const columns = new Map<string, string[]>()
  const indexes = new Set<string>()
  for (const [type, name, column] of found) {
    if (type === 'index') indexes.add(name)
    else if (column !== null) columns.set(name, [...(columns.get(name) ?? []), column])
  }
  return { version: pragmaNumber(database, 'user_version'), columns, indexes }
}

/** Joins a transaction that the host has open. */
function immediately(database: Database, work: () => void): void {
  database.transaction(work).immediate()
}

/** All steps, or none: then the file is as it was, and the copy of it is not kept. */
function migrate(database: Database, file: SqliteFile, connectForCopy: (() => Database) | null): void {
  const { path, migrations = MIGRATIONS } = file
  let copy: string | null = null
  // A step may put another table in the place of one that others refer to. Has no effect within a transaction.
  const foreignKeys = pragmaNumber(database, 'foreign_keys')
  database.pragma('foreign_keys = off')
  try {
    immediately(database, () => {
      // Read again under the lock, because another process may have migrated since.
      const stored = storedSchema(database)
      const { steps } = dueChanges(sqliteDialect, migrations, stored, [])
      if (steps.length === 0) return
      if (stored.version > 0 && connectForCopy !== null) copy = makeCopy(connectForCopy(), path, stored.version)
      for (const change of steps.flatMap(({ changes }) => changes)) {
        if (typeof change === 'string') database.exec(change)
        // Synchronous on SQLite, whose driver is.
        else void change.run(database, sqliteDialect)
      }
      database.pragma(`application_id = ${APPLICATION_ID}`)
      database.pragma(`user_version = ${latestVersion(migrations)}`)
    })
  } catch (error) {
    if (copy !== null) rmSync(copy, { force: true })
    throw error
  } finally {
    database.pragma(`foreign_keys = ${foreignKeys}`)
  }
  removeOldCopies(path)
}
