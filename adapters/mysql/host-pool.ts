// A pool that the host has opened (storage.pool), of mysql2 or mysql2/promise. How the host reaches the server is its own
// concern, and so is when the pool ends. A session of it is set up as our own are, and stays so: such a pool is for the
// log alone.

import type Mysql2 from 'mysql2'
import { type ServerOptions, unusablePool } from '../server/options.js'
import { beginSession, type MysqlConnection } from './connection.js'
import type { Driver } from './driver.js'
import type { LentConnections } from './pool.js'

/** mysql2 allows so many connections where the host does not say. */
const CONNECTION_LIMIT = 10

/** Has characters of every length in UTF-8. */
const ANY_TEXT = 'aé漢😀'

/** What a pool knows of itself, which the driver's types leave out. */
interface PoolSettings {
  readonly connectionLimit?: number
  readonly connectionConfig: Pick<
    Mysql2.ConnectionOptions,
    'host' | 'port' | 'user' | 'database' | 'multipleStatements'
  >
}

export class HostPool implements LentConnections {
  readonly #driver: Driver
  readonly #pool: Mysql2.Pool
  readonly #options: ServerOptions
  readonly #begun = new WeakMap<Mysql2.PoolConnection, MysqlConnection>()

  constructor(driver: Driver, pool: Mysql2.Pool, options: ServerOptions) {
    this.#driver = driver
    this.#pool = pool
    this.#options = options
  }

  async lend<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const lent = await this.#acquire()
    const connection = await this.#begin(lent)
    try {
      return await work(connection)
    } finally {
      if (connection.isUsable()) lent.release()
      else lent.destroy()
    }
  }

  /** The pool is the host's. */
  async close(): Promise<void> {}

  async #begin(lent: Mysql2.PoolConnection): Promise<MysqlConnection> {
    const begun = this.#begun.get(lent)
    if (begun !== undefined) return begun
    const connection = await beginSession(this.#driver, lent, this.#options)
    try {
      await checkAnswers(connection)
    } catch (error) {
      connection.destroy()
      throw error
    }
    this.#begun.set(lent, connection)
    return connection
  }

  #acquire(): Promise<Mysql2.PoolConnection> {
    return new Promise((resolve, reject) => {
      this.#pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
    })
  }
}

/** The options of a pool cannot all be overruled by those of a query. */
async function checkAnswers(connection: MysqlConnection): Promise<void> {
  const [row] = (await connection.query(`select '${ANY_TEXT}', ${Number.MAX_SAFE_INTEGER}`)).rows
  if (row?.[0] !== ANY_TEXT) throw unusablePool('mysql', 'has another charset than utf8mb4')
  if (row[1] !== Number.MAX_SAFE_INTEGER) throw unusablePool('mysql', 'answers with bigints as texts')
}

/** INVALID_CONFIG for anything but an open pool of mysql2 that takes several statements at once. */
export function checkHostPool(given: object): Mysql2.Pool {
  // A pool of mysql2/promise wraps one with callbacks.
  const pool: unknown = 'pool' in given ? given.pool : given
  if (!isPool(pool)) throw unusablePool('mysql', 'is none of mysql2')
  const { multipleStatements, database } = settingsOf(pool).connectionConfig
  if (multipleStatements !== true) throw unusablePool('mysql', 'was made without multipleStatements')
  if (database === undefined || database === '') throw unusablePool('mysql', 'names no database')
  return pool
}

/** Where the pool connects to, and how many connections it may have. */
export function placeOf(pool: Mysql2.Pool): Pick<ServerOptions, 'host' | 'port' | 'user' | 'database' | 'poolSize'> {
  const { connectionLimit = CONNECTION_LIMIT, connectionConfig } = settingsOf(pool)
  const { host = 'localhost', port = 3306, user = '', database = '' } = connectionConfig
  return { host, port, user, database, poolSize: connectionLimit }
}

function settingsOf(pool: Mysql2.Pool): PoolSettings {
  // The driver's types take it for the options of createPool. isPool has checked what is used of it.
  return pool.config as unknown as PoolSettings
}

function isPool(given: unknown): given is Mysql2.Pool {
  if (typeof given !== 'object' || given === null) return false
  const config: unknown = Reflect.get(given, 'config')
  const hasConfig = typeof config === 'object' && config !== null && 'connectionConfig' in config
  return hasConfig && typeof Reflect.get(given, 'getConnection') === 'function'
}
