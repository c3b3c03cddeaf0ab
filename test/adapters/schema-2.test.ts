// Step 2 of the schema on each SQL database, from logs of schema 1: the tables that it leaves, a migration that is cut off
// or killed in the middle, several at once, and the columns of measures. That no answer changes: test/store/schema-1.test.ts.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dueChanges, latestVersion } from '../../adapters/sql/migrations.js'
import { checkRowTable } from '../../adapters/sql/row-tables.js'
import { copiesOf } from '../../adapters/sqlite/copies.js'
import { sqliteDialect } from '../../adapters/sqlite/dialect.js'
import { MIGRATIONS, SCHEMA_VERSION } from '../../adapters/sqlite/migrations.js'
import {
  committed,
  contentOf,
  DAILY,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  TABLES,
  withLog,
} from '../../src/contract/cases/contract-case.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { ImmersionError } from '../../src/events/errors.js'
import { type Backend, type FreshLog, withFreshLog } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { requires } from '../support/requires.js'
import {
  allAnswers,
  assertSameAnswers,
  readSchema1Answers,
  SCHEMA_1_BACKENDS,
  withSchema1,
  withSchema1Engine,
} from '../support/schema-1.js'
import { ask } from '../support/server-connection.js'
import { changesOf, MIGRATION_TEXTS, openCut, type Provider } from './cut-migration.js'

const test = suite('schema 2')

const CUT = fileURLToPath(new URL('./cut-migration.js', import.meta.url))
const OPEN = fileURLToPath(new URL('./open-log.js', import.meta.url))
const PROCESSES = 10
const { profiles, logs } = readSchema1Answers()

test('a step that was released stays as it was, on every database', () => {
  // Adding a step adds a digest; a digest here never changes, because databases in the world were made by its step.
  const digests: Readonly<Record<Provider, readonly string[]>> = {
    sqlite: ['75b183a155e7379e', 'b76028b497b5f7ce'],
    postgres: ['7b7715f7a55b11cf', 'ab38d891c1b0be8f'],
    mysql: ['7c3cb3fdc04f2f5a', 'c30729cc57cf2d94'],
  }
  for (const [provider, steps] of Object.entries(MIGRATION_TEXTS)) {
    assert.equal(
      steps.map((step) => createHash('sha256').update(step.join()).digest('hex').slice(0, 16)),
      digests[provider as Provider],
      provider,
    )
  }
})

/** Answers of one statement, by the bare driver, each row as a list. */
async function answersOf({ provider }: Backend, { storage }: FreshLog, sql: string): Promise<readonly unknown[][]> {
  if (provider !== 'sqlite') {
    const rows = await ask(provider === 'mysql' ? 'mysql' : 'postgres', String(storage.url), sql)
    // For a statement without answers the driver of MySQL gives a header.
    return [...(Array.isArray(rows) ? rows : [])].map((row) =>
      Object.values(row).map((value) => (Buffer.isBuffer(value) ? String(value) : value)),
    )
  }
  const database = new Database(String(storage.path))
  try {
    const statement = database.prepare(sql)
    if (statement.reader) return statement.raw().all() as unknown[][]
    statement.run()
    return []
  } finally {
    database.close()
  }
}

async function open({ adapter }: Backend, { storage }: FreshLog, readOnly = false) {
  return (await adapter()).openEventLog({ storage, tables: TABLES, readOnly })
}

async function assertAllAnswers(backend: Backend, fixture: FreshLog): Promise<void> {
  for (const log of logs) {
    await withSchema1Engine(backend, fixture, log, async (engine) => assertSameAnswers(await allAnswers(engine, log)))
  }
}

for (const backend of SCHEMA_1_BACKENDS) {
  const withBackend = requires(test, ...backend.requirements)
  const provider = backend.provider as Provider

  withBackend(`${provider}: the plan names the step, changes nothing, and is empty afterwards`, () =>
    withSchema1(backend, async (fixture) => {
      const adapter = await backend.adapter()
      const tables = BUILT_IN_PROJECTIONS.map(rowTableOf)
      const plan = () => adapter.planMigrations({ storage: fixture.storage, tables, readOnly: false })
      const { schemaVersion, latestVersion: latest, steps } = await plan()
      assert.equal([schemaVersion, latest], [1, SCHEMA_VERSION])
      const [{ version, statements } = { version: 0, statements: [] }] = steps
      assert.is(version, 2)
      assert.match(statements.join('\n'), /create table .*profile_names/)
      assert.match(statements.join('\n'), /^-- for every stream its kind/m)
      await refused(() => open(backend, fixture, true), 'STORAGE_UNAVAILABLE')
      assert.equal((await plan()).steps, steps)
      await (await open(backend, fixture)).close()
      assert.equal((await plan()).steps, [])
    }),
  )

  withBackend(`${provider}: names have a table of their own, and no id is given twice`, () =>
    withSchema1(backend, async (fixture) => {
      const highest = Number((await answersOf(backend, fixture, 'select max(profile_id) from profiles'))[0]?.[0])
      const retired = await answersOf(backend, fixture, 'select position from profiles where profile_id = 0')
      await withLog(
        () => open(backend, fixture),
        async (log) => {
          assert.equal(await log.profiles(), profiles)
          await log.openProfile('one more', SETTINGS)
        },
      )
      const [[made] = []] = await answersOf(
        backend,
        fixture,
        "select profile_id from profile_names where name = 'one more'",
      )
      assert.is(made, Math.max(highest, Number(retired[0]?.[0] ?? 0)) + 1)
      assert.equal(await answersOf(backend, fixture, 'select last_profile_id from profile_counter'), [[made]])
      assert.equal(await answersOf(backend, fixture, 'select profile_id from profiles where profile_id = 0'), [])
    }),
  )

  withBackend(`${provider}: a program of schema 1 that is still running writes no batch any more`, () =>
    withSchema1(backend, async (fixture) => {
      const batch = `update profiles set revision = revision + 1, projections = '[]' where profile_id = 1`
      await answersOf(backend, fixture, batch)
      await (await open(backend, fixture)).close()
      const failed = await answersOf(backend, fixture, batch).then(
        () => false,
        () => true,
      )
      assert.ok(failed)
    }),
  )

  withBackend(`${provider}: cut off behind any of its changes, the step is finished by the next start`, async () => {
    for (let place = 0; place < changesOf(provider); place++) {
      await withSchema1(backend, async (fixture) => {
        const cut = new ImmersionError('STORAGE_FAILED', 'cut off')
        const open = openCut(provider, fixture.storage, place, () => {
          throw cut
        })
        const failure = await open.catch((error: unknown) => error)
        assert.ok(String(failure).includes('cut off'), String(failure))
        await assertAllAnswers(backend, fixture)
      })
    }
  })

  withBackend(`${provider}: killed in the middle, the next start has everything once`, async () => {
    for (const place of [Math.ceil(changesOf(provider) / 2), changesOf(provider)]) {
      await withSchema1(backend, async (fixture) => {
        const args = [CUT, provider, JSON.stringify(fixture.storage), String(place)]
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        await once(child.stdout, 'data')
        child.kill('SIGKILL')
        await once(child, 'exit')
        await assertAllAnswers(backend, fixture)
      })
    }
  })

  withBackend(`${provider}: ten processes that start at once migrate it once`, () =>
    withSchema1(backend, async (fixture) => {
      const args = [OPEN, provider, JSON.stringify(fixture.storage)]
      const children = Array.from({ length: PROCESSES }, () => spawn(process.execPath, args, { stdio: 'inherit' }))
      const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
      assert.equal(codes, Array(PROCESSES).fill(0))
      await assertAllAnswers(backend, fixture)
      if (provider === 'sqlite') assert.is(copiesOf(String(fixture.storage.path)).length, 1)
    }),
  )

  withBackend(
    `${provider}: a table that lacks a measure gets its column when a program that knows both opens the log`,
    () =>
      withFreshLog(backend, async (fresh) => {
        const before = await withLog(
          () => open(backend, fresh),
          async (log) => {
            await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
            return contentOf(log)
          },
        )
        const lineCounts = () => answersOf(backend, fresh, 'select line_count from rows_daily_v1')
        const stored = await lineCounts()
        assert.ok(stored.length > 0)
        await answersOf(backend, fresh, 'alter table rows_daily_v1 drop column line_count')
        // A log that only reads does not know the projection meanwhile.
        await withLog(
          () => open(backend, fresh, true),
          async (log) => {
            const read = () => log.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'daily@1' }))
            await refused(read, 'UNKNOWN_PROJECTION')
          },
        )
        await withLog(() => open(backend, fresh), contentOf)
        assert.equal(
          await lineCounts(),
          stored.map(() => [0]).map((row) => (provider === 'postgres' ? row.map(String) : row)),
        )
        // The column is the last one now; what is read from it goes by its name.
        await answersOf(backend, fresh, `update rows_daily_v1 set line_count = ${stored[0]?.[0]}`)
        assert.is(stored.length, 1)
        assert.equal(await withLog(() => open(backend, fresh), contentOf), before)
      }),
  )
}

for (const backend of SCHEMA_1_BACKENDS.filter(({ provider }) => provider !== 'sqlite')) {
  const withBackend = requires(test, ...backend.requirements)
  withBackend(`${backend.provider}: profile_id has one type in every table`, () =>
    withSchema1(backend, async (fixture) => {
      await (await open(backend, fixture)).close()
      const schema = backend.provider === 'mysql' ? 'database()' : 'current_schema()'
      const types = await answersOf(
        backend,
        fixture,
        `select table_name, data_type from information_schema.columns
          where table_schema = ${schema} and column_name = 'profile_id'`,
      )
      assert.ok(types.length > 10)
      assert.is(new Set(types.map(([, type]) => type)).size, 1, JSON.stringify(types))
    }),
  )
}

/** A sixteenth measure, which joined in a step of its own. */
const NAPS = { column: 'nap_count', since: SCHEMA_VERSION + 1 }

function dueWithNaps(version: number, columns: ReadonlyMap<string, readonly string[]>) {
  const measures = [{ column: 'line_count', since: 1 }, NAPS]
  const stored = { version, columns, indexes: new Set<string>() }
  return dueChanges(sqliteDialect, MIGRATIONS, stored, [], measures)
}

test('a measure that joins is a step: a column of the ledger and of every read model, whoever made its table', () => {
  const rows = ['profile_id', 'language', 'line_count']
  const columns = new Map<string, readonly string[]>([
    ['ledger', ['line_count']],
    ['rows_daily_v1', rows],
    ['rows_of_another_program_v12', rows],
    ['rows_not_ours', rows],
    ['notes', rows],
  ])
  assert.is(latestVersion(MIGRATIONS, [NAPS]), SCHEMA_VERSION + 1)
  const added = (table: string) => `alter table ${table} add column nap_count integer not null default 0`
  assert.equal(dueWithNaps(SCHEMA_VERSION, columns).steps, [
    {
      version: SCHEMA_VERSION + 1,
      changes: ['ledger', 'rows_daily_v1', 'rows_of_another_program_v12'].map(added),
    },
  ])
  // Cut off behind the ledger, on a database where each statement commits by itself.
  columns.set('ledger', ['line_count', 'nap_count'])
  assert.equal(
    dueWithNaps(SCHEMA_VERSION, columns).steps[0]?.changes,
    ['rows_daily_v1', 'rows_of_another_program_v12'].map(added),
  )
  assert.equal(
    dueWithNaps(0, new Map()).steps.map(({ version }) => version),
    Array.from({ length: SCHEMA_VERSION + 1 }, (_, index) => index + 1),
  )
})

test("another projection's table is refused by what is missing and what is there besides; measures may have any order", () => {
  const measures = ['watched_ms', 'session_count']
  const stored = ['profile_id', 'local_day', 'video_key', 'language', ...measures]
  checkRowTable(DAILY, stored)
  const refusal = (columns: readonly string[]) => {
    try {
      checkRowTable(DAILY, columns)
    } catch (error) {
      if (error instanceof ImmersionError && error.code === 'INVALID_ARGUMENT') return error
    }
    throw new Error('it was not refused')
  }
  const other = refusal(['profile_id', 'local_month', 'video_key', 'language', ...measures])
  assert.match(other.message, /rows_daily_v1.*lacks local_day and has local_month besides\.$/)
  assert.equal([other.details.missing, other.details.extra], [['local_day'], ['local_month']])
  const turned = refusal(['profile_id', 'video_key', 'local_day', 'language', ...measures])
  assert.match(turned.message, /has its key in another order\.$/)
})

test.run()
