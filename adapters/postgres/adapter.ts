// The PostgreSQL adapter: its connections, its dialect and its one statement a batch (writer.ts), as the ServerDatabase over
// which adapters/server/log.ts is the log.

import type { EventLog, EventLogAdapter, EventLogOptions } from '../../src/ports/event-log.js'
import { createServerAdapter, openServerLog } from '../server/adapter.js'
import type { ServerConnection } from '../server/connection.js'
import type { ServerDatabase, ServerWrites } from '../server/database.js'
import { type ServerOptions, serverLocation } from '../server/options.js'
import type { ServerMigrations } from '../server/schema.js'
import { packageVersion } from '../sql/package-version.js'
import { LOG_TABLES } from '../sql/tables.js'
import { PostgresPool } from './connection.js'
import { createPostgresDialect } from './dialect.js'
import { loadDriver } from './driver.js'
import { isDuplicateKey, isRefusedRow, PostgresFailures } from './errors.js'
import { checkHostPool, placeOf } from './host-pool.js'
import { MIGRATIONS } from './migrations.js'
import { postgresSchema, VERSION_TABLE } from './schema.js'
import { PostgresWriter } from './writer.js'

export const adapter: EventLogAdapter = createServerAdapter('postgres', connectPostgres)

/** In place of the parts that ship. Set by tests only. */
export interface PostgresParts {
  readonly migrations?: ServerMigrations
}

export async function openPostgresLog(
  server: ServerOptions,
  options: EventLogOptions,
  parts: PostgresParts = {},
): Promise<EventLog> {
  return openServerLog(await connectPostgres(server, parts), options)
}

async function connectPostgres(given: ServerOptions, parts: PostgresParts = {}): Promise<ServerDatabase> {
  const driver = await loadDriver()
  const host = given.pool === undefined ? undefined : checkHostPool(given.pool)
  const server = host === undefined ? given : { ...given, ...placeOf(driver, host) }
  const failures = new PostgresFailures(serverLocation('postgres', server))
  const pool = new PostgresPool(driver, server, failures, host)
  return postgresDatabase(pool, server, failures, parts.migrations ?? MIGRATIONS)
}

/** Partitions of a table are named after it. Binds: schema. Answers: bytes. */
const SELECT_SIZE = `select coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ? and c.relkind = 'r'
  and c.relname ~ '^(immersion_log|${LOG_TABLES.join('|')}|rows)(_|$)'`
/** Answers: the server's version, schema_version. */
const SELECT_VERSIONS = `select current_setting('server_version'), schema_version from ${VERSION_TABLE}`

function postgresDatabase(
  pool: PostgresPool,
  { schema }: ServerOptions,
  failures: PostgresFailures,
  migrations: ServerMigrations,
): ServerDatabase {
  const { location } = failures
  const dialect = createPostgresDialect(schema)
  const writer = new PostgresWriter(dialect)

  async function writeAtOnce(connection: ServerConnection, writes: ServerWrites): Promise<'committed' | 'stale'> {
    const { text, binds } = writer.statement(writes)
    return (await connection.query(text, binds)).rows.length > 0 ? 'committed' : 'stale'
  }

  return {
    provider: 'postgres',
    dialect,
    schema,
    rules: postgresSchema(dialect, schema, { location, key: 'storage.database' }, migrations),
    connectionCount: pool.connectionCount,
    begin: { read: 'begin isolation level repeatable read read only', write: 'begin isolation level read committed' },
    withConnection: (work) => pool.withConnection(work),
    // A statement outside of a transaction is one of its own.
    commitAtOnce: writeAtOnce,
    writeAtOnce,
    failure: (error, doing) => failures.failure(error, doing),
    isRefusedRow,
    isDuplicateKey,
    async size(connection) {
      const [size] = (await connection.query(dialect.text(SELECT_SIZE), [schema])).rows
      const [versions] = (await connection.query(dialect.text(SELECT_VERSIONS))).rows
      return {
        totalBytes: Number(size?.[0]),
        schemaVersion: Number(versions?.[1]),
        versions: { postgres: String(versions?.[0]), pg: packageVersion('pg') },
      }
    },
    location,
    close: () => pool.close(),
  }
}
