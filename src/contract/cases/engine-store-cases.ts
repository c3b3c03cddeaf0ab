// Contract cases of profiles, errors and the closed state, through the engine.

import assert from 'node:assert/strict'
import { assertAscending, refused } from './contract-case.js'
import {
  allRows,
  appendBoth,
  assertSound,
  type EngineCase,
  exported,
  FIRST_DAY,
  FIRST_ID,
  firstSession,
  onEngine,
  SECOND_ID,
  secondSession,
  withEngine,
} from './engine-case.js'

const storeCase = onEngine('Store')
const reopenedCase = onEngine('Store', 'reopening')
const sharedLogCase = onEngine('Store', 'second-opening')
const sharedDeletionCase = onEngine('Store', 'second-opening', 'profile-deletion')

export const engineStoreCases: readonly EngineCase[] = [
  sharedLogCase('profiles of one log never see each other', async (engine, open) => {
    await appendBoth(engine)
    const ours = await allRows(engine)
    await withEngine(open, { profile: '学習者 2' }, async (other) => {
      assert.deepEqual(await exported(other), [])
      // The same identities, in another profile, are other events.
      assert.equal((await other.append(firstSession())).position, 15)
      await other.configure({ dayStartsAtHour: 0 })
      assert.deepEqual(await other.profiles(), ['default', '学習者 2'])
    })
    assert.deepEqual(await allRows(engine), ours)
    assert.equal((await engine.settings()).dayStartsAtHour, 4)
  }),

  sharedLogCase('rebuild, verify, settings and every query concern one profile', async (engine, open) => {
    await appendBoth(engine)
    const ours = await allRows(engine)
    const { asOfRevision } = await engine.verify()
    await withEngine(open, { profile: 'other' }, async (other) => {
      assert.deepEqual(await engine.profiles(), ['default', 'other'])
      // The same stream with other content is no conflict there, and counts there alone.
      const [started, ...said] = firstSession()
      const shorter = [started, ...said.slice(0, 4)].filter((event) => event !== undefined)
      await other.append(shorter)
      await other.configure({ dayStartsAtHour: 0 })
      await assertSound(other)
      await assertSound(engine)
      const theirs = await other.verify()
      assert.deepEqual([theirs.events, theirs.streams, theirs.ledgerEntries], [5, 1, 1])
      assert.deepEqual((await engine.verify()).events, 20)
      const rebuilt = await other.rebuild({ fromLog: true })
      assert.deepEqual([rebuilt.streams, rebuilt.ledgerEntries], [1, 1])
      const { total } = await other.analyze('overview', { today: FIRST_DAY })
      assert.deepEqual([total.measures.lines, total.measures.chars, total.measures.cards], [2, 24, 0])
      assert.deepEqual((await other.analyze('videos')).videos.length, 1)
      assert.deepEqual(await exported(other), shorter)
    })
    assert.deepEqual(await allRows(engine), ours)
    assert.equal((await engine.settings()).dayStartsAtHour, 4)
    // A rebuild that finds nothing to change writes nothing, and a rebuild of the other profile does not write here.
    assert.equal((await engine.verify()).asOfRevision, asOfRevision)
  }),

  sharedDeletionCase('an engine deletes another profile, and refuses to delete its own', async (engine, open) => {
    await appendBoth(engine)
    const ours = await allRows(engine)
    await withEngine(open, { profile: 'other' }, appendBoth)
    await refused(() => engine.deleteProfile('default'), 'INVALID_ARGUMENT')
    assert.equal(await engine.deleteProfile('nobody'), false)
    assert.equal(await engine.deleteProfile('other'), true)
    assert.equal(await engine.deleteProfile('other'), false)
    assert.deepEqual(await engine.profiles(), ['default'])
    assert.deepEqual(await allRows(engine), ours)
    await assertSound(engine)
    await withEngine(open, { profile: 'other' }, async (again) => {
      assert.deepEqual(await exported(again), [])
      assert.equal((await again.append(firstSession())).appended, 15)
      await assertSound(again)
    })
  }),

  sharedDeletionCase('a profile deleted under an open engine is unknown to it', async (engine, open) => {
    await appendBoth(engine)
    await withEngine(open, { profile: 'other' }, async (other) => {
      await other.append(firstSession())
      assert.equal(await engine.deleteProfile('other'), true)
      await refused(() => other.append(secondSession()), 'INVALID_ARGUMENT')
      await refused(() => other.analyze('overview'), 'INVALID_ARGUMENT')
      assert.deepEqual(await engine.profiles(), ['default'])
    })
  }),

  reopenedCase('appended events are present when the log is opened again', async (engine, open) => {
    await appendBoth(engine)
    const [rows, events] = [await allRows(engine), await exported(engine)]
    await engine.close()
    await withEngine(open, {}, async (again) => {
      assert.deepEqual(await allRows(again), rows)
      assert.deepEqual(await exported(again), events)
      assert.equal((await again.append(firstSession())).present, 15)
    })
  }),

  storeCase('invalid calls are refused with a code, and the details name the argument', async (engine) => {
    await engine.append(firstSession())
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

  storeCase('stats and verify count profiles, events, streams and ledger entries', async (engine) => {
    await appendBoth(engine)
    const stats = await engine.stats()
    assert.equal(stats.profiles, 1)
    const seen: number[] = []
    const report = await engine.verify({
      onProgress({ done, total }) {
        assert.ok(done <= total)
        seen.push(done)
      },
    })
    // The first session lies in one quarter hour. The second has a heartbeat half an hour after its start.
    assert.deepEqual([report.events, report.streams, report.ledgerEntries], [20, 2, 3])
    assertAscending(seen)
  }),

  storeCase('a closed engine refuses every call, and closing it again does nothing', async (engine) => {
    await engine.append(firstSession())
    await Promise.all([engine.close(), engine.close()])
    await engine.close()
    const calls = [
      () => engine.append(firstSession()),
      () => engine.analyze('sessions'),
      () => engine.events({ after: 0, limit: 1 }),
      () => engine.rebuild({}),
      () => engine.verify(),
      () => engine.settings(),
      () => engine.configure({ dayStartsAtHour: 3 }),
      () => engine.stats(),
      () => engine.profiles(),
      () => engine.deleteProfile('other'),
      () => exported(engine),
    ]
    for (const call of calls) await refused(call, 'STORE_CLOSED')
  }),
]
