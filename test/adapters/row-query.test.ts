// The SQL that row queries become: SQLite answers the shapes that ship from the primary key, without sorting or grouping
// what is in order already; and the texts that other databases would get hold the same binds.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planRowQuery, rowQueryBinds } from '../../adapters/sql/row-query.js'
import { sqliteDialect } from '../../adapters/sqlite/dialect.js'
import { DAILY, SESSIONS, TABLES } from '../../src/contract/cases/contract-case.js'
import type { RowQuery, RowTable } from '../../src/ports/event-log.js'
import { openFile, withDriver, withFile } from './sqlite-file.js'

const test = suite('row queries')

const newestSessions: RowQuery = {
  projection: 'sessions@1',
  groupBy: ['startedAtMs', 'sessionId', 'videoKey'],
  orderBy: ['startedAtMs', 'sessionId', 'videoKey'].map((column) => ({ column, descending: true })),
  after: [1_700_000_000_000, 'b', 'local:/a'],
  limit: 50,
}

const daysOfVideo: RowQuery = {
  projection: 'daily@1',
  equals: { language: 'ja' },
  range: { column: 'localDay', from: 19_000, to: 19_060 },
  groupBy: ['localDay', 'videoKey'],
}

/** What SQLite says it will do, one line a step. */
async function explain(table: RowTable, query: RowQuery): Promise<string> {
  const plan = planRowQuery(sqliteDialect, table, query)
  return withFile(async (file) => {
    await (await openFile(file, { tables: TABLES })).close()
    return withDriver(file, (database) => {
      const steps = database.prepare(`explain query plan ${plan.text}`).all(rowQueryBinds(plan, 1, query))
      return steps.map((step) => JSON.stringify(step)).join('\n')
    })
  })
}

test('the newest page of sessions comes from the primary key, unsorted', async () => {
  const steps = await explain(SESSIONS, newestSessions)
  assert.match(steps, /PRIMARY KEY|sqlite_autoindex/)
  assert.not.match(steps, /TEMP B-TREE/)
  assert.not.match(steps, /SCAN/)
})

test('where the key is whole, nothing is grouped, and a range of days comes from the primary key', async () => {
  assert.not.match(planRowQuery(sqliteDialect, DAILY, daysOfVideo).text, /group by|sum\(/)
  const steps = await explain(DAILY, daysOfVideo)
  assert.match(steps, /PRIMARY KEY \(profile_id=\? AND local_day>\? AND local_day<\?\)/)
  assert.not.match(steps, /TEMP B-TREE/)
})

test('one session is found by its index', async () => {
  const steps = await explain(SESSIONS, { projection: 'sessions@1', equals: { sessionId: 'a' } })
  assert.match(steps, /INDEX rows_sessions_v1_by_session_id/)
})

test('the binds of every text are as many as it has places for', () => {
  const mixed: RowQuery = {
    projection: 'daily@1',
    equals: { language: 'ja' },
    groupBy: ['videoKey', 'localDay'],
    orderBy: [{ column: 'watchedMs', descending: true }, { column: 'localDay' }],
    after: [5, 1, 'a'],
    limit: 3,
  }
  for (const query of [newestSessions, daysOfVideo, mixed, { projection: 'daily@1', groupBy: [] }]) {
    const plan = planRowQuery(sqliteDialect, query.projection === 'daily@1' ? DAILY : SESSIONS, query)
    assert.is(plan.text.split('?').length - 1, rowQueryBinds(plan, 1, query).length, plan.text)
  }
})

test.run()
