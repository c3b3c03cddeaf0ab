// Reads a server's schema and makes the changes that are due: the steps of the adapter's migrations, then the tables of read
// models. The SchemaRules of each database define how the schema is read and locked.

import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { foreignDatabase, notMigrated, type Place, schemaNewer } from '../port/refusals.js'
import type { SqlDialect } from '../sql/dialect.js'
import { type Change, dueChanges, latestVersion, type Migrations, planOf } from '../sql/migrations.js'
import type { StoredSchema } from '../sql/row-tables.js'
import { LOG_TABLES } from '../sql/tables.js'
import type { ServerConnection } from './connection.js'

export type ServerMigrations = Migrations<ServerConnection>

export interface SchemaRules {
  readonly dialect: SqlDialect
  /** As information_schema calls it. */
  readonly schema: string
  readonly place: Place
  readonly migrations: ServerMigrations
  /** One row, which counts the steps that are done. Its name says whose tables these are. */
  readonly versionTable: string
  /** Answers one number, or no row while the first step is not done. */
  readonly selectVersion: string
  /** Binds: the schema's version. */
  readonly noteVersion: string
  /** Binds: schema. Answers: table, column, in order; without partitions of a table. */
  readonly selectColumns: string
  /** Binds: schema. Answers: the name of each index. */
  readonly selectIndexes: string
  /** Runs `work` while no other process migrates the same schema. */
  underLock(connection: ServerConnection, work: () => Promise<void>): Promise<void>
}

/** Changes no row, and is refused where rows may not be changed. */
const WRITE_NOTHING = 'update profiles set revision = revision where profile_id = 0 and revision < 0'

/** Migrates, and makes the tables of read models, where that is needed. A schema that is ready is only read. */
export async function prepareSchema(
  connection: ServerConnection,
  rules: SchemaRules,
  tables: readonly RowTable[],
): Promise<void> {
  const { dialect, migrations } = rules
  const due = async () => dueChanges(dialect, migrations, await readSchema(connection, rules), tables)
  const first = await due()
  if (first.steps.length > 0 || first.tables.length > 0) {
    await rules.underLock(connection, async () => {
      // Read again under the lock, because another process may have done it since.
      const { steps, tables } = await due()
      for (const { version, changes } of steps) {
        for (const change of changes) await run(connection, dialect, change)
        await connection.query(dialect.text(rules.noteVersion), [version])
      }
      for (const statement of tables) await connection.query(statement)
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
  return planOf(dialect, migrations, await readSchema(connection, rules), tables)
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

async function run(connection: ServerConnection, dialect: SqlDialect, change: Change<ServerConnection>): Promise<void> {
  if (typeof change === 'string') await connection.query(change)
  else await change.run(connection, dialect)
}

async function readSchema(connection: ServerConnection, rules: SchemaRules): Promise<StoredSchema> {
  const { dialect, schema, selectColumns, selectIndexes, versionTable, migrations, place } = rules
  const columns = new Map<string, string[]>()
  for (const [table, column] of (await connection.query(dialect.text(selectColumns), [schema])).rows) {
    const known = columns.get(String(table))
    if (known) known.push(String(column))
    else columns.set(String(table), [String(column)])
  }
  const isOurs = columns.has(versionTable)
  // Another program's database may have tables of these names as well.
  const foreign = LOG_TABLES.filter((name) => columns.has(name))
  if (!isOurs && foreign.length > 0) throw foreignDatabase(place, foreign)
  const version = isOurs ? await readVersion(connection, rules) : 0
  if (version > latestVersion(migrations)) throw schemaNewer(place, version, latestVersion(migrations))
  const indexes = (await connection.query(dialect.text(selectIndexes), [schema])).rows
  return { version, columns, indexes: new Set(indexes.map(([name]) => String(name))) }
}

async function readVersion(connection: ServerConnection, { dialect, selectVersion }: SchemaRules): Promise<number> {
  const [row] = (await connection.query(dialect.text(selectVersion))).rows
  return Number(row?.[0] ?? 0)
}
