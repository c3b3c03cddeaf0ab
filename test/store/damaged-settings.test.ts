// Settings in the row of a profile that are not as they were written: named, followed by nothing that deletes, and repaired
// by one command. They are damaged through a connection of the test's own, on each database that keeps them as text.

import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/immersion-log.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { inHome } from '../cli/home.js'
import { BACKENDS, type Backend, type FreshLog, withFreshLog } from '../support/backends.js'
import { idOf, line, MINUTE_MS, START_DAY, START_MS, started } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'

const DAY_MS = 86_400_000
const DEFAULT_RETENTION = { detailMs: 7 * DAY_MS, telemetryMs: 30 * DAY_MS, dailyDays: 365, monthlyMonths: 60 }

/** What is written into the row, and what the error says about it. */
const DAMAGES: readonly (readonly [settings: string, named: string])[] = [
  ['{"dayStartsAtHour":4,', 'the settings cannot be read: {"dayStartsAtHour":4,'],
  ['', 'the settings cannot be read: '],
  ['null', 'the settings cannot be read: null'],
  ['{}', 'dayStartsAtHour is undefined'],
  ['{"dayStartsAtHour":99}', 'dayStartsAtHour is 99'],
  ['{"dayStartsAtHour":"4"}', 'dayStartsAtHour is "4"'],
  ['{"dayStartsAtHour":4,"retention":{"detailMs":-5}}', 'retention.detailMs is -5'],
  ['{"dayStartsAtHour":4,"retention":{"dailyDays":"x"}}', 'retention.dailyDays is "x"'],
  ['{"dayStartsAtHour":4,"retention":{"detailMt":1}}', 'retention.detailMt is 1'],
  ['{"dayStartsAtHour":4,"retention":7}', 'retention is 7'],
  ['{"dayStartsAtHour":4,"retentiom":{"detailMs":0}}', 'retentiom is {"detailMs":0}'],
  ['{"dayStartsAtHour":4,"retained":{"atMs":"x"}}', 'retained is {"atMs":"x"}'],
  ['{"dayStartsAtHour":5,"checksum":1}', 'the settings do not have their checksum'],
]

async function onDatabase(backend: Backend, { storage }: FreshLog, sql: string): Promise<void> {
  if (backend.provider === 'sqlite') {
    const database = new Database(String(storage.path))
    assert.is(database.prepare(sql).run().changes, 1)
    database.close()
  } else if (backend.provider !== 'memory') await ask(backend.provider, String(storage.url), sql)
}

function configOf(backend: Backend, log: FreshLog) {
  return { storage: { provider: backend.provider, ...log.storage }, tz: 'UTC', worker: { inline: true } } as const
}

async function* pages() {
  yield [started(idOf(1), 1, 'local:/a', 'ja'), line(idOf(1), 2), line(idOf(1), 3, START_MS + MINUTE_MS)]
}

for (const backend of BACKENDS.filter(({ provider }) => provider !== 'memory')) {
  const test = suite(`damaged settings: ${backend.provider}`)
  const withBackend = requires(test, ...backend.requirements)

  for (const [settings, named] of DAMAGES) {
    withBackend(`settings ${settings} are named, nothing is deleted, and the rest goes on`, () =>
      withFreshLog(backend, async (log) => {
        const first = await openImmersionTrackingStore(configOf(backend, log))
        await first.maintenance.importEvents(pages())
        await first.close()
        await onDatabase(backend, log, `update profiles set settings = '${settings}'`)

        const store = await openImmersionTrackingStore(configOf(backend, log))
        const { maintenance, analytics, diagnostics } = store
        try {
          const { lastError } = diagnostics.snapshot()
          assert.is(lastError?.code, 'STORAGE_CORRUPT')
          assert.match(lastError?.message ?? '', 'profile default')
          assert.ok(lastError?.message.includes(named), lastError?.message)
          // Detail is years old, so retention by the defaults would delete it.
          for (const work of [() => maintenance.retain(), () => maintenance.retain({ dryRun: true })]) {
            const error = await work().catch((failure: unknown) => failure)
            assert.instance(error, ImmersionError)
            assert.is((error as ImmersionError).code, 'STORAGE_CORRUPT')
            assert.ok((error as ImmersionError).message.includes(named))
          }
          // Reading goes on with the defaults, and so does recording; neither hides the damage.
          const stored = await maintenance.settings()
          assert.equal([stored.dayStartsAtHour, stored.retention], [4, DEFAULT_RETENTION])
          assert.is((await analytics.overview()).total.measures.lines, 2)
          const { days } = await analytics.daily({ fromDay: START_DAY, toDay: START_DAY + 1 })
          assert.is(days[0]?.measures.lines, 2)
          await maintenance.importEvents(
            (async function* () {
              yield [line(idOf(1), 4)]
            })(),
          )
          let exported = 0
          for await (const page of maintenance.exportEvents()) exported += page.length
          assert.is(exported, 4)
          const { damage } = await maintenance.verify()
          assert.equal(
            damage.map(({ kind, what }) => [kind, what]),
            [['head', named]],
          )
          // A change of one setting leaves the damage of the others named.
          await maintenance.configure({ dayStartsAtHour: 4 })
          assert.is((await maintenance.verify()).damageCount, 1)

          const { dayStartsAtHour, retention } = stored
          await maintenance.configure({ dayStartsAtHour, retention })
          assert.ok((await maintenance.verify()).ok)
          await maintenance.retain({ dryRun: true })
        } finally {
          await store.close()
        }
      }),
    )
  }

  withBackend('a list of projections that cannot be read is written again from the ledger when the log is opened', () =>
    withFreshLog(backend, async (log) => {
      for (const text of ['["daily@1",', '7', '']) {
        const first = await openImmersionTrackingStore(configOf(backend, log))
        await first.maintenance.importEvents(pages())
        await first.close()
        await onDatabase(backend, log, `update profiles set folded_projections = '${text}'`)
        const store = await openImmersionTrackingStore(configOf(backend, log))
        assert.is((await store.analytics.overview()).total.measures.lines, 2)
        assert.ok((await store.maintenance.verify()).ok)
        await store.close()
      }
    }),
  )

  withBackend('facts of a video that cannot be read are named, and a rebuild computes them again', () =>
    withFreshLog(backend, async (log) => {
      const store = await openImmersionTrackingStore(configOf(backend, log))
      await store.maintenance.importEvents(pages())
      await onDatabase(backend, log, "update videos set facts = '{'")
      const error = await store.analytics.videos().catch((failure: unknown) => failure)
      assert.is((error as ImmersionError).code, 'STORAGE_CORRUPT')
      assert.match((error as ImmersionError).message, 'local:/a')
      await store.maintenance.rebuild()
      assert.is((await store.analytics.videos()).videos.length, 1)
      await store.close()
    }),
  )

  test.run()
}

const test = suite('damaged settings: command')

test('doctor names a damaged setting and ends with 1; config reset repairs it and keeps the others', () => {
  return inHome((home) => {
    const db = `${home.folder}/log.sqlite`
    const run = (...args: string[]) => home.immersion(['--db', db, ...args])
    assert.is(run('config', 'set', 'detailDays', '9').status, 0)
    const database = new Database(db)
    const replaced = `update profiles set settings = replace(settings, '"dayStartsAtHour":4', '"dayStartsAtHour":44')`
    assert.is(database.prepare(replaced).run().changes, 1)
    database.close()
    const sick = run('doctor')
    assert.is(sick.status, 1)
    assert.match(sick.stdout, 'dayStartsAtHour is 44')
    assert.match(sick.stdout, 'STORAGE_CORRUPT')
    assert.match(sick.stdout, 'config reset')
    const reset = run('config', 'reset')
    assert.is(reset.status, 0, reset.stderr)
    assert.is(run('doctor').status, 0)
    assert.match(run('config', 'get', 'detailDays').stdout, '9')
    assert.match(run('config', 'get', 'dayStartsAtHour').stdout, '4')
  })
})

test.run()
