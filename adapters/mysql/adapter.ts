// EventLog on MySQL 8 or MariaDB 10.6 and newer: opens the connections, has the schema ready, and leaves the rest to the log
// over servers that PostgreSQL has as well. The driver is loaded here, on first use.

import type { EventLog, EventLogAdapter, EventLogOptions } from '../../src/ports/event-log.js'
import { openServerLog } from '../server/log.js'
import { type ServerOptions, serverLocation, serverOptions } from '../server/options.js'
import type { MysqlConnection } from './connection.js'
import { type Connections, createConnections } from './connections.js'
import { mysqlDatabase } from './database.js'
import { type Driver, type LoadDriver, loadDriver } from './driver.js'
import { mysqlError } from './errors.js'
import { MIGRATIONS } from './migrations.js'
import { checkReadable, planSchema, prepareSchema, type WantedSchema } from './schema.js'

export const adapter: EventLogAdapter = {
  sharedBetweenThreads: true,
  async openEventLog(options) {
    return openMysqlLog(serverOptions('mysql', options.storage), options)
  },
  async planMigrations(options) {
    const server = serverOptions('mysql', options.storage)
    const connections = createConnections(await loadDriver(), server)
    try {
      return await onFirst(connections, server, 'read the schema', (connection) =>
        planSchema(connection, wantedOf(server, options, {})),
      )
    } finally {
      await connections.close()
    }
  },
}

/** In place of what ships. Set by tests only. */
export interface MysqlParts {
  readonly load?: LoadDriver
  readonly migrations?: readonly (readonly string[])[]
  readonly packetMaxBytes?: number
}

export async function openMysqlLog(
  server: ServerOptions,
  options: EventLogOptions,
  parts: MysqlParts = {},
): Promise<EventLog> {
  const driver: Driver = await loadDriver(parts.load)
  const connections = createConnections(driver, server)
  try {
    const wanted = wantedOf(server, options, parts)
    const found = await onFirst(connections, server, 'open the database', async (connection) => {
      await (options.readOnly ? checkReadable : prepareSchema)(connection, wanted)
      return connection.packetMaxBytes
    })
    const packetMaxBytes = parts.packetMaxBytes ?? found
    return openServerLog(mysqlDatabase(driver, connections, server, options.tables, packetMaxBytes), options)
  } catch (error) {
    await connections.close()
    throw error
  }
}

function wantedOf(server: ServerOptions, { tables }: EventLogOptions, parts: MysqlParts): WantedSchema {
  return {
    database: server.database,
    location: serverLocation('mysql', server),
    migrations: parts.migrations ?? MIGRATIONS,
    tables,
  }
}

async function onFirst<T>(
  connections: Connections,
  server: ServerOptions,
  doing: string,
  work: (connection: MysqlConnection) => Promise<T>,
): Promise<T> {
  try {
    return await connections.lend(work)
  } catch (error) {
    throw mysqlError(error, serverLocation('mysql', server), doing)
  }
}
