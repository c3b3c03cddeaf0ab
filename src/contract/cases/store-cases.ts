// Contract cases of profiles, the condition on the head, atomicity, isolation, the lock of an update, and the closed state.

import assert from 'node:assert/strict'
import type { LogSnapshot } from '../../ports/event-log.js'
import { byBytes, type CaseLog, onLog } from './case-log.js'
import {
  assertClosed,
  committed,
  contentIn,
  eventRow,
  numbersTo,
  PROFILE,
  refused,
  refusedAll,
  SETTINGS,
  someOfEverything,
  streamRow,
  writesAfter,
} from './contract-case.js'

/** Raises the revision by one, in an update that reads the head. */
function raise(log: CaseLog): Promise<number> {
  return log.update(async (snapshot) => {
    const head = await snapshot.head()
    await new Promise((resolve) => setTimeout(resolve, 1))
    return { writes: someOfEverything(head), answer: head.revision + 1 }
  })
}

export const storeCases = onLog('Store', [], {
  async 'a profile begins empty, and is created once: its settings stay'(log) {
    const head = await log.head()
    assert.deepEqual(head, { revision: 0, position: 0, streamCount: 0, settings: SETTINGS, projections: [] })
    assert.deepEqual(await log.port.openProfile(PROFILE, { dayStartsAtHour: 0 }), head)
    assert.deepEqual(await log.port.profiles(), [PROFILE])
  },

  async 'the head is kept as it was written'(log) {
    const head = await log.head()
    const later = { ...head, revision: 1, settings: { dayStartsAtHour: 12 }, projections: ['daily@1', 'x@2'] }
    await log.write({ head: later })
    assert.deepEqual(await log.openProfile(), later)
    assert.deepEqual(await log.head(), later)
  },

  async 'profiles never see each other, whatever their names'(log) {
    const names = ['Default', 'default ', 'défaut', '学習者😀', "o'neill; --"]
    for (const name of names) await log.port.openProfile(name, { dayStartsAtHour: 1 })
    assert.deepEqual(await log.port.profiles(), [PROFILE, ...names].sort(byBytes))
    await log.fill()
    await log.unchanged(async () => {
      for (const name of names) {
        const other = await log.other(name)
        assert.equal((await other.head()).revision, 0)
        await other.fill(2)
      }
    })
    assert.equal((await log.port.stats()).profiles, 6)
  },

  async 'a profile that does not exist is refused'(log) {
    const head = await log.head()
    return refusedAll(
      'UNKNOWN_PROFILE',
      () => log.port.read('nobody', (snapshot) => snapshot.head()),
      () => log.port.commit('nobody', writesAfter(head)),
      () => log.port.update('nobody', async () => ({ writes: null, answer: 1 })),
    )
  },

  async 'a commit whose head is behind answers stale and writes nothing'(log) {
    const head = await log.head()
    await log.fill()
    const ahead = writesAfter({ ...head, revision: 7 }, { streams: [streamRow(1, { facts: 'x' })] })
    await log.unchanged(async () => {
      for (const writes of [someOfEverything(head), ahead]) assert.equal(await log.commit(writes), 'stale')
    })
  },

  async 'a commit that fails at its last event writes nothing'(log) {
    const good = someOfEverything(await log.fill())
    const broken = eventRow(good.head.position + 1, { stream: 2, version: 3, measure2: 0.5 })
    const writes = { ...good, events: [...good.events, broken], head: { ...good.head, position: broken.position } }
    await log.unchanged(() => log.refuses(writes, 'EVENT_REFUSED'))
    await log.fill()
  },

  async 'a read sees the moment at which it began, even if its first query comes after a commit'(log) {
    const first = await log.fill()
    const before = await log.content()
    await log.read(async (snapshot) => {
      await committed(log.port, someOfEverything(first))
      assert.deepEqual(await contentIn(snapshot), before)
    })
  },

  async 'concurrent reads each get their own answer'(log) {
    await log.fill()
    const before = await log.content()
    for (const content of await Promise.all([1, 2, 3, 4].map(() => log.content()))) assert.deepEqual(content, before)
  },

  async 'a snapshot cannot be used after its read'(log) {
    const kept: LogSnapshot[] = []
    await log.read(async (snapshot) => kept.push(snapshot))
    await refused(() => Promise.all(kept.map((snapshot) => snapshot.head())), 'INVALID_ARGUMENT')
  },

  async 'a read whose work fails passes the failure on, and the next one works'(log) {
    const head = await log.head()
    const failure = new Error('of the work')
    await assert.rejects(
      log.read(() => Promise.reject(failure)),
      (error) => error === failure,
    )
    assert.deepEqual(await log.head(), head)
  },

  async 'a commit waits for an update and is stale after it'(log) {
    const head = await log.head()
    const update = raise(log)
    assert.equal(await log.commit(someOfEverything(head)), 'stale')
    assert.equal(await update, 1)
  },

  async 'an update that fails, or writes nothing, changes nothing and frees the lock'(log) {
    const head = await log.head()
    await log.fill()
    await log.unchanged(async () => {
      await assert.rejects(log.update(() => Promise.reject(new Error('of the work'))))
      assert.equal(await log.update(async () => ({ writes: null, answer: 'nothing' })), 'nothing')
      const wrong = { writes: someOfEverything(head), answer: 1 }
      await refused(() => log.update(async () => wrong), 'STORAGE_FAILED')
    })
    assert.equal(await raise(log), 2)
  },

  async 'reads continue during an update, and see the state before it'(log) {
    await log.fill()
    const before = await log.content()
    await log.update(async (snapshot) => {
      assert.deepEqual(await log.content(), before)
      return { writes: someOfEverything(await snapshot.head()), answer: null }
    })
    assert.notDeepEqual(await log.content(), before)
  },

  async 'a closed log refuses every call, and closing it again does nothing'(log) {
    const head = await log.head()
    return assertClosed(
      log.port,
      () => log.port.profiles(),
      () => log.openProfile(),
      log.head,
      () => log.commit(writesAfter(head)),
      () => log.update(async () => ({ writes: null, answer: 1 })),
      () => log.port.deleteProfile(PROFILE),
      () => log.port.stats(),
    )
  },

  async 'stats say where the log is and how large'(log) {
    await log.fill()
    const stats = await log.port.stats()
    assert.equal(stats.profiles, 1)
    assert.ok(stats.schemaVersion >= 1)
    assert.ok(stats.totalBytes >= stats.freeBytes && stats.freeBytes >= 0)
    assert.ok(stats.provider !== '' && stats.location !== '')
  },
})

export const sharedLogCases = onLog('Store', ['second-opening'], {
  async 'of two writers with the same head one is stale, and can continue from the new head'(log) {
    const head = await log.head()
    return log.again(async (other) => {
      const writers = [log, other, log, other]
      const answers = await Promise.all(writers.map((each) => each.commit(someOfEverything(head))))
      assert.deepEqual(answers.sort(), ['committed', 'stale', 'stale', 'stale'])
      assert.equal((await other.openProfile()).revision, 1)
      await other.fill()
      assert.deepEqual(await log.content(), await other.content())
    })
  },

  async 'a read sees one moment, even while others commit'(log) {
    const first = await log.fill()
    const before = await log.content()
    await log.again((other) =>
      log.read(async (snapshot) => {
        assert.deepEqual(await snapshot.head(), first)
        const second = await committed(log.port, someOfEverything(first))
        await committed(other.port, someOfEverything(second))
        assert.deepEqual(await contentIn(snapshot), before)
      }),
    )
    assert.equal((await log.content()).head.revision, 3)
  },

  async 'updates work on the newest state, one after another'(log) {
    return log.again(async (other) => {
      const revisions = await Promise.all(numbersTo(20).map((turn) => raise(turn % 2 ? other : log)))
      revisions.sort((left, right) => left - right)
      assert.deepEqual(revisions, numbersTo(20))
      const { position, streamCount } = await log.openProfile()
      assert.deepEqual([position, streamCount], [40, 20])
    })
  },
})

export const reopenedCases = onLog('Store', ['reopening'], {
  async 'committed writes are present after closing and opening again'(log) {
    await log.fill(2)
    const before = await log.content()
    await log.port.close()
    await log.again(async (later) => assert.deepEqual(await later.content(), before))
  },

  async 'closing waits for a write in progress'(log) {
    const update = raise(log)
    await log.port.close()
    assert.equal(await update, 1)
    await log.again(async (later) => assert.equal((await later.openProfile()).revision, 1))
  },
})

export const readOnlyCases = onLog('Store', ['second-opening', 'read-only'], {
  async 'a log opened for reading only refuses to write'(log) {
    const first = await log.fill()
    await log.again(
      async (reader) => {
        assert.deepEqual(await reader.content(), await log.content())
        assert.deepEqual(await reader.openProfile(), first)
        await refusedAll(
          'STORAGE_READ_ONLY',
          () => reader.commit(someOfEverything(first)),
          () => reader.update(async () => ({ writes: null, answer: 1 })),
          () => reader.port.openProfile('nobody', SETTINGS),
        )
        await log.fill()
        assert.deepEqual(await reader.content(), await log.content())
      },
      { readOnly: true },
    )
  },
})
