// Contract cases of the engine as a whole: profiles, what an error says, the closed state, and the numbers that every
// backend has to keep.

import assert from 'node:assert/strict'
import { BACKEND_DEFAULTS } from '../../src/ports/defaults.js'
import { refused } from './contract-case.js'
import {
  allRows,
  appendBoth,
  type EngineCase,
  exported,
  FIRST_ID,
  firstSitting,
  onEngine,
  onSharedLog,
  SECOND_ID,
  withEngine,
} from './engine-case.js'

const DAY_MS = 24 * 60 * 60 * 1000

export const engineStoreCases: readonly EngineCase[] = [
  onEngine('Store', 'the numbers of the backend contract are what they are', async () => {
    assert.equal(BACKEND_DEFAULTS.batchMaxEvents, 25)
    assert.equal(BACKEND_DEFAULTS.flushIntervalMs, 500)
    assert.equal(BACKEND_DEFAULTS.queueMaxEvents, 1000)
    assert.equal(BACKEND_DEFAULTS.payloadMaxBytes, 256)
    assert.equal(BACKEND_DEFAULTS.overflowPolicy, 'summarize')
    assert.equal(BACKEND_DEFAULTS.dayStartsAtHour, 4)
    assert.equal(BACKEND_DEFAULTS.retention.detailMs, 7 * DAY_MS)
    assert.equal(BACKEND_DEFAULTS.retention.telemetryMs, 30 * DAY_MS)
    assert.equal(BACKEND_DEFAULTS.retention.dailyDays, 365)
    assert.equal(BACKEND_DEFAULTS.retention.monthlyMonths, 5 * 12)
    assert.equal(BACKEND_DEFAULTS.retention.runEveryMs, DAY_MS)
    assert.equal(BACKEND_DEFAULTS.retention.vacuumEveryMs, 7 * DAY_MS)
  }),

  onSharedLog('Store', 'profiles of one log never see each other', async (engine, open) => {
    await appendBoth(engine)
    const ours = await allRows(engine)
    await withEngine(open, { profile: '学習者 2' }, async (other) => {
      assert.deepEqual(await exported(other), [])
      // The same identities, in another profile, are other events.
      assert.equal((await other.append(firstSitting())).position, 15)
      await other.configure({ dayStartsAtHour: 0 })
      assert.deepEqual(await other.profiles(), ['default', '学習者 2'])
    })
    assert.deepEqual(await allRows(engine), ours)
    assert.deepEqual(await engine.settings(), { dayStartsAtHour: 4 })
  }),

  onSharedLog('Store', 'what was appended is there when the log is opened again', async (engine, open) => {
    await appendBoth(engine)
    const [rows, events] = [await allRows(engine), await exported(engine)]
    await engine.close()
    await withEngine(open, {}, async (again) => {
      assert.deepEqual(await allRows(again), rows)
      assert.deepEqual(await exported(again), events)
      assert.equal((await again.append(firstSitting())).present, 15)
    })
  }),

  onEngine('Store', 'what is not allowed is refused by code, with what was wrong', async (engine) => {
    await engine.append(firstSitting())
    const limit = await refused(() => engine.analyze('sessions', { limit: 0 }), 'INVALID_ARGUMENT')
    assert.equal(limit.details.argument, 'limit')
    await refused(() => engine.analyze('sessions', { cursor: 'not a cursor' }), 'INVALID_ARGUMENT')
    await refused(() => engine.analyze('rows', { projection: 'none@1' }), 'UNKNOWN_PROJECTION')
    await refused(() => engine.rebuild({ projection: 'none' }), 'UNKNOWN_PROJECTION')
    await refused(() => engine.configure({ dayStartsAtHour: 13 }), 'INVALID_ARGUMENT')
    const unknown = await refused(() => engine.analyze('session', SECOND_ID), 'UNKNOWN_SESSION')
    await refused(() => engine.analyze('session', 'none'), 'INVALID_ARGUMENT')
    assert.notEqual(unknown.message, '')
    assert.equal((await engine.analyze('session', FIRST_ID)).eventsHeld, 15)
  }),

  onEngine('Store', 'stats and verify say how much there is', async (engine) => {
    await appendBoth(engine)
    const stats = await engine.stats()
    assert.equal(stats.profiles, 1)
    const seen: number[] = []
    const report = await engine.verify(({ done, total }) => {
      assert.ok(done <= total)
      seen.push(done)
    })
    // The first sitting stays in one quarter hour; the second has a heartbeat half an hour later.
    assert.deepEqual([report.events, report.streams, report.ledgerEntries], [20, 2, 3])
    assert.deepEqual(
      seen,
      [...seen].sort((left, right) => left - right),
    )
  }),

  onEngine('Store', 'a closed engine refuses every call, and closing again is nothing', async (engine) => {
    await engine.append(firstSitting())
    await Promise.all([engine.close(), engine.close()])
    await engine.close()
    const calls = [
      () => engine.append(firstSitting()),
      () => engine.analyze('sessions'),
      () => engine.events({ after: 0, limit: 1 }),
      () => engine.rebuild({}),
      () => engine.verify(),
      () => engine.settings(),
      () => engine.configure({ dayStartsAtHour: 3 }),
      () => engine.stats(),
      () => engine.profiles(),
      () => exported(engine),
    ]
    for (const call of calls) await refused(call, 'STORE_CLOSED')
  }),
]
