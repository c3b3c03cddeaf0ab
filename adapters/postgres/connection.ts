// The connections of one log: the driver, its settings, and queries whose answers come as arrays of plain values. No state
// of a session matters, so that a pooler in transaction mode may stand between: statements are prepared by name where that
// works, and without one from the first time that it does not. The driver is loaded here, on first use, and nowhere else.

import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type pg from 'pg'
import { ImmersionError } from '../../src/events/errors.js'
import type { ServerAnswer, ServerConnection } from '../server/database.js'
import { type ServerOptions, tlsOptions } from '../server/options.js'
import { answerTypes } from './answer-types.js'
import { isConnectionLost, isPreparedStatementMissing, isStartupRefused, type PostgresFailures } from './errors.js'

export interface PostgresPool {
  readonly connectionCount: number
  withConnection<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** One for a writer and one for what is read meanwhile. */
const CONNECTIONS_MIN = 2
/** Longer than the pauses of a learner who watches, short enough that a server is not kept busy by those who left. */
const IDLE_TIMEOUT_MS = 60_000
/** A process that was stopped in the middle of a transaction holds the head's lock no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 600_000
/** How much longer than the server we wait ourselves, for a server that is gone without a word. */
const ANSWER_GRACE_MS = 5000
/** Prepared statements of one connection; usual are 40, and the server keeps each until the connection ends. */
const PREPARED_MAX = 200

export async function createPostgresPool(options: ServerOptions, failures: PostgresFailures): Promise<PostgresPool> {
  const { Pool, Client } = await loadDriver()
  const settings = clientSettings(options)
  const names = new Map<string, string>()
  let takesSettings = true
  let takesNames = true

  const connectionCount = Math.max(CONNECTIONS_MIN, options.poolSize)
  const pool = new Pool({
    max: connectionCount,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    // Waiting for a connection that others use may take as long as what they do.
    connectionTimeoutMillis: options.connectTimeoutMs + options.statementTimeoutMs,
    Client: class extends Client {
      constructor() {
        super(takesSettings ? { ...settings, ...sessionSettings(options) } : settings)
      }
    },
  } as pg.PoolConfig)
  // A connection that is lost while nobody uses it is no failure of anybody; one in use fails its query.
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.on('error', () => {}))

  async function acquire(): Promise<pg.PoolClient> {
    try {
      return await pool.connect()
    } catch (error) {
      if (!takesSettings || !isStartupRefused(error)) throw failures.note(error)
      takesSettings = false
      return acquire()
    }
  }

  function nameOf(text: string): string | undefined {
    if (!takesNames) return undefined
    const known = names.get(text)
    if (known !== undefined || names.size >= PREPARED_MAX) return known
    // By its content: behind a pooler another process may have prepared the same statement on the same session.
    const name = `immersion_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    names.set(text, name)
    return name
  }

  async function send(client: pg.PoolClient, text: string, binds: readonly unknown[]): Promise<ServerAnswer> {
    const name = binds.length > 0 ? nameOf(text) : undefined
    const query = { text, rowMode: 'array' as const, ...(binds.length > 0 && { values: [...binds] }) }
    try {
      return answerOf(await client.query(name === undefined ? query : { ...query, name }))
    } catch (error) {
      if (name === undefined || !isPreparedStatementMissing(error)) throw error
      takesNames = false
      // Within a transaction that has failed by now it is for the caller to try again.
      if (statusOf(client) !== 'I') throw error
      return answerOf(await client.query(query))
    }
  }

  return {
    connectionCount,
    async withConnection(work) {
      const client = await acquire()
      let isLost = false
      const connection: ServerConnection = {
        async query(text, binds = []) {
          try {
            return await send(client, text, binds)
          } catch (error) {
            if (isConnectionLost(error)) isLost = true
            throw failures.note(error)
          }
        },
      }
      try {
        return await work(connection)
      } finally {
        client.release(isLost || statusOf(client) !== 'I')
      }
    },
    close: () => pool.end(),
  }
}

async function loadDriver(): Promise<typeof pg> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new ImmersionError('DRIVER_MISSING', 'The package pg cannot be loaded.', {
      hint: 'Run `npm install pg` beside this program.',
      cause,
    })
  }
}

function clientSettings(options: ServerOptions): pg.ClientConfig {
  const { host, port, user, password, database, connectTimeoutMs, statementTimeoutMs } = options
  const tls = tlsOptions(options)
  const settings = {
    host,
    port,
    user,
    database,
    application_name: 'immersion-log',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    keepAlive: true,
    pipeline: true,
    types: answerTypes,
    // The driver gives Node.js a name to check only where the host is one.
    ssl: tls === undefined ? false : { ...tls, ...(isIP(host) !== 0 && { host }) },
  }
  return password === undefined ? settings : { ...settings, password }
}

/** Settings of a session that only bound how long it may take; a pooler that refuses them has its own. */
function sessionSettings({ statementTimeoutMs }: ServerOptions): pg.ClientConfig {
  return {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  }
}

/** `I` outside of a transaction, `T` within one, `E` within one that has failed. */
function statusOf(client: pg.PoolClient): unknown {
  return 'getTransactionStatus' in client && typeof client.getTransactionStatus === 'function'
    ? client.getTransactionStatus()
    : null
}

/** Rows come as arrays because of rowMode, which the driver's types do not tell. */
function answerOf(result: pg.QueryResult | pg.QueryArrayResult): ServerAnswer {
  return { rows: result.rows as unknown[][], changes: result.rowCount ?? 0 }
}
