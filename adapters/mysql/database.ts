// What MySQL and MariaDB answer to the shared EventLog over servers (adapters/server/log.ts): connections, transactions,
// and a batch as one text of several statements.

import type { RowTable } from '../../src/ports/event-log.js'
import type { ServerConnection, ServerDatabase } from '../server/database.js'
import { type ServerOptions, serverLocation } from '../server/options.js'
import type { Connections } from './connections.js'
import { mysqlDialect } from './dialect.js'
import { type Driver, driverVersion, formatted } from './driver.js'
import { isDuplicateKey, isRefusedRow, mysqlError, numberOf } from './errors.js'
import { SCHEMA_TABLE, TABLES } from './migrations.js'
import { createWriteTexts, inPackets, STALE_NUMBER } from './writer.js'

/** Reads need one moment for all their questions, writes the newest state behind the head's lock. */
const BEGIN = {
  read: 'set transaction isolation level repeatable read; start transaction with consistent snapshot, read only',
  write: 'start transaction',
} as const

/** `packetMaxBytes` is the server's max_allowed_packet. */
export function mysqlDatabase(
  driver: Driver,
  connections: Connections,
  options: ServerOptions,
  tables: readonly RowTable[],
  packetMaxBytes: number,
): ServerDatabase {
  const location = serverLocation('mysql', options)
  const texts = createWriteTexts(tables, (text, binds) => formatted(driver, text, binds))

  /** Sends the statements in as few round trips as they fit into. */
  async function send(connection: ServerConnection, statements: readonly string[]): Promise<'committed' | 'stale'> {
    try {
      for (const text of inPackets(statements, packetMaxBytes)) await connection.query(text)
      return 'committed'
    } catch (error) {
      if (numberOf(error) === STALE_NUMBER) return 'stale'
      throw error
    }
  }

  return {
    provider: 'mysql',
    dialect: mysqlDialect,
    schema: options.database,
    connectionCount: options.poolSize,
    begin: BEGIN,
    location,
    withConnection: connections.lend,
    async commitAtOnce(connection, { profileId }, writes, codeOf) {
      const statements = texts.statements(profileId, writes, codeOf, packetMaxBytes)
      try {
        const outcome = await send(connection, [BEGIN.write, ...statements, 'commit'])
        if (outcome === 'stale') await connection.query('rollback')
        return outcome
      } catch (error) {
        // Where the connection is lost this fails as well, and says nothing new.
        await connection.query('rollback').catch(() => {})
        throw error
      }
    },
    writeAtOnce(connection, { profileId }, writes, codeOf) {
      return send(connection, texts.statements(profileId, writes, codeOf, packetMaxBytes))
    },
    failure: (error, doing) => mysqlError(error, location, doing),
    isRefusedRow,
    isDuplicateKey,
    async size(connection) {
      const { rows } = await connection.query(
        `select cast(coalesce(sum(data_length + index_length), 0) as signed), max(version()),
            (select version from ${SCHEMA_TABLE} where id = 1)
          from information_schema.tables
          where table_schema = ? and (table_name in (${TABLES.map(() => '?').join(', ')}) or table_name like 'rows\\_%')`,
        [options.database, ...TABLES],
      )
      const [bytes, version, schemaVersion] = rows[0] ?? []
      const server = String(version)
      return {
        totalBytes: Number(bytes),
        schemaVersion: Number(schemaVersion),
        versions: { [server.includes('MariaDB') ? 'mariadb' : 'mysql']: server, mysql2: driverVersion() },
      }
    },
    close: connections.close,
  }
}
