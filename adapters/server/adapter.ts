// The part that the adapters of both servers share: they connect as the settings say, have the schema ready or plan it, and
// leave the rest to the log over servers. Whatever fails has a code, and leaves no connection.

import type { EventLog, EventLogAdapter, EventLogOptions } from '../../src/ports/event-log.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase } from './database.js'
import { ServerLog } from './log.js'
import { type ServerOptions, serverOptions } from './options.js'
import { checkReady, planSchema, prepareSchema } from './schema.js'
import type { ServerProvider } from './url.js'

export function createServerAdapter(
  provider: ServerProvider,
  connect: (server: ServerOptions) => Promise<ServerDatabase>,
): EventLogAdapter {
  return {
    sharedBetweenThreads: true,
    async openEventLog(options) {
      return openServerLog(await connect(serverOptions(provider, options.storage)), options)
    },
    async planMigrations({ storage, tables }) {
      const database = await connect(serverOptions(provider, storage))
      const plan = await onFirst(database, 'read the schema', (connection) =>
        planSchema(connection, database.rules, tables),
      )
      await database.close()
      return plan
    },
  }
}

export async function openServerLog(database: ServerDatabase, options: EventLogOptions): Promise<EventLog> {
  const prepare = options.readOnly ? checkReady : prepareSchema
  await onFirst(database, 'open the log', (connection) => prepare(connection, database.rules, options.tables))
  return new ServerLog(database, options)
}

async function onFirst<T>(
  database: ServerDatabase,
  doing: string,
  work: (connection: ServerConnection) => Promise<T>,
): Promise<T> {
  try {
    return await database.withConnection(work)
  } catch (error) {
    await database.close()
    throw database.failure(error, doing)
  }
}
