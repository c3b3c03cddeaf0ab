// Databases on servers for benchmarks, each made and dropped by the run that needs it: on the server that
// IMMERSION_TEST_POSTGRES_URL or IMMERSION_TEST_MYSQL_URL gives, else on the one of this machine at its usual port.

import { adapter as mysql } from '../adapters/mysql/adapter.js'
import { adapter as postgres } from '../adapters/postgres/adapter.js'
import { rowTableName } from '../adapters/sql/tables.js'
import { rowTableOf } from '../src/engine/built-in-projections.js'
import type { EventLog } from '../src/ports/event-log.js'
import { BUILT_IN_PROJECTIONS } from '../test/support/built-in-projections.js'
import { databaseOn, type TestDatabase } from '../test/support/databases.js'
import { ask, givenUrl, probe, serverUrl } from '../test/support/server-connection.js'
import type { ServerKind } from '../test/support/server-program.js'
import { engineOn } from './databases.js'
import { mixBatches } from './mix.js'

export const SERVERS: readonly ServerKind[] = ['postgres', 'mysql']
/** So many profiles append at once, each with a connection. */
export const PROFILES_MAX = 8
/** Large enough that round trips do not show, small enough for one packet. */
const FILL_BATCH_EVENTS = 5_000

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

/** Puts the mix of about this many events into the profile of the benchmarks, and has the server know its tables' sizes. */
export async function fillServerDatabase(kind: ServerKind, database: TestDatabase, events: number): Promise<void> {
  console.error(`${kind}: filling a database with ${events} events`)
  const engine = await engineOn(await openServerDatabase(kind, database))
  for (const batch of mixBatches({ events }, FILL_BATCH_EVENTS)) await engine.append(batch)
  await engine.close()
  const tables = ['events', 'streams', 'ledger', 'videos', ...BUILT_IN_PROJECTIONS.map((one) => rowTableName(one))]
  for (const table of tables) await ask(kind, database.url, `analyze ${kind === 'mysql' ? 'table ' : ''}${table}`)
}
