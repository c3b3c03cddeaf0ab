// With worker.inline a host passes objects in: an adapter, projections, a clock, an open pool or an open database. Its own
// tests then need no file and no module, and a database that it has opened stays open. With a thread they are refused.

import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import mysql2 from 'mysql2'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter as memory } from '../../adapters/memory/adapter.js'
import { ImmersionError } from '../../src/events/errors.js'
import { defineProjection } from '../../src/ports/projection.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import type { StoreConfig } from '../../src/store/config.js'
import { deleteProfile, listProfiles } from '../../src/store/database.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { compareLogs, copyLog } from '../../src/store/replication.js'
import { server, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import { withFolder } from './with-store.js'

const test = suite('objects of the host')

/** Thursday 2026-03-05, 10:00 UTC. */
const NOW_MS = Date.UTC(2026, 2, 5, 10)
const LINES = 4

const byHour = defineProjection({
  name: 'by_hour',
  version: 1,
  key: { hour: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ hour: calendar.hourOf(entry) }),
})

async function play(store: ImmersionTrackingStore): Promise<void> {
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (let line = 0; line < LINES; line++) session.line({ text: `行 ${line} 😀`, chars: 3, words: 1 })
  session.end()
  await store.flush()
}

async function assertPlayed(store: ImmersionTrackingStore, sessions = 1): Promise<void> {
  const { total } = await store.analytics.overview()
  assert.equal([total.measures.sessions, total.measures.lines], [sessions, LINES * sessions])
  const { events } = await store.events({ after: 0 })
  assert.match(JSON.stringify(events), '行 0 😀')
  assert.equal((await store.maintenance.verify()).damage, [])
}

/** Opens a store inline, plays in it, and closes it; again, so that the second finds what the first left. */
async function playTwice(config: StoreConfig): Promise<void> {
  for (const sessions of [1, 2]) {
    const store = await openImmersionTrackingStore({ ...config, worker: { inline: true }, tz: 'UTC' })
    try {
      await play(store)
      await assertPlayed(store, sessions)
    } finally {
      await store.close()
    }
  }
}

test('a host tests with an adapter, a projection and a clock of its own, and without a file', async () => {
  let nowMs = NOW_MS
  const store = await openImmersionTrackingStore({
    storage: { provider: memory },
    projections: [byHour],
    clock: { nowMs: () => nowMs, utcOffsetMin: () => 60 },
    worker: { inline: true },
  })
  try {
    await play(store)
    const { rows } = await store.analytics.rows({ projection: 'by_hour@1' })
    assert.equal(
      rows.map(({ key, measures }) => [key.hour, measures.lines]),
      [[11, LINES]],
    )
    const { sessions } = await store.analytics.sessions()
    assert.equal([sessions[0]?.startedAtMs, sessions[0]?.utcOffsetMin], [NOW_MS, 60])
    nowMs += 86_400_000
    const { todayCounts, today } = await store.analytics.streak()
    assert.equal([todayCounts, today], [false, Math.floor(nowMs / 86_400_000)])
    await store.corrections.discardSession(sessions[0]?.sessionId ?? '')
    assert.is((await store.corrections.list()).corrections[0]?.occurredAtMs, nowMs)
  } finally {
    await store.close()
  }
})

test('an adapter of the host that fails is a failure of the storage', async () => {
  const failing = { ...memory, openEventLog: () => Promise.reject(new TypeError('fetch failed')) }
  const error = await openImmersionTrackingStore({
    storage: { provider: failing },
    worker: { inline: true },
  }).catch((thrown) => thrown)
  assert.instance(error, ImmersionError)
  assert.is(error.code, 'STORAGE_FAILED')
})

for (const kind of ['in memory', 'on a file'] as const) {
  test(`a store works through an open Database ${kind}, and leaves it open`, () =>
    withFolder(async (folder) => {
      const database = new BetterSqlite3(kind === 'in memory' ? ':memory:' : join(folder, 'log.sqlite'))
      try {
        const storage = { database }
        await playTwice({ storage })
        assert.ok(database.open)
        assert.is(database.prepare('select count(*) from streams').pluck().get(), 2)
        assert.equal(await listProfiles({ storage }), ['default'])
        assert.is(await deleteProfile({ storage }, 'default'), true)
        assert.equal(await listProfiles({ storage }), [])
        assert.ok(database.open)
      } finally {
        database.close()
      }
    }))
}

test('several stores share one Database: they take turns, and a copy reads it', async () => {
  const database = new BetterSqlite3(':memory:')
  const storage = { database }
  const opened: ImmersionTrackingStore[] = []
  try {
    for (const profile of ['kai', 'mei', 'kai']) {
      opened.push(await openImmersionTrackingStore({ storage, profile, worker: { inline: true }, tz: 'UTC' }))
    }
    await Promise.all(
      opened.flatMap((store) => [play(store), store.maintenance.verify(), store.maintenance.rebuild(), play(store)]),
    )
    for (const [store, sessions] of [
      [opened[0], 4],
      [opened[1], 2],
    ] as const) {
      if (store !== undefined) await assertPlayed(store, sessions)
    }
    const copy = { storage: 'memory:copy-of-database', profile: 'kai' }
    assert.ok((await copyLog({ storage, profile: 'kai' }, copy)).ok)
    assert.ok((await compareLogs(copy, { storage, profile: 'kai' })).ok)
  } finally {
    for (const store of opened) await store.close()
    database.close()
  }
})

test('a Database that is closed, answers with bigints or is none is refused', async () => {
  const closed = new BetterSqlite3(':memory:')
  closed.close()
  const bigints = new BetterSqlite3(':memory:').defaultSafeIntegers()
  for (const database of [closed, bigints, {}]) await refusedConfig({ storage: { database } }, 'storage.database')
})

async function refusedConfig(config: StoreConfig, key: string, inline = true): Promise<void> {
  const opening = openImmersionTrackingStore({ ...config, worker: { inline } })
  const error = await opening.then(
    () => assert.unreachable(key),
    (thrown) => thrown,
  )
  assert.equal([error.code, error.details?.key], ['INVALID_CONFIG', key])
  assert.ok(error.hint.length > 10, error.hint)
}

requires(test, server('postgres'))('a store works through an open Pool of pg, and leaves it open', () =>
  withTestDatabase('postgres', async ({ url }) => {
    const pool = new pg.Pool({ connectionString: url, max: 3 })
    try {
      const storage = { provider: 'postgres', pool, schema: 'learners' }
      await playTwice({ storage })
      const { rows } = await pool.query('select count(*)::text as count from learners.streams')
      assert.equal(rows, [{ count: '2' }])
      assert.is((await pool.query('select 1::bigint as one')).rows[0].one, '1')
      await refusedConfig({ storage: { ...storage, host: 'elsewhere' } }, 'storage.host')
    } finally {
      await pool.end()
    }
  }),
)

/** Each wraps a pool with callbacks, or is one. */
const POOLS_OF_MYSQL: Readonly<Record<string, (callbacks: mysql2.Pool) => object>> = {
  mysql2: (callbacks) => callbacks,
  'mysql2/promise': (callbacks) => callbacks.promise(),
}

for (const [name, poolOf] of Object.entries(POOLS_OF_MYSQL)) {
  requires(test, server('mysql'))(`a store works through an open pool of ${name}, and leaves it open`, () =>
    withTestDatabase('mysql', async ({ url }) => {
      const callbacks = mysql2.createPool({ uri: url, multipleStatements: true, charset: 'latin1', dateStrings: true })
      try {
        await playTwice({ storage: { provider: 'mysql', pool: poolOf(callbacks) } })
        const [rows] = await callbacks.promise().query('select count(*) as count from streams')
        assert.equal(rows, [{ count: 2 }])
      } finally {
        await callbacks.promise().end()
      }
    }),
  )
}

requires(test, server('mysql'))(
  'a pool that takes one statement at a time, or answers with texts for numbers, is refused',
  () =>
    withTestDatabase('mysql', async ({ url }) => {
      for (const options of [{}, { multipleStatements: true, supportBigNumbers: true, bigNumberStrings: true }]) {
        const pool = mysql2.createPool({ uri: url, ...options })
        try {
          await refusedConfig({ storage: { provider: 'mysql', pool } }, 'storage.pool')
        } finally {
          await pool.promise().end()
        }
      }
    }),
)

test('an object that is no pool is refused, and so is a pool that has ended', async () => {
  const ended = new pg.Pool({ host: 'localhost' })
  await ended.end()
  for (const [provider, pool] of [
    ['postgres', {}],
    ['postgres', ended],
    ['mysql', ended],
  ] as const) {
    await refusedConfig({ storage: { provider, pool } }, 'storage.pool')
  }
})

test('with a thread every object is refused, with the form in which a thread can have it', async () => {
  const database = new BetterSqlite3(':memory:')
  const pool = new pg.Pool({ host: 'localhost' })
  const configs: Readonly<Record<string, StoreConfig>> = {
    'storage.provider': { storage: { provider: memory } },
    projections: { storage: { provider: 'memory' }, projections: [byHour] },
    clock: { storage: { provider: 'memory' }, clock: { nowMs: () => NOW_MS } },
    'storage.database': { storage: { database } },
    'storage.pool': { storage: { provider: 'postgres', pool, fallback: 'retry' } },
    storage: { storage: { provider: new URL('../fixtures/faulty.js', import.meta.url), faults: [() => 1] } },
  }
  for (const [key, config] of Object.entries(configs)) await refusedConfig(config, key, false)
  database.close()
  await pool.end()
})

test.run()
