// How SQLite answers the queries: each row query of analytics is explained as SQLite would run it. Nothing reads a complete
// table, and what is newest first comes out of the key in that order, so a page costs a page.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planRowQuery } from '../../adapters/sql/row-query.js'
import { selectStreams } from '../../adapters/sql/statements.js'
import { adapter } from '../../adapters/sqlite/adapter.js'
import { sqliteDialect } from '../../adapters/sqlite/dialect.js'
import { MIGRATIONS } from '../../adapters/sqlite/migrations.js'
import { createAnalytics } from '../../src/analytics/analytics.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import type { Analytics } from '../../src/ports/analytics-types.js'
import type { EventLog, RowQuery } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { changed } from '../support/changed.js'
import { session } from './history.js'

const test = suite('analytics: query plans')

const TABLES = new Map(BUILT_IN_PROJECTIONS.map((projection) => [projectionId(projection), rowTableOf(projection)]))

test('every row query searches a key or an index of its profile', async () => {
  await explained(async (analytics, plans) => {
    for (const query of queries(analytics)) await query()
    const taken = plans()
    assert.ok(taken.length > 20, `${taken.length} queries were explained`)
    for (const { steps, query } of taken) {
      const reads = steps.filter((step) => /^(SCAN|SEARCH)/.test(step))
      assert.ok(
        reads.length > 0 && reads.every((step) => step.startsWith('SEARCH')),
        `${show(query)}: ${steps.join('; ')}`,
      )
    }
  })
})

test('the newest come first out of the key, without sorting all there are', async () => {
  await explained(async (analytics, plans) => {
    await analytics.sessions()
    await analytics.sessions({ videoKey: 'local:/a' })
    await analytics.daily()
    await analytics.monthly()
    await analytics.throughput({ by: 'day' })
    await analytics.throughput({ by: 'month' })
    await analytics.calendar()
    await analytics.trend()
    for (const { steps, query } of plans()) {
      // Sorting the last terms alone is the order within one moment, day or month.
      const sorts = steps.filter((step) => /^USE TEMP B-TREE FOR (ORDER|GROUP) BY$/.test(step))
      assert.equal(sorts, [], show(query))
    }
  })
})

test('the sessions of a video come from their index, and one session from its start or its id', async () => {
  await explained(async (analytics, plans, id) => {
    await analytics.sessions({ videoKey: 'local:/a' })
    await analytics.session(id)
    const [ofVideo, one] = plans().map(({ steps }) => steps[0] ?? '')
    assert.ok(ofVideo?.includes('(profile_id=? AND video_key=?)'), ofVideo)
    assert.match(one ?? '', /profile_id=\? AND (started_at_ms=\? AND )?session_id=\?/)
  })
})

test('the streams of a kind and of a video come from their index', () => {
  const database = new Database(':memory:')
  try {
    for (const change of MIGRATIONS.flat()) if (typeof change === 'string') database.exec(change)
    for (const [text, key] of [
      [selectStreams(sqliteDialect, 'kind'), '(profile_id=? AND kind=?)'],
      [selectStreams(sqliteDialect, 'kind', 'video_key'), '(profile_id=? AND kind=? AND video_key=? AND stream>?)'],
    ] as const) {
      const [first] = stepsOf(database, text)
      assert.is(first, `SEARCH streams USING INDEX streams_by_kind ${key}`)
    }
  } finally {
    database.close()
  }
})

function queries(analytics: Analytics): readonly (() => Promise<unknown>)[] {
  const range = { fromDay: 1, toDay: 40_000 }
  return [
    () => analytics.overview(),
    () => analytics.overview({ language: 'ja' }),
    () => analytics.sessions({ fromMs: 1, toMs: 2 }),
    () => analytics.sessions({ language: 'ja' }),
    () => analytics.videos({ sort: 'words' }),
    () => analytics.video('local:/a'),
    () => analytics.daily(range),
    () => analytics.daily({ videoKey: 'local:/a' }),
    () => analytics.monthly({ fromMonth: 200001 }),
    ...(['session', 'day', 'month', 'video', 'series'] as const).flatMap((by) => [
      () => analytics.throughput({ by }),
      () => analytics.throughput({ by, ...range }),
    ]),
    () => analytics.streak(),
    () => analytics.trend(),
    () => analytics.hours(),
    () => analytics.calendar(),
  ]
}

interface Explained {
  readonly query: RowQuery
  readonly steps: readonly string[]
}

async function explained(
  run: (analytics: Analytics, plans: () => readonly Explained[], sessionId: string) => Promise<void>,
): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-plans-'))
  const storage = { path: path.join(directory, 'log.db') }
  const log = await adapter.openEventLog({ storage, tables: [...TABLES.values()], readOnly: false })
  const database = new Database(storage.path, { readonly: true })
  try {
    const clock = { nowMs: () => Date.parse('2026-03-10T12:00Z'), utcOffsetMin: () => 0 }
    const queries: RowQuery[] = []
    const shared = { log: noting(log, queries), profile: 'default', projections: BUILT_IN_PROJECTIONS, clock }
    const engine = await createLogEngine({ ...shared, settings: { dayStartsAtHour: 4 } })
    const script = session({ videoKey: 'local:/a', start: '2026-03-10T12:00+00:00' }).watch(2)
    await engine.append(script.events)
    queries.length = 0
    await run(createAnalytics(shared), () => queries.map((query) => explain(database, query)), script.id)
  } finally {
    database.close()
    await log.close()
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** The log, with a note of every row query. */
function noting(log: EventLog, queries: RowQuery[]): EventLog {
  return changed(log, {
    read: (profile, work) =>
      log.read(profile, (snapshot) =>
        work(
          changed(snapshot, {
            rows: (query) => {
              queries.push(query)
              return snapshot.rows(query)
            },
          }),
        ),
      ),
  })
}

function explain(database: Database.Database, query: RowQuery): Explained {
  const table = TABLES.get(query.projection)
  assert.ok(table)
  const { text } = planRowQuery(sqliteDialect, table, query)
  return { query, steps: stepsOf(database, text) }
}

function stepsOf(database: Database.Database, text: string): readonly string[] {
  const binds = new Array<number>(text.split('?').length - 1).fill(1)
  const steps = database.prepare(`explain query plan ${text}`).all(...binds)
  return steps.map((step) => String(Reflect.get(Object(step), 'detail')))
}

function show(query: RowQuery): string {
  return JSON.stringify(query)
}

test.run()
