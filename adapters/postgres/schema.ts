// How a PostgreSQL schema is read and made: in one transaction under an advisory lock, so that of processes that start at
// once one migrates and the others find it done. The lock's key is of this schema, so that logs in other schemas do not wait.

import type { Place } from '../port/refusals.js'
import type { ServerConnection } from '../server/connection.js'
import type { Migrations, SchemaRules } from '../server/schema.js'
import type { SqlDialect } from '../sql/dialect.js'

export const VERSION_TABLE = 'immersion_log'

/** `IMLG` in the first half of the key, so that it meets no other program's. Binds: schema. */
const LOCK = `select pg_advisory_xact_lock(${0x494d4c47}, hashtext(?))`

/** Binds: schema. */
const SCHEMA_EXISTS = 'select 1 from pg_catalog.pg_namespace where nspname = ?'

export function postgresSchema(dialect: SqlDialect, schema: string, place: Place, migrations: Migrations): SchemaRules {
  return {
    dialect,
    schema,
    place,
    migrations,
    versionTable: VERSION_TABLE,
    selectVersion: `select schema_version from ${VERSION_TABLE}`,
    noteVersion: `update ${VERSION_TABLE} set schema_version = ?`,
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
