// Databases on servers for benchmarks, each made and dropped by the run that asks: on the server that
// IMMERSION_TEST_POSTGRES_URL or IMMERSION_TEST_MYSQL_URL gives, else on the one of this machine at its usual port.

import { adapter as mysql } from '../adapters/mysql/mysql.js'
import { adapter as postgres } from '../adapters/postgres/postgres.js'
import { BUILT_IN_PROJECTIONS, rowTableOf } from '../src/ledger/built-in-projections.js'
import type { EventLog } from '../src/ports/event-log.js'
import { databaseOn, type TestDatabase } from '../test/support/databases.js'
import { givenUrl, probe, serverUrl } from '../test/support/server-connection.js'
import type { ServerKind } from '../test/support/server-program.js'

export const SERVERS: readonly ServerKind[] = ['postgres', 'mysql']
/** So many profiles append at once, each with a connection. */
export const PROFILES_MAX = 8

const USUAL = { postgres: { port: 5432, user: 'postgres' }, mysql: { port: 3306, user: 'root' } } as const

/** Runs `work` with an empty database; null where there is no server. */
export async function withServerDatabase<T>(
  kind: ServerKind,
  work: (database: TestDatabase) => Promise<T>,
): Promise<T | null> {
  const given = givenUrl(kind)
  if (given === undefined && !(await probe(kind, USUAL[kind]))) {
    console.error(`${kind}: no server answers, left out`)
    return null
  }
  const url = given ?? serverUrl(kind, USUAL[kind])
  const database = await databaseOn(kind, { kind, url, prefix: 'immersion_bench' })
  try {
    return await work(database)
  } finally {
    await database.drop()
  }
}

export function openServerDatabase(kind: ServerKind, { url }: TestDatabase): Promise<EventLog> {
  const adapter = kind === 'postgres' ? postgres : mysql
  return adapter.openEventLog({
    storage: { url, poolSize: PROFILES_MAX },
    tables: BUILT_IN_PROJECTIONS.map(rowTableOf),
    readOnly: false,
  })
}
