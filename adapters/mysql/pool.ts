// The connections of one log: opened when they are needed, at most `poolSize`, and lent to one piece of work at a time. One
// that has failed, or that comes back within a transaction, is thrown away. States of a connection: opening, lent, idle, gone.

import { requireOpen } from '../../src/events/require-open.js'
import { Slots } from '../port/lock.js'
import type { ServerOptions } from '../server/options.js'
import type { MysqlConnection } from './connection.js'

/** After a machine's sleep a connection may be dead without a sign, so one that was idle this long is checked first. */
const CHECK_AFTER_IDLE_MS = 30_000

/** Connections that are lent to one piece of work at a time. */
export interface LentConnections {
  lend<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export class MysqlPool implements LentConnections {
  readonly #connectTimeoutMs: number
  readonly #open: () => Promise<MysqlConnection>
  readonly #nowMs: () => number
  readonly #idle: { readonly connection: MysqlConnection; readonly sinceMs: number }[] = []
  readonly #slots: Slots
  readonly #work = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  constructor(
    options: Pick<ServerOptions, 'poolSize' | 'connectTimeoutMs'>,
    open: () => Promise<MysqlConnection>,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#connectTimeoutMs = options.connectTimeoutMs
    this.#slots = new Slots(options.poolSize)
    this.#open = open
    this.#nowMs = nowMs
  }

  /** Waits while all are lent. Errors are the driver's. */
  async lend<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    requireOpen('log', this.#closing === null)
    const lent = this.#slots.run(() => this.#lend(work))
    this.#work.add(lent)
    try {
      return await lent
    } finally {
      this.#work.delete(lent)
    }
  }

  /** Waits for those that are lent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #lend<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire()
    try {
      return await work(connection)
    } finally {
      if (connection.isUsable()) this.#idle.push({ connection, sinceMs: this.#nowMs() })
      else connection.destroy()
    }
  }

  /** An idle one that still answers, else a new one. */
  async #acquire(): Promise<MysqlConnection> {
    for (let found = this.#idle.pop(); found; found = this.#idle.pop()) {
      const { connection, sinceMs } = found
      const isFresh = this.#nowMs() - sinceMs < CHECK_AFTER_IDLE_MS
      if (connection.isUsable() && (isFresh || (await connection.answers(this.#connectTimeoutMs)))) return connection
      connection.destroy()
    }
    return this.#open()
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#work)
    await Promise.all(this.#idle.splice(0).map(({ connection }) => connection.end()))
  }
}
