// What is in a server's schema, and what is still to be done to it: the numbered steps of the adapter's migrations, then the
// tables and indexes of read models. Here is what can be told from information_schema; who holds which lock meanwhile is
// the adapter's affair.

import { ImmersionError } from '../../src/events/errors.js'
import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { rowTableName } from '../sql/columns.js'
import type { SqlDialect } from '../sql/dialect.js'
import { checkRowTable, createRowTable, rowIndexes } from '../sql/row-tables.js'
import type { ServerConnection } from './database.js'

/** Steps are frozen once released: a change is a new step. Each is a list of statements, in the dialect's text. */
export type Migrations = readonly (readonly string[])[]

export interface SchemaQuestions {
  readonly dialect: SqlDialect
  /** As information_schema calls it. */
  readonly schema: string
  /** Binds: schema. Answers: the name of each index. */
  readonly selectIndexes: string
  readonly location: string
}

export interface StoredSchema {
  /** 0 when nothing is there yet. */
  readonly version: number
  readonly columns: ReadonlyMap<string, readonly string[]>
  readonly indexes: ReadonlySet<string>
}

/** One row, whose schema_version counts the steps that are done. Its name says whose tables these are. */
export const VERSION_TABLE = 'immersion_log'
const SELECT_COLUMNS = `select table_name, column_name from information_schema.columns
  where table_schema = ? order by table_name, ordinal_position`
const SELECT_VERSION = `select schema_version from ${VERSION_TABLE}`
/** Binds: schema_version. */
export const UPDATE_VERSION = `update ${VERSION_TABLE} set schema_version = ?`

export async function readSchema(connection: ServerConnection, questions: SchemaQuestions): Promise<StoredSchema> {
  const { dialect, schema, selectIndexes } = questions
  const columns = new Map<string, string[]>()
  for (const [table, column] of (await connection.query(dialect.text(SELECT_COLUMNS), [schema])).rows) {
    const known = columns.get(String(table))
    if (known) known.push(String(column))
    else columns.set(String(table), [String(column)])
  }
  const indexes = (await connection.query(dialect.text(selectIndexes), [schema])).rows
  const version = columns.has(VERSION_TABLE) ? await readVersion(connection, dialect) : 0
  return { version, columns, indexes: new Set(indexes.map(([name]) => String(name))) }
}

async function readVersion(connection: ServerConnection, dialect: SqlDialect): Promise<number> {
  const [row] = (await connection.query(dialect.text(SELECT_VERSION))).rows
  return Number(row?.[0] ?? 0)
}

/** SCHEMA_NEWER, or INVALID_CONFIG where another program has tables of our names. */
export function checkSchema(
  { version, columns }: StoredSchema,
  latestVersion: number,
  { location }: SchemaQuestions,
): void {
  if (version > latestVersion) {
    throw new ImmersionError('SCHEMA_NEWER', `${location} has schema ${version}, newer than this program.`, {
      hint: `Update immersion-log; this version knows schemas up to ${latestVersion}.`,
      details: { location, schemaVersion: version, known: latestVersion },
    })
  }
  const foreign = ['profiles', 'event_types', 'events', 'streams', 'ledger', 'videos'].filter((name) =>
    columns.has(name),
  )
  if (version === 0 && foreign.length > 0) {
    throw new ImmersionError('INVALID_CONFIG', `${location} has tables of another program: ${foreign.join(', ')}.`, {
      hint: 'Give another storage.database (or, on PostgreSQL, storage.schema); nothing was changed in this one.',
      details: { key: 'storage.database', location, tables: foreign },
    })
  }
}

/** STORAGE_UNAVAILABLE for who only reads and finds a step that is not done. */
export function checkMigrated({ version }: StoredSchema, latestVersion: number, { location }: SchemaQuestions): void {
  if (version === latestVersion) return
  const what = version === 0 ? 'There is no log yet in' : 'The schema is not migrated yet in'
  throw new ImmersionError('STORAGE_UNAVAILABLE', `${what} ${location}.`, {
    hint: 'Open it once for writing.',
    details: { location, schemaVersion: version },
  })
}

/** Statements for the tables and indexes that are not there yet. Throws where a table is there with other columns. */
export function missingTables(
  { columns, indexes }: StoredSchema,
  { dialect }: SchemaQuestions,
  tables: readonly RowTable[],
): readonly string[] {
  return tables.flatMap((table) => {
    const stored = columns.get(rowTableName(table))
    if (stored) checkRowTable(table, stored)
    const missing = rowIndexes(dialect, table).filter(({ name }) => !indexes.has(name))
    const made = stored ? [] : [createRowTable(dialect, table)]
    return [...made, ...missing.map(({ create }) => create)].map(dialect.text)
  })
}

export function planOf(
  stored: StoredSchema,
  questions: SchemaQuestions,
  migrations: Migrations,
  tables: readonly RowTable[],
): MigrationPlan {
  checkSchema(stored, migrations.length, questions)
  const steps = migrations.map((statements, index) => ({ version: index + 1, statements })).slice(stored.version)
  return {
    schemaVersion: stored.version,
    latestVersion: migrations.length,
    steps,
    tables: missingTables(stored, questions, tables),
  }
}
