// Contract cases of profiles, errors and the closed state, through the engine.

import assert from 'node:assert/strict'
import { assertAscending, assertClosed, refused, refusedAll } from './contract-case.js'
import {
  allRows,
  appendBoth,
  assertSound,
  exported,
  FIRST,
  MONDAY,
  onEngine,
  rowsUnchanged,
  SECOND,
  withEngine,
} from './engine-case.js'

export const sharedLogCases = onEngine('Store', ['second-opening'], {
  async 'profiles of one log never see each other'(engine, open) {
    await appendBoth(engine)
    const besideUs = () =>
      withEngine(open, { profile: '学習者 2' }, async (other) => {
        assert.deepEqual(await exported(other), [])
        // The same identities, in another profile, are other events.
        assert.equal((await other.append(FIRST.events)).position, 15)
        await other.configure({ dayStartsAtHour: 0 })
        assert.deepEqual(await other.profiles(), ['default', '学習者 2'])
      })
    await rowsUnchanged(engine, besideUs)
    assert.equal((await engine.settings()).dayStartsAtHour, 4)
  },

  async 'rebuild, verify, settings and every query concern one profile'(engine, open) {
    await appendBoth(engine)
    const ours = await allRows(engine)
    const { asOfRevision } = await engine.verify()
    await withEngine(open, { profile: 'other' }, async (other) => {
      assert.deepEqual(await engine.profiles(), ['default', 'other'])
      // The same stream with other content is no conflict there, and counts there alone.
      const shorter = FIRST.events.slice(0, 5)
      await other.append(shorter)
      await other.configure({ dayStartsAtHour: 0 })
      await assertSound(other)
      await assertSound(engine)
      const theirs = await other.verify()
      assert.deepEqual([theirs.events, theirs.streams, theirs.ledgerEntries], [5, 1, 1])
      assert.equal((await engine.verify()).events, 20)
      const rebuilt = await other.rebuild({ fromLog: true })
      assert.deepEqual([rebuilt.streams, rebuilt.ledgerEntries], [1, 1])
      const { total } = await other.analyze('overview', { today: MONDAY })
      assert.deepEqual([total.measures.lines, total.measures.chars, total.measures.cards], [2, 24, 0])
      assert.equal((await other.analyze('videos')).videos.length, 1)
      assert.deepEqual(await exported(other), shorter)
    })
    assert.deepEqual(await allRows(engine), ours)
    assert.equal((await engine.settings()).dayStartsAtHour, 4)
    // A rebuild that finds nothing to change writes nothing, and a rebuild of the other profile does not write here.
    assert.equal((await engine.verify()).asOfRevision, asOfRevision)
  },
})

export const sharedDeletionCases = onEngine('Store', ['second-opening', 'profile-deletion'], {
  async 'an engine deletes another profile, and refuses to delete its own'(engine, open) {
    await appendBoth(engine)
    await withEngine(open, { profile: 'other' }, appendBoth)
    await rowsUnchanged(engine, async () => {
      await refused(() => engine.deleteProfile('default'), 'INVALID_ARGUMENT')
      const deleted: boolean[] = []
      for (const name of ['nobody', 'other', 'other']) deleted.push(await engine.deleteProfile(name))
      assert.deepEqual([deleted, await engine.profiles()], [[false, true, false], ['default']])
    })
    await assertSound(engine)
    await withEngine(open, { profile: 'other' }, async (again) => {
      assert.deepEqual(await exported(again), [])
      assert.equal((await again.append(FIRST.events)).appended, 15)
      await assertSound(again)
    })
  },

  async 'a profile deleted under an open engine is unknown to it'(engine, open) {
    await appendBoth(engine)
    await withEngine(open, { profile: 'other' }, async (other) => {
      await other.append(FIRST.events)
      assert.equal(await engine.deleteProfile('other'), true)
      await refused(() => other.append(SECOND.events), 'UNKNOWN_PROFILE')
      await refused(() => other.analyze('overview'), 'UNKNOWN_PROFILE')
      assert.deepEqual(await engine.profiles(), ['default'])
    })
  },
})

export const reopenedCases = onEngine('Store', ['reopening'], {
  async 'appended events are present when the log is opened again'(engine, open) {
    await appendBoth(engine)
    const [rows, events] = [await allRows(engine), await exported(engine)]
    await engine.close()
    await withEngine(open, {}, async (again) => {
      assert.deepEqual(await allRows(again), rows)
      assert.deepEqual(await exported(again), events)
      assert.equal((await again.append(FIRST.events)).present, 15)
    })
  },
})

export const storeCases = onEngine('Store', [], {
  async 'invalid calls are refused with a code, and the details name the argument'(engine) {
    await engine.append(FIRST.events)
    const limit = await refused(() => engine.analyze('sessions', { limit: 0 }), 'INVALID_ARGUMENT')
    assert.equal(limit.details.argument, 'limit')
    await refusedAll(
      'INVALID_ARGUMENT',
      () => engine.analyze('sessions', { cursor: 'not a cursor' }),
      () => engine.configure({ dayStartsAtHour: 13 }),
      () => engine.analyze('session', 'none'),
    )
    await refused(() => engine.analyze('rows', { projection: 'none@1' }), 'UNKNOWN_PROJECTION')
    await refused(() => engine.rebuild({ projection: 'none' }), 'UNKNOWN_PROJECTION')
    const unknown = await refused(() => engine.analyze('session', SECOND.sessionId), 'UNKNOWN_SESSION')
    assert.notEqual(unknown.message, '')
    assert.equal((await engine.analyze('session', FIRST.sessionId)).eventsHeld, 15)
  },

  async 'stats and verify count profiles, events, streams and ledger entries'(engine) {
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
  },

  async 'a closed engine refuses every call, and closing it again does nothing'(engine) {
    await engine.append(FIRST.events)
    await assertClosed(
      engine,
      () => engine.append(FIRST.events),
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
    )
  },
})
