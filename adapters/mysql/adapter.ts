// The adapter of MySQL 8 and MariaDB 10.6 and newer: its connections, and a batch as one text of several statements
// (writer.ts), as the ServerDatabase over which adapters/server/log.ts is the log.

import type { EventLog, EventLogAdapter, EventLogOptions } from '../../src/ports/event-log.js'
import { createServerAdapter, openServerLog } from '../server/adapter.js'
import type { ServerConnection } from '../server/connection.js'
import type { ServerDatabase, ServerWrites } from '../server/database.js'
import { type ServerOptions, serverLocation } from '../server/options.js'
import type { SchemaRules, ServerMigrations } from '../server/schema.js'
import { packageVersion } from '../sql/package-version.js'
import { LOG_TABLES } from '../sql/tables.js'
import { type MysqlConnection, openConnection } from './connection.js'
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
  return new MysqlDatabase(pool, server, writer, parts)
}

/** Binds: database. Answers: bytes, the server's version. */
const SELECT_SIZE = `select cast(coalesce(sum(data_length + index_length), 0) as signed), max(version())
  from information_schema.tables
  where table_schema = ? and (table_name in (${LOG_TABLES.map((name) => `'${name}'`).join(', ')})
    or table_name like 'rows\\_%')`

class MysqlDatabase implements ServerDatabase {
  readonly provider = 'mysql'
  readonly dialect = mysqlDialect
  /** Reads need one moment for all their queries, writes the newest state behind the head's lock. */
  readonly begin = {
    read: 'set transaction isolation level repeatable read; start transaction with consistent snapshot, read only',
    write: 'start transaction',
  } as const
  readonly isRefusedRow = isRefusedRow
  readonly isDuplicateKey = isDuplicateKey
  readonly schema: string
  readonly rules: SchemaRules
  readonly location: string
  readonly connectionCount: number
  readonly #pool: LentConnections
  readonly #writer: MysqlWriter
  /** Known from the first connection on. */
  #packetMaxBytes: number | undefined

  constructor(pool: LentConnections, server: ServerOptions, writer: MysqlWriter, parts: MysqlParts) {
    this.#pool = pool
    this.#writer = writer
    this.#packetMaxBytes = parts.packetMaxBytes
    this.connectionCount = server.poolSize
    this.location = serverLocation('mysql', server)
    this.schema = server.database
    const place = { location: this.location, key: 'storage.database' } as const
    this.rules = mysqlSchema(server.database, place, parts.migrations ?? MIGRATIONS)
  }

  withConnection<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T> {
    return this.#pool.lend((connection: MysqlConnection) => {
      this.#packetMaxBytes ??= connection.packetMaxBytes
      return work(connection)
    })
  }

  async commitAtOnce(connection: ServerConnection, writes: ServerWrites): Promise<'committed' | 'stale'> {
    try {
      const outcome = await this.#send(connection, [this.begin.write, ...this.#statements(writes), 'commit'])
      if (outcome === 'stale') await connection.query('rollback')
      return outcome
    } catch (error) {
      // Where the connection is lost this fails as well, and adds nothing.
      await connection.query('rollback').catch(() => {})
      throw error
    }
  }

  async writeAtOnce(connection: ServerConnection, writes: ServerWrites): Promise<'committed' | 'stale'> {
    return this.#send(connection, this.#statements(writes))
  }

  failure(error: unknown, doing: string): unknown {
    return mysqlError(error, this.location, doing)
  }

  async size(connection: ServerConnection): ReturnType<ServerDatabase['size']> {
    const [size] = (await connection.query(SELECT_SIZE, [this.schema])).rows
    const [version] = (await connection.query(this.rules.selectVersion)).rows
    const server = String(size?.[1])
    return {
      totalBytes: Number(size?.[0]),
      schemaVersion: Number(version?.[0]),
      versions: { [server.includes('MariaDB') ? 'mariadb' : 'mysql']: server, mysql2: packageVersion('mysql2') },
    }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  #statements(writes: ServerWrites): readonly string[] {
    return this.#writer.statements(writes, this.#packetBytes())
  }

  /** Sends the statements in as few round trips as they fit into. */
  async #send(connection: ServerConnection, statements: readonly string[]): Promise<'committed' | 'stale'> {
    try {
      for (const text of inPackets(statements, this.#packetBytes())) await connection.query(text)
      return 'committed'
    } catch (error) {
      if (numberOf(error) === STALE_NUMBER) return 'stale'
      throw error
    }
  }

  #packetBytes(): number {
    if (this.#packetMaxBytes === undefined) throw new TypeError('unreachable: no connection was opened')
    return this.#packetMaxBytes
  }
}
