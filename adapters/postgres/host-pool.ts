// A pool that the host has opened (storage.pool): how the host reaches the server is its own concern, and so is when the
// pool ends. The log sends statements that do not depend on the settings of a session.

import type pg from 'pg'
import { type ServerOptions, unusablePool } from '../server/options.js'
import type { Driver } from './driver.js'

/** INVALID_CONFIG for anything but an open Pool of pg. */
export function checkHostPool(given: object): pg.Pool {
  if (!isPool(given)) throw unusablePool('postgres', 'is none of pg')
  if (given.ending || given.ended) throw unusablePool('postgres', 'has ended')
  return given
}

/** Where the pool connects to, as the driver reads its settings; and how many connections it may have. */
export function placeOf(
  { Client }: Driver,
  pool: pg.Pool,
): Pick<ServerOptions, 'host' | 'port' | 'user' | 'database' | 'poolSize'> {
  const { host, port, user = '', database = '' } = new Client(pool.options)
  return { host, port, user, database, poolSize: pool.options.max }
}

function isPool(given: object): given is pg.Pool {
  return (
    ['connect', 'query', 'end', 'on'].every((name) => typeof Reflect.get(given, name) === 'function') &&
    'options' in given
  )
}
