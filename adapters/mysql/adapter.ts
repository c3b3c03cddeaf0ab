// The adapter of MySQL 8 and MariaDB 10.6 and newer: its connections, and a batch as one text of several statements
// (writer.ts), as the ServerDatabase over which adapters/server/log.ts is the log.

import type { EventLog, EventLogAdapter, EventLogOptions } from '../../src/ports/event-log.js'
import { createServerAdapter, openServerLog } from '../server/adapter.js'
import type { ServerConnection } from '../server/connection.js'
import type { ServerDatabase } from '../server/database.js'
import { type ServerOptions, serverLocation } from '../server/options.js'
import type { ServerMigrations } from '../server/schema.js'
import { packageVersion } from '../sql/package-version.js'
import { LOG_TABLES } from '../sql/tables.js'
import { openConnection } from './connection.js'
import { mysqlDialect } from './dialect.js'
import { formatted, type LoadDriver, loadDriver } from './driver.js'
import { isDuplicateKey, isRefusedRow, mysqlError, numberOf } from './errors.js'
import { checkHostPool, HostPool, placeOf } from './host-pool.js'
import { MIGRATIONS } from './migrations.js'
import { type LentConnections, MysqlPool } from './pool.js'
import { mysqlSchema } from './schema.js'
import { inPackets, MysqlWriter, STALE_NUMBER } from './writer.js'

export const adapter: EventLogAdapter = createServerAdapter('mysql', connectMysql)

/** In place of the parts that ship. Set by tests only. */
export interface MysqlParts {
  readonly load?: LoadDriver
  readonly migrations?: ServerMigrations
  readonly packetMaxBytes?: number
}

export async function openMysqlLog(
  server: ServerOptions,
  options: EventLogOptions,
  parts: MysqlParts = {},
): Promise<EventLog> {
  return openServerLog(await connectMysql(server, parts), options)
}

async function connectMysql(given: ServerOptions, parts: MysqlParts = {}): Promise<ServerDatabase> {
  const driver = await loadDriver(parts.load)
  const host = given.pool === undefined ? null : checkHostPool(given.pool)
  const server = host === null ? given : { ...given, ...placeOf(host) }
  const pool =
    host === null ? new MysqlPool(server, () => openConnection(driver, server)) : new HostPool(driver, host, server)
  const writer = new MysqlWriter((text, binds) => formatted(driver, text, binds))
  return mysqlDatabase(pool, server, writer, parts)
}

/** Binds: database. Answers: bytes, the server's version. */
const SELECT_SIZE = `select cast(coalesce(sum(data_length + index_length), 0) as signed), max(version())
  from information_schema.tables
  where table_schema = ? and (table_name in (${LOG_TABLES.map((name) => `'${name}'`).join(', ')})
    or table_name like 'rows\\_%')`

/** Reads need one moment for all their queries, writes the newest state behind the head's lock. */
const BEGIN = {
  read: 'set transaction isolation level repeatable read; start transaction with consistent snapshot, read only',
  write: 'start transaction',
} as const

function mysqlDatabase(
  pool: LentConnections,
  server: ServerOptions,
  writer: MysqlWriter,
  parts: MysqlParts,
): ServerDatabase {
  const { database, poolSize } = server
  const location = serverLocation('mysql', server)
  const rules = mysqlSchema(database, { location, key: 'storage.database' }, parts.migrations ?? MIGRATIONS)
  /** Known from the first connection on. */
  let packetMaxBytes = parts.packetMaxBytes ?? 0
  let isOfCluster = false

  /**
   * Sends the statements in as few round trips as they fit into. A node of a cluster gets them one by one: where another node
   * ends the transaction, it would run the rest of a text outside of it, and commit that (docs/decisions/0010).
   */
  async function send(connection: ServerConnection, statements: readonly string[]): Promise<'committed' | 'stale'> {
    try {
      const texts = isOfCluster ? statements : inPackets(statements, packetMaxBytes)
      for (const text of texts) await connection.query(text)
      return 'committed'
    } catch (error) {
      if (numberOf(error) === STALE_NUMBER) return 'stale'
      throw error
    }
  }

  return {
    provider: 'mysql',
    dialect: mysqlDialect,
    schema: database,
    rules,
    connectionCount: poolSize,
    begin: BEGIN,
    withConnection: (work) =>
      pool.lend((connection) => {
        packetMaxBytes ||= connection.packetMaxBytes
        isOfCluster = connection.isOfCluster
        return work(connection)
      }),
    async commitAtOnce(connection, writes) {
      try {
        const outcome = await send(connection, [BEGIN.write, ...writer.statements(writes, packetMaxBytes), 'commit'])
        if (outcome === 'stale') await connection.query('rollback')
        return outcome
      } catch (error) {
        // Where the connection is lost this fails as well, and adds nothing.
        await connection.query('rollback').catch(() => {})
        throw error
      }
    },
    writeAtOnce: (connection, writes) => send(connection, writer.statements(writes, packetMaxBytes)),
    failure: (error, doing) => mysqlError(error, location, doing),
    isRefusedRow,
    isDuplicateKey,
    async size(connection) {
      const [size] = (await connection.query(SELECT_SIZE, [database])).rows
      const [version] = (await connection.query(rules.selectVersion)).rows
      const serverVersion = String(size?.[1])
      return {
        totalBytes: Number(size?.[0]),
        schemaVersion: Number(version?.[0]),
        versions: {
          [serverVersion.includes('MariaDB') ? 'mariadb' : 'mysql']: serverVersion,
          mysql2: packageVersion('mysql2'),
          ...(isOfCluster && { wsrep_on: 'ON' }),
        },
      }
    },
    location,
    close: () => pool.close(),
  }
}
