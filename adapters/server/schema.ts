// What a server's schema holds, and what is still to be done to it: the numbered steps of the adapter's migrations, then the
// tables and indexes of read models. Each database says in its SchemaRules how the schema is read and locked.

import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { foreignDatabase, notMigrated, type Place, schemaNewer } from '../port/refusals.js'
import { rowTableName } from '../sql/columns.js'
import type { SqlDialect } from '../sql/dialect.js'
import { checkRowTable, createRowTable, rowIndexes } from '../sql/row-tables.js'
import type { ServerConnection } from './connection.js'

/** Steps are frozen once released: a change is a new step. Each is a list of statements, in the shared form. */
export type Migrations = readonly (readonly string[])[]

export interface SchemaRules {
  readonly dialect: SqlDialect
  /** As information_schema calls it. */
  readonly schema: string
  readonly place: Place
  readonly migrations: Migrations
  /** One row, which counts the steps that are done. Its name says whose tables these are. */
  readonly versionTable: string
  /** Answers one number, or no row while the first step is not done. */
  readonly selectVersion: string
  /** Binds: the schema's version. */
  readonly noteVersion: string
  /** Binds: schema. Answers: the name of each index. */
  readonly selectIndexes: string
  /** Runs `work` while no other process migrates the same schema. */
  underLock(connection: ServerConnection, work: () => Promise<void>): Promise<void>
}

interface StoredSchema {
  /** 0 when nothing is there yet. */
  readonly version: number
  /** By table, in their order. */
  readonly columns: ReadonlyMap<string, readonly string[]>
  readonly indexes: ReadonlySet<string>
}

/** Tables of the first step that another program's database may have as well. */
const TABLES = ['profiles', 'event_types', 'events', 'streams', 'ledger', 'videos'] as const

const SELECT_COLUMNS = `select table_name, column_name from information_schema.columns
  where table_schema = ? order by table_name, ordinal_position`

/** Changes no row, and is refused where rows may not be changed. */
const WRITE_NOTHING = 'update profiles set revision = revision where profile_id = 0 and revision < 0'

/** Migrates, and makes the tables of read models, where that is needed. A schema that is ready is only read. */
export async function prepareSchema(
  connection: ServerConnection,
  rules: SchemaRules,
  tables: readonly RowTable[],
): Promise<void> {
  const { dialect } = rules
  const first = await planSchema(connection, rules, tables)
  if (first.steps.length > 0 || first.tables.length > 0) {
    await rules.underLock(connection, async () => {
      // Read again under the lock, because another process may have done it since.
      const plan = await planSchema(connection, rules, tables)
      for (const { version, statements } of plan.steps) {
        for (const statement of statements) await connection.query(statement)
        await connection.query(dialect.text(rules.noteVersion), [version])
      }
      for (const statement of plan.tables) await connection.query(statement)
    })
  }
  // A server or a user that allows no writes is better refused now than with the first batch.
  await connection.query(dialect.text(WRITE_NOTHING))
}

/** Changes nothing. SCHEMA_NEWER, or INVALID_CONFIG where another program has tables of our names. */
export async function planSchema(
  connection: ServerConnection,
  rules: SchemaRules,
  tables: readonly RowTable[],
): Promise<MigrationPlan> {
  const { dialect, migrations } = rules
  const stored = await readSchema(connection, rules)
  const steps = migrations.map((statements, index) => ({
    version: index + 1,
    statements: statements.map(dialect.text),
  }))
  return {
    schemaVersion: stored.version,
    latestVersion: migrations.length,
    steps: steps.slice(stored.version),
    tables: missingTables(stored, rules, tables),
  }
}

/** For a log that only reads: STORAGE_UNAVAILABLE where a step is not done. */
export async function checkReady(
  connection: ServerConnection,
  rules: SchemaRules,
  tables: readonly RowTable[],
): Promise<void> {
  const { steps, schemaVersion } = await planSchema(connection, rules, tables)
  if (steps.length > 0) throw notMigrated(rules.place, schemaVersion)
}

async function readSchema(connection: ServerConnection, rules: SchemaRules): Promise<StoredSchema> {
  const { dialect, schema, selectIndexes, versionTable, migrations, place } = rules
  const columns = new Map<string, string[]>()
  for (const [table, column] of (await connection.query(dialect.text(SELECT_COLUMNS), [schema])).rows) {
    const known = columns.get(String(table))
    if (known) known.push(String(column))
    else columns.set(String(table), [String(column)])
  }
  const isOurs = columns.has(versionTable)
  const foreign = TABLES.filter((name) => columns.has(name))
  if (!isOurs && foreign.length > 0) throw foreignDatabase(place, foreign)
  const version = isOurs ? await readVersion(connection, rules) : 0
  if (version > migrations.length) throw schemaNewer(place, version, migrations.length)
  const indexes = (await connection.query(dialect.text(selectIndexes), [schema])).rows
  return { version, columns, indexes: new Set(indexes.map(([name]) => String(name))) }
}

async function readVersion(connection: ServerConnection, { dialect, selectVersion }: SchemaRules): Promise<number> {
  const [row] = (await connection.query(dialect.text(selectVersion))).rows
  return Number(row?.[0] ?? 0)
}

/** Statements for the tables and indexes that are not there yet. Throws where a table is there with other columns. */
function missingTables(
  { columns, indexes }: StoredSchema,
  { dialect }: SchemaRules,
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
