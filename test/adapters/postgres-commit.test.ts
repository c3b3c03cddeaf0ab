// What the PostgreSQL adapter sends for a batch, counted at the driver's connection, and what becomes of a batch whose row is
// refused, whose connection is cut, or whose prepared statement a pooler has lost.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/postgres/adapter.js'
import { PostgresPool } from '../../adapters/postgres/connection.js'
import { loadDriver } from '../../adapters/postgres/driver.js'
import { isRefusedRow, PostgresFailures } from '../../adapters/postgres/errors.js'
import { serverOptions } from '../../adapters/server/options.js'
import { Appender } from '../../src/append/append.js'
import {
  committed,
  contentOf,
  eventRow,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamId,
  streamRow,
  TABLES,
  writesAfter,
} from '../../src/contract/cases/contract-case.js'
import { FIRST } from '../../src/contract/cases/engine-case.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import type { ErrorCode, ImmersionError } from '../../src/events/errors.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { server, type TestDatabase, withTestDatabase } from '../support/databases.js'
import { sentToPostgres } from '../support/postgres-traffic.js'
import { requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'

const test = suite('postgres: commits')
const withPostgres = requires(test, server('postgres'))

function onLog(name: string, work: (log: EventLog, database: TestDatabase) => Promise<void>): void {
  withPostgres(name, () =>
    withTestDatabase('postgres', async (database) => {
      const log = await adapter.openEventLog({ storage: database.storage, tables: TABLES, readOnly: false })
      try {
        await work(log, database)
      } finally {
        await log.close()
      }
    }),
  )
}

withPostgres('a usual batch is one statement and one round trip, read models in it', () =>
  withTestDatabase('postgres', async ({ storage }) => {
    const tables = BUILT_IN_PROJECTIONS.map(rowTableOf)
    const log = await adapter.openEventLog({ storage, tables, readOnly: false })
    const opened = await log.openProfile(PROFILE, SETTINGS)
    const projections = tables.map(({ name, version }) => `${name}@${version}`).sort()
    const head = await committed(log, writesAfter(opened, { head: { ...opened, revision: 1, projections } }))
    const appender = new Appender({ log, profile: PROFILE, projections: BUILT_IN_PROJECTIONS, head })
    // Without its last two: a type of another program gets a code first, once for ever.
    const session = FIRST.events.slice(0, -2)
    await appender.append(session.slice(0, 4))
    await appender.append(session.slice(4, 8))
    const sent = await sentToPostgres(() => appender.append(session.slice(8)))
    assert.equal(sent, { statements: 1, roundTrips: 1 })
    const days = await log.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'daily@1', groupBy: [] }))
    // Two lines in the session, by hand: index 4 is lines.
    assert.is(days[0]?.measures[4], 2)
    await log.close()
  }),
)

onLog('an event that only the server refuses is named, and its batch is not written', async (log) => {
  const head = await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
  const before = await contentOf(log)
  const next = head.position + 1
  for (const broken of [{ payload: 'a\0b' }, { utcOffsetMin: 2 ** 40 }, { payloadVersion: 2 ** 31 }]) {
    const events = [eventRow(next), eventRow(next + 1, { version: 77, ...broken }), eventRow(next + 2)]
    const writes = writesAfter(head, { streams: [streamRow(1, { revision: 2 })], events })
    for (const write of [
      () => log.commit(PROFILE, writes),
      () => log.update(PROFILE, async () => ({ writes, answer: null })),
    ]) {
      const error = await refused(write, 'EVENT_REFUSED')
      assert.equal([error.details.streamId, error.details.version], [streamId(1), 77])
    }
  }
  assert.equal(await contentOf(log), before)
  await committed(log, someOfEverything(head))
})

onLog(
  'a connection that is cut in the middle is not used again, and the next batch goes through',
  async (log, database) => {
    const head = await log.openProfile(PROFILE, SETTINGS)
    const cut = () =>
      ask(
        'postgres',
        database.url,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
    const update = () =>
      log.update(PROFILE, async (snapshot) => {
        await snapshot.head()
        await cut()
        return { writes: someOfEverything(head), answer: null }
      })
    await refused(update, 'STORAGE_UNAVAILABLE')
    const read = () =>
      log.read(PROFILE, async (snapshot) => {
        await cut()
        return snapshot.streams({})
      })
    await refused(read, 'STORAGE_UNAVAILABLE')
    await committed(log, someOfEverything(head))
  },
)

withPostgres('a prepared statement that a pooler has lost is sent without a name from then on', () =>
  withTestDatabase('postgres', async ({ storage }) => {
    const pool = new PostgresPool(
      await loadDriver(),
      serverOptions('postgres', storage),
      new PostgresFailures('the test'),
    )
    const text = 'select $1::bigint + 1'
    const answers = await pool.withConnection(async (connection) => {
      const first = await connection.query(text, [1])
      await connection.query('deallocate all')
      const second = await connection.query(text, [2])
      await connection.query('deallocate all')
      return [first.rows, second.rows, (await connection.query(text, [3])).rows]
    })
    assert.equal(answers, [[[2]], [[3]], [[4]]])
    await pool.close()
  }),
)

withPostgres('integers are exact or refused, never rounded', () =>
  withTestDatabase('postgres', async ({ storage }) => {
    const pool = new PostgresPool(
      await loadDriver(),
      serverOptions('postgres', storage),
      new PostgresFailures('the test'),
    )
    await pool.withConnection(async (connection) => {
      const { rows } = await connection.query(
        "select 9007199254740991::bigint, (-9007199254740991)::bigint, '\\x00ff'::bytea",
      )
      assert.equal(rows, [[Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, Buffer.from([0, 255])]])
      await refused(() => connection.query('select 9007199254740992::bigint'), 'STORAGE_CORRUPT')
    })
    await pool.close()
  }),
)

/** SQLSTATE or Node.js code, and the code that callers branch on. */
const CODES: readonly (readonly [string, ErrorCode])[] = [
  ['40P01', 'STORAGE_BUSY'],
  ['40001', 'STORAGE_BUSY'],
  ['57014', 'STORAGE_BUSY'],
  ['57P01', 'STORAGE_UNAVAILABLE'],
  ['08006', 'STORAGE_UNAVAILABLE'],
  ['ECONNRESET', 'STORAGE_UNAVAILABLE'],
  ['ENOTFOUND', 'STORAGE_UNAVAILABLE'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'STORAGE_UNAVAILABLE'],
  ['53100', 'STORAGE_FULL'],
  ['25006', 'STORAGE_READ_ONLY'],
  ['42501', 'STORAGE_READ_ONLY'],
  ['XX001', 'STORAGE_CORRUPT'],
  ['42601', 'STORAGE_FAILED'],
]

test('what the server says has a code that callers branch on; what others throw stays as it is', () => {
  const failures = new PostgresFailures('postgres://me@host:5432/log')
  for (const [sqlState, code] of CODES) {
    const error = failures.note(Object.assign(new Error('said the server'), { code: sqlState }))
    const shown = failures.failure(error, 'commit') as ImmersionError
    assert.is(shown.code, code, sqlState)
    assert.is(shown.message, 'PostgreSQL failed to commit: said the server')
    if (code !== 'STORAGE_FAILED') assert.ok(shown.hint.length > 10, sqlState)
  }
  const others = Object.assign(new Error('of the work'), { code: '40001' })
  assert.is(failures.failure(others, 'commit'), others)
  const sqlState = (code: string) => Object.assign(new Error(), { code })
  assert.equal(
    ['22003', '22021', '23502', '23505', '40001'].map((code) => isRefusedRow(sqlState(code))),
    [true, true, true, false, false],
  )
})

test.run()
