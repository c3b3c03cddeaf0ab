// Logs of schema 1, as commit 64b49f0 wrote them: the current code opens each of them, on every database, and gives the
// answers that were given then. What the fixtures hold and how they were made: test/fixtures/schema-1.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { digestsOf, exported } from '../replicate/logs.js'
import { MEMORY, SQLITE, withFreshLog } from '../support/backends.js'
import { requires } from '../support/requires.js'
import {
  allAnswers,
  analyticsAnswers,
  assertSameAnswers,
  assertSameButRevision,
  differencesOfRebuild,
  importExport,
  readSchema1Answers,
  rewrittenExport,
  SCHEMA_1_BACKENDS,
  withSchema1,
  withSchema1Engine,
} from '../support/schema-1.js'

const test = suite('logs of schema 1')

const { profiles, logs } = readSchema1Answers()
const PROJECTION = new URL('../fixtures/lines-by-weekday.js', import.meta.url)
const NO_DIFFERENCES = { rows: [], videosCorrected: 0, ledgersCorrected: 0 }

test('the fixtures hold two profiles, with sums that are negative, pruned streams and refused queries', () => {
  assert.equal(
    logs.map(({ profile }) => profile),
    profiles,
  )
  const text = JSON.stringify(logs)
  for (const part of ['"lines":-2', '"isPruned":true', '"detail":"mixed"', '"refused":"UNKNOWN_SESSION"']) {
    assert.ok(text.includes(part), part)
  }
})

test('of what schema 2 adds, only a measure idleMs of 0 is passed over', () => {
  const isSame = (actual: unknown, expected: unknown) => {
    try {
      assertSameAnswers([{ name: 'an answer', actual, expected }])
      return true
    } catch {
      return false
    }
  }
  const measures = { lines: 1 }
  const change = { lines: null }
  assert.ok(isSame({ measures: { ...measures, idleMs: 0 } }, { measures }))
  assert.ok(isSame({ change: { ...change, idleMs: null } }, { change }))
  assert.not(isSame({ measures: { ...measures, idleMs: 1 } }, { measures }))
  assert.not(isSame({ measures: { ...measures, idleMs: null } }, { measures }))
  assert.not(isSame({ change: { ...change, idleMs: 0.5 } }, { change }))
  assert.not(isSame({ measures: { ...measures, other: 0 } }, { measures }))
  assert.not(isSame({ asOfRevision: 2 }, { asOfRevision: 1 }))
  assert.not(isSame({ lines: 1, words: 2 }, { words: 2, lines: 1 }))
})

for (const backend of SCHEMA_1_BACKENDS) {
  const withBackend = requires(test, ...backend.requirements)
  const { provider } = backend

  withBackend(`${provider}: every answer is the one that was given then`, () =>
    withSchema1(backend, async (fixture) => {
      for (const log of logs) {
        await withSchema1Engine(backend, fixture, log, async (engine) => {
          assertSameAnswers(await allAnswers(engine, log))
          assert.equal(await exported(engine), await rewrittenExport(log))
          assert.equal(await engine.profiles(), profiles)
        })
      }
    }),
  )

  withBackend(`${provider}: a rebuild finds nothing to correct, and no answer changes`, () =>
    withSchema1(backend, async (fixture) => {
      for (const log of logs) {
        await withSchema1Engine(backend, fixture, log, async (engine) => {
          for (const options of [{}, { fromLog: true }]) {
            assert.equal(await differencesOfRebuild(engine, options), NO_DIFFERENCES)
          }
          assertSameButRevision(await analyticsAnswers(engine, log))
          assert.equal((await engine.verify()).damage, [])
        })
      }
    }),
  )

  for (const target of backend === SQLITE ? [SQLITE, MEMORY] : [backend]) {
    withBackend(`${provider}: its export, imported into an empty log on ${target.provider}, is the same log`, () =>
      withSchema1(backend, async (fixture) => {
        for (const log of logs) {
          const digests = await withSchema1Engine(backend, fixture, log, (engine) => digestsOf(engine))
          await withFreshLog(target, (fresh) =>
            withSchema1Engine(target, fresh, log, async (engine) => {
              assert.equal(await importExport(engine, log), [])
              assert.equal(await digestsOf(engine), digests)
              assert.equal(await exported(engine), await rewrittenExport(log))
              assert.equal((await engine.verify()).damage, [])
            }),
          )
        }
      }),
    )
  }

  withBackend(`${provider}: a store opens it and goes on in it`, () =>
    withSchema1(backend, async ({ storage }) => {
      for (const { profile, analytics } of logs) {
        const overview = analytics.find(({ query }) => query === 'overview')?.answer as { total: { measures: unknown } }
        const { sessions, lines } = overview.total.measures as { sessions: number; lines: number }
        const store = await openImmersionTrackingStore({
          storage: { provider, ...storage },
          profile,
          projections: [PROJECTION],
        })
        try {
          const session = store.tracker.startSession({ videoKey: 'local:/films/new.mkv', targetLanguage: 'ja' })
          session.line({ text: '新しい', chars: 3, words: 1 })
          session.end()
          await store.flush()
          const { measures } = (await store.analytics.overview()).total
          assert.equal([measures.sessions, measures.lines], [sessions + 1, lines + 1])
          assert.equal((await store.maintenance.verify()).damage, [])
        } finally {
          await store.close()
        }
      }
    }),
  )
}

test.run()
