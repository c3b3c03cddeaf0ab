// PostgreSQL partitioned by hash of profile_id, as docs/reference/operations.md lays a service out: its statements are run as they
// stand there, and the contract of the port holds on what they make.

import { readFileSync } from 'node:fs'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/postgres/adapter.js'
import {
  committed,
  contentOf,
  type OpenLog,
  SETTINGS,
  someOfEverything,
  TABLES,
} from '../../src/contract/cases/contract-case.js'
import { portCases } from '../../src/contract/cases/port-cases.js'
import { POSTGRES } from '../support/backends.js'
import { server, type TestDatabase, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import {
  allAnswers,
  assertSameAnswers,
  readSchema1Answers,
  withSchema1,
  withSchema1Engine,
} from '../support/schema-1.js'

const test = suite('postgres: partitions by profile')
const withPostgres = requires(test, server('postgres'))

const PARTITIONED = ['events', 'ledger', 'profiles', 'rows_daily_v1', 'rows_sessions_v1', 'streams', 'videos']

function procedure(schema: string, partitions = 8): string {
  const page = readFileSync(new URL('../../../docs/reference/operations.md', import.meta.url), 'utf8')
  const block = /```sql partitions\n([\s\S]*?)```/.exec(page)?.[1]
  assert.ok(block)
  assert.match(block, 'set search_path = public;')
  assert.match(block, 'integer := 8;')
  return block
    .replace('set search_path = public;', `set search_path = ${schema};`)
    .replace('integer := 8;', `integer := ${partitions};`)
}

async function answers<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const result = await client.query<Row>(sql)
    return result.rows
  } finally {
    await client.end()
  }
}

const opening =
  ({ storage }: Pick<TestDatabase, 'storage'>, more: { readonly schema?: string } = {}): OpenLog =>
  (options) => {
    const { provider: _named, ...settings } = storage
    return adapter.openEventLog({ storage: { ...settings, ...more }, tables: TABLES, readOnly: false, ...options })
  }

/** One database for all cases, a schema each: making a database and 100 tables for each takes the server a minute. */
withPostgres('the contract of the port holds on partitions', () =>
  withTestDatabase('postgres', async (database) => {
    for (const [index, { part, name, run }] of portCases.entries()) {
      const open = opening(database, { schema: `case_${index}` })
      await (await open()).close()
      await answers(database.url, procedure(`case_${index}`, 3))
      try {
        const { provider: _named, ...settings } = database.storage
        const storage = { ...settings, schema: `case_${index}` }
        await run(open, (tables = TABLES) => adapter.planMigrations({ storage, tables, readOnly: false }))
      } catch (cause) {
        throw new Error(`${part}: ${name}: ${String(cause)}`, { cause })
      }
      await answers(database.url, `set client_min_messages = warning; drop schema case_${index} cascade`)
    }
  }),
)

withPostgres(
  'a database in use keeps its rows, indexes and keys, spread over the partitions; a second run does nothing',
  () =>
    withTestDatabase('postgres', async (database) => {
      const open = opening(database, { schema: 'class_a' })
      const names = Array.from({ length: 20 }, (_, index) => `learner ${index}`)
      const log = await open()
      for (const name of names) await committed(log, someOfEverything(await log.openProfile(name, SETTINGS)), name)
      const content = await Promise.all(names.map((name) => contentOf(log, name)))
      await log.close()
      const indexes = `select indexname from pg_indexes where schemaname = 'class_a' and tablename !~ '_\\d+$' order by 1`
      const before = await answers(database.url, indexes)
      for (const _ of [1, 2]) await answers(database.url, procedure('class_a'))
      assert.equal(await answers(database.url, indexes), before)
      const tables = await answers<{ relname: string }>(
        database.url,
        `select relname from pg_class where relkind = 'p' and relnamespace = 'class_a'::regnamespace order by 1`,
      )
      assert.equal(
        tables.map(({ relname }) => relname),
        PARTITIONED,
      )
      const spread = await answers<{ partition: string }>(
        database.url,
        'select distinct tableoid::regclass::text as partition from class_a.events',
      )
      assert.ok(spread.length > 1, `all events are in ${spread.map(({ partition }) => partition).join()}`)

      const options = { storage: { url: database.url, schema: 'class_a' }, tables: TABLES, readOnly: false }
      const plan = await adapter.planMigrations(options)
      assert.equal([plan.steps, plan.tables], [[], []])
      const again = await open()
      try {
        assert.equal(await Promise.all(names.map((name) => contentOf(again, name))), content)
        assert.is(await again.deleteProfile('learner 3'), true)
        assert.is((await again.profiles()).length, 19)
        const left = await answers<{ profiles: string }>(
          database.url,
          'select count(distinct profile_id) as profiles from class_a.events',
        )
        assert.equal(left, [{ profiles: '19' }])
      } finally {
        await again.close()
      }
    }),
)

withPostgres('a question about one profile reads one partition', () =>
  withTestDatabase('postgres', async (database) => {
    await (await opening(database)()).close()
    await answers(database.url, procedure('public'))
    const plan = await answers<{ 'QUERY PLAN': string }>(
      database.url,
      'explain select * from events where profile_id = 7 and position > 10 and position <= 20 order by position',
    )
    const read = plan.map((row) => row['QUERY PLAN']).filter((line) => /on events/.test(line))
    assert.is(read.length, 1, read.join('\n'))
  }),
)

withPostgres('a log of schema 1 that was partitioned is migrated where it is', () =>
  withSchema1(POSTGRES, async (fixture) => {
    // In schema 1 the names were unique in profiles.
    const earlier = procedure('public', 3).replace("<> 'profile_names'", "<> 'profiles'")
    await answers(String(fixture.storage.url), earlier)
    for (const log of readSchema1Answers().logs) {
      await withSchema1Engine(POSTGRES, fixture, log, async (engine) =>
        assertSameAnswers(await allAnswers(engine, log)),
      )
    }
  }),
)

test.run()
