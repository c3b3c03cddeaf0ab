// EventLog on PostgreSQL: the options, the connections and the schema; the log itself is adapters/server/log.ts, written
// once for all servers. What is PostgreSQL's own: one statement a batch (writer.ts), its dialect and its failures.

import { createRequire } from 'node:module'
import type { EventLogAdapter, EventLogOptions } from '../../src/ports/event-log.js'
import type { ServerConnection, ServerDatabase } from '../server/database.js'
import { openServerLog } from '../server/log.js'
import { serverLocation, serverOptions } from '../server/options.js'
import { type SchemaQuestions, VERSION_TABLE } from '../server/schema.js'
import { createPostgresPool, type PostgresPool } from './connection.js'
import { createPostgresDialect } from './dialect.js'
import { createPostgresFailures, isDuplicateKey, isRefusedRow, type PostgresFailures } from './errors.js'
import { MIGRATIONS } from './migrations.js'
import { checkReady, planSchema, prepareSchema, SELECT_INDEXES } from './schema.js'
import { createWriteAtOnce } from './writer.js'

export const adapter: EventLogAdapter = {
  sharedBetweenThreads: true,
  async openEventLog(options) {
    return onServer(options, 'open the log', async ({ pool, questions, failures }) => {
      const prepare = options.readOnly ? checkReady : prepareSchema
      await pool.withConnection((connection) => prepare(connection, questions, MIGRATIONS, options.tables))
      return openServerLog(databaseOn(pool, questions, failures, options), options)
    })
  },
  async planMigrations(options) {
    return onServer(options, 'look at its schema', async ({ pool, questions }) => {
      const plan = await pool.withConnection((connection) =>
        planSchema(connection, questions, MIGRATIONS, options.tables),
      )
      await pool.close()
      return plan
    })
  },
}

interface Server {
  readonly pool: PostgresPool
  readonly questions: SchemaQuestions
  readonly failures: PostgresFailures
}

/** Connects; whatever fails then has a code, and leaves no connection. */
async function onServer<T>(
  { storage }: EventLogOptions,
  doing: string,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const options = serverOptions('postgres', storage)
  const location = serverLocation('postgres', options)
  const { schema } = options
  const failures = createPostgresFailures(location)
  const questions = { dialect: createPostgresDialect(schema), schema, selectIndexes: SELECT_INDEXES, location }
  const pool = await createPostgresPool(options, failures)
  try {
    return await work({ pool, questions, failures })
  } catch (error) {
    await pool.close()
    throw failures.failure(error, doing)
  }
}

function databaseOn(
  pool: PostgresPool,
  { dialect, schema, location }: SchemaQuestions,
  failures: PostgresFailures,
  { tables }: EventLogOptions,
): ServerDatabase {
  const writeAtOnce = createWriteAtOnce(dialect, tables)
  const write: ServerDatabase['writeAtOnce'] = async (connection, stored, writes, codeOf) => {
    const { text, binds } = writeAtOnce(stored, writes, codeOf)
    return (await connection.query(text, binds)).rows.length > 0 ? 'committed' : 'stale'
  }
  return {
    provider: 'postgres',
    dialect,
    schema,
    connectionCount: pool.connectionCount,
    begin: { read: 'begin isolation level repeatable read read only', write: 'begin isolation level read committed' },
    withConnection: pool.withConnection,
    // A statement outside of a transaction is one of its own.
    commitAtOnce: write,
    writeAtOnce: write,
    failure: failures.failure,
    isRefusedRow,
    isDuplicateKey,
    size: (connection) => sizeOf(connection, dialect.text, schema),
    location,
    close: pool.close,
  }
}

/** Partitions of a table are named after it. Binds: schema. Answers: bytes. */
const SELECT_SIZE = `select coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ? and c.relkind = 'r'
  and c.relname ~ '^(immersion_log|profiles|event_types|events|streams|ledger|videos|rows)(_|$)'`
/** Answers: the server's version, schema_version. */
const SELECT_VERSIONS = `select current_setting('server_version'), schema_version from ${VERSION_TABLE}`

async function sizeOf(
  connection: ServerConnection,
  text: (sql: string) => string,
  schema: string,
): ReturnType<ServerDatabase['size']> {
  const [size] = (await connection.query(text(SELECT_SIZE), [schema])).rows
  const [versions] = (await connection.query(text(SELECT_VERSIONS))).rows
  return {
    totalBytes: Number(size?.[0]),
    schemaVersion: Number(versions?.[1]),
    versions: { postgres: String(versions?.[0]), pg: driverVersion() },
  }
}

function driverVersion(): string {
  const described: unknown = createRequire(import.meta.url)('pg/package.json')
  const version = described !== null && typeof described === 'object' && 'version' in described ? described.version : ''
  return String(version)
}
