// The connections of one log: opened when they are needed, at most `poolSize`, and lent to one piece of work at a time. One
// that has failed, or that comes back within a transaction, is thrown away. States of a connection: opening, lent, idle, gone.

import { logClosed } from '../refusals.js'
import type { ServerOptions } from '../server/options.js'
import { type MysqlConnection, openConnection } from './connection.js'
import type { Driver } from './driver.js'

export interface Connections {
  /** Waits while all are lent. Errors are the driver's. */
  lend<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T>
  /** Waits for those that are lent. */
  close(): Promise<void>
}

/** After a machine's sleep a connection may be dead without a sign: one that was idle this long is asked first. */
const ASK_AFTER_IDLE_MS = 30_000

interface Idle {
  readonly connection: MysqlConnection
  readonly sinceMs: number
}

export function createConnections(
  driver: Driver,
  options: ServerOptions,
  open: typeof openConnection = openConnection,
  nowMs: () => number = () => performance.now(),
): Connections {
  const idle: Idle[] = []
  const waiting: (() => void)[] = []
  const work = new Set<Promise<unknown>>()
  /** Opening or lent. */
  let lentCount = 0
  let closing: Promise<void> | null = null

  /** An idle one that still answers, else a new one. */
  async function acquire(): Promise<MysqlConnection> {
    for (let found = idle.pop(); found; found = idle.pop()) {
      const { connection, sinceMs } = found
      const isFresh = nowMs() - sinceMs < ASK_AFTER_IDLE_MS
      if (connection.isUsable() && (isFresh || (await connection.answers(options.connectTimeoutMs)))) return connection
      connection.destroy()
    }
    return open(driver, options)
  }

  async function turn(): Promise<void> {
    if (lentCount < options.poolSize) lentCount++
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function endTurn(): void {
    const next = waiting.shift()
    if (next) next()
    else lentCount--
  }

  async function lendOne<T>(use: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    await turn()
    try {
      const connection = await acquire()
      try {
        return await use(connection)
      } finally {
        if (connection.isUsable()) idle.push({ connection, sinceMs: nowMs() })
        else connection.destroy()
      }
    } finally {
      endTurn()
    }
  }

  async function closeAll(): Promise<void> {
    await Promise.allSettled(work)
    await Promise.all(idle.splice(0).map(({ connection }) => connection.end()))
  }

  return {
    lend(use) {
      if (closing) return Promise.reject(logClosed())
      const lent = lendOne(use)
      work.add(lent)
      const done = (): void => void work.delete(lent)
      lent.then(done, done)
      return lent
    },
    close() {
      closing ??= closeAll()
      return closing
    },
  }
}
