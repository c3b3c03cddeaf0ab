// How a PostgreSQL schema is read and made: in one transaction under an advisory lock, so that of processes that start at
// once one migrates and the others find it done. The lock's key is of this schema, so that logs in other schemas do not wait.

import type { Place } from '../port/refusals.js'
import type { ServerConnection } from '../server/connection.js'
import type { SchemaRules, ServerMigrations } from '../server/schema.js'
import type { SqlDialect } from '../sql/dialect.js'

export const VERSION_TABLE = 'immersion_log'

/** `IMLG` in the first half of the key, so that it meets no other program's. Binds: schema. */
const LOCK = `select pg_advisory_xact_lock(${0x494d4c47}, hashtext(?))`

/** information_schema does not say which tables are partitions. Binds: schema. */
const SELECT_COLUMNS = `select c.relname, a.attname from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ? and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
  order by c.relname, a.attnum`

/** Binds: schema. */
const SCHEMA_EXISTS = 'select 1 from pg_catalog.pg_namespace where nspname = ?'

export function postgresSchema(
  dialect: SqlDialect,
  schema: string,
  place: Place,
  migrations: ServerMigrations,
): SchemaRules {
  return {
    dialect,
    schema,
    place,
    migrations,
    versionTable: VERSION_TABLE,
    selectVersion: `select schema_version from ${VERSION_TABLE}`,
    noteVersion: `update ${VERSION_TABLE} set schema_version = ?`,
    selectColumns: SELECT_COLUMNS,
    selectIndexes: 'select indexname from pg_catalog.pg_indexes where schemaname = ?',
    async underLock(connection, work) {
      await connection.query('begin')
      try {
        await connection.query(dialect.text(LOCK), [schema])
        await connection.withoutLimits()
        await makeSchema(connection, dialect, schema)
        await work()
        await connection.query('commit')
      } catch (error) {
        await connection.query('rollback').catch(() => {})
        throw error
      }
    },
  }
}

async function makeSchema(connection: ServerConnection, dialect: SqlDialect, schema: string): Promise<void> {
  // Not by `if not exists`, which needs the right to create one even where there is one.
  const found = await connection.query(dialect.text(SCHEMA_EXISTS), [schema])
  if (found.rows.length === 0) await connection.query(`create schema "${schema}"`)
}
