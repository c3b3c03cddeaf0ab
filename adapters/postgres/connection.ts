// The connections of one log, and queries whose answers come as arrays of plain values. No state of a session matters, so
// a pooler in transaction mode may stand between. Statements are prepared by name until that fails for the first time,
// and without a name from then on.

import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type pg from 'pg'
import { Lock } from '../port/lock.js'
import type { ServerAnswer, ServerConnection } from '../server/connection.js'
import { type ServerOptions, tlsOptions } from '../server/options.js'
import type { Row } from '../sql/dialect.js'
import { answerTypes, type Driver } from './driver.js'
import { isConnectionLost, isPreparedStatementMissing, isStartupRefused, type PostgresFailures } from './errors.js'

/** One for a writer and one for reads meanwhile. */
const CONNECTIONS_MIN = 2
/** Longer than the pauses of a learner who watches, short enough that a server does not keep those of learners who left. */
const IDLE_TIMEOUT_MS = 60_000
/** A process that was stopped in the middle of a transaction holds the head's lock no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 600_000
/** How much longer than the server we wait ourselves, for a server that vanished silently. */
const ANSWER_GRACE_MS = 5000
/** The longest timer of Node.js: 24 days. */
const NO_LIMIT_MS = 2 ** 31 - 1
/** Prepared statements of one connection; usual are 40, and the server keeps each until the connection ends. */
const PREPARED_MAX = 200

export class PostgresPool {
  readonly connectionCount: number
  readonly #pool: pg.Pool
  readonly #isHosts: boolean
  readonly #failures: PostgresFailures
  readonly #names = new StatementNames()
  #takesSettings = true

  /** `host` is the host's pool, used in place of one that is made here. */
  constructor(driver: Driver, options: ServerOptions, failures: PostgresFailures, host?: pg.Pool) {
    this.#failures = failures
    this.#isHosts = host !== undefined
    this.connectionCount = Math.max(CONNECTIONS_MIN, options.poolSize)
    this.#pool = host ?? this.#make(driver, options)
  }

  #make({ Pool, Client }: Driver, options: ServerOptions): pg.Pool {
    const settings = clientSettings(options)
    const settingsNow = () => (this.#takesSettings ? { ...settings, ...sessionSettings(options) } : settings)
    const pool = new Pool({
      max: this.connectionCount,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      // Waiting for a connection that others use may take as long as their work does.
      connectionTimeoutMillis: options.connectTimeoutMs + options.statementTimeoutMs,
      Client: class extends Client {
        constructor() {
          super(settingsNow())
        }
      },
    } as pg.PoolConfig)
    // A connection that is lost while it is idle fails nothing; one that is lent fails its query.
    pool.on('error', () => {})
    pool.on('connect', (client) => void client.on('error', () => {}))
    return pool
  }

  async withConnection<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T> {
    const client = await this.#acquire()
    const connection = new PostgresConnection(client, this.#names, this.#failures, this.#isHosts)
    // A loss between two queries is reported to this listener alone; without one it would end the process of a host.
    const noteLoss = (error: unknown) => void connection.lost(error)
    client.on('error', noteLoss)
    try {
      return await work(connection)
    } finally {
      client.off('error', noteLoss)
      client.release(connection.isLost || statusOf(client) !== 'I')
    }
  }

  async close(): Promise<void> {
    if (!this.#isHosts) await this.#pool.end()
  }

  async #acquire(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      if (this.#isHosts || !this.#takesSettings || !isStartupRefused(error)) throw this.#failures.note(error)
      this.#takesSettings = false
      return this.#acquire()
    }
  }
}

/** Names of prepared statements, until the first time that a pooler does not keep them. */
class StatementNames {
  readonly #names = new Map<string, string>()
  #isGivenUp = false

  of(text: string): string | undefined {
    if (this.#isGivenUp) return undefined
    const known = this.#names.get(text)
    if (known !== undefined || this.#names.size >= PREPARED_MAX) return known
    // By its content: behind a pooler another process may have prepared the same statement on the same session.
    const name = `immersion_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    this.#names.set(text, name)
    return name
  }

  giveUp(): void {
    this.#isGivenUp = true
  }
}

class PostgresConnection implements ServerConnection {
  readonly #client: pg.PoolClient
  readonly #names: StatementNames
  readonly #failures: PostgresFailures
  readonly #turns: Lock | null
  #hasLimits = true
  /** The first failure after which the connection cannot be used; the driver's later ones do not say why. */
  #loss: unknown
  isLost = false

  /** A client of the host's takes one query at a time; ours has a pipeline. */
  constructor(client: pg.PoolClient, names: StatementNames, failures: PostgresFailures, oneByOne: boolean) {
    this.#client = client
    this.#turns = oneByOne ? new Lock() : null
    this.#names = names
    this.#failures = failures
  }

  async query(text: string, binds: Row = []): Promise<ServerAnswer> {
    try {
      return await (this.#turns === null ? this.#send(text, binds) : this.#turns.run(() => this.#send(text, binds)))
    } catch (error) {
      throw this.#failures.note(isConnectionLost(error) ? this.lost(error) : error)
    }
  }

  /** The reason of the loss. */
  lost(error: unknown): unknown {
    if (!this.isLost) this.#loss = error
    this.isLost = true
    return this.#loss
  }

  async withoutLimits(): Promise<void> {
    this.#hasLimits = false
    await this.query('set local statement_timeout = 0')
  }

  async #send(text: string, binds: Row): Promise<ServerAnswer> {
    const name = binds.length > 0 ? this.#names.of(text) : undefined
    const limit = this.#hasLimits ? {} : { query_timeout: NO_LIMIT_MS }
    const query = {
      text,
      rowMode: 'array' as const,
      types: answerTypes,
      ...limit,
      ...(binds.length > 0 && { values: [...binds] }),
    }
    try {
      return answerOf(await this.#client.query(name === undefined ? query : { ...query, name }))
    } catch (error) {
      if (name === undefined || !isPreparedStatementMissing(error)) throw error
      this.#names.giveUp()
      // Within a transaction, which has failed by now, it is up to the caller to try again.
      if (statusOf(this.#client) !== 'I') throw error
      return answerOf(await this.#client.query(query))
    }
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

/** Rows come as arrays because of rowMode, which the driver's types do not express. */
function answerOf(result: pg.QueryResult | pg.QueryArrayResult): ServerAnswer {
  return { rows: result.rows as unknown[][], changes: result.rowCount ?? 0 }
}
