// Contract cases of profiles, the condition on the head, atomicity, isolation, the lock of an update, and the closed state.

import assert from 'node:assert/strict'
import type { EventLog, Head, LogSnapshot } from '../../ports/event-log.js'
import {
  committed,
  contentIn,
  contentOf,
  eventRow,
  numbersTo,
  onLog,
  type PortCase,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamRow,
  TABLES,
  withLog,
  writesAfter,
} from './contract-case.js'

/** Raises the revision by one, in an update that reads the head. */
function raise(log: EventLog): Promise<number> {
  return log.update(PROFILE, async (snapshot) => {
    const head = await snapshot.head()
    await new Promise((resolve) => setTimeout(resolve, 1))
    return { writes: someOfEverything(head), answer: head.revision + 1 }
  })
}

const storeCase = onLog('Store')
const reopenedCase = onLog('Store', 'reopening')
const sharedLogCase = onLog('Store', 'second-opening')
const readOnlyCase = onLog('Store', 'second-opening', 'read-only')

export const storeCases: readonly PortCase[] = [
  storeCase('a profile begins empty, and is created once: its settings stay', async (log, head) => {
    assert.deepEqual(head, { revision: 0, position: 0, streamCount: 0, settings: SETTINGS, projections: [] })
    assert.deepEqual(await log.openProfile(PROFILE, { dayStartsAtHour: 0 }), head)
    assert.deepEqual(await log.profiles(), [PROFILE])
  }),

  storeCase('the head is kept as it was written', async (log, head) => {
    const later = {
      revision: 1,
      position: 0,
      streamCount: 0,
      settings: { dayStartsAtHour: 12 },
      projections: ['daily@1', 'x@2'],
    }
    await committed(log, writesAfter(head, { head: later }))
    assert.deepEqual(await log.openProfile(PROFILE, SETTINGS), later)
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.head()), later)
  }),

  storeCase('profiles never see each other, whatever their names', async (log, head) => {
    const names = ['Default', 'default ', 'défaut', '学習者😀', "o'neill; --"]
    for (const name of names) await log.openProfile(name, { dayStartsAtHour: 1 })
    const expected = [PROFILE, ...names].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
    assert.deepEqual(await log.profiles(), expected)
    await committed(log, someOfEverything(head))
    const ours = await contentOf(log)
    for (const name of names) {
      const theirs = await log.openProfile(name, SETTINGS)
      assert.equal(theirs.revision, 0)
      const next = await committed(log, someOfEverything(theirs), name)
      await committed(log, someOfEverything(next), name)
    }
    assert.deepEqual(await contentOf(log), ours)
    assert.equal((await log.stats()).profiles, 6)
  }),

  storeCase('a profile that does not exist is refused', async (log, head) => {
    await refused(() => log.read('nobody', (snapshot) => snapshot.head()), 'INVALID_ARGUMENT')
    await refused(() => log.commit('nobody', writesAfter(head)), 'INVALID_ARGUMENT')
    await refused(() => log.update('nobody', async () => ({ writes: null, answer: 1 })), 'INVALID_ARGUMENT')
  }),

  storeCase('a commit whose head is behind answers stale and writes nothing', async (log, head) => {
    await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    assert.equal(await log.commit(PROFILE, someOfEverything(head)), 'stale')
    const ahead = { ...head, revision: 7 }
    assert.equal(await log.commit(PROFILE, writesAfter(ahead, { streams: [streamRow(1, { facts: 'x' })] })), 'stale')
    assert.deepEqual(await contentOf(log), before)
  }),

  sharedLogCase(
    'of two writers with the same head one is stale, and can continue from the new head',
    async (log, head, open) => {
      await withLog(open, async (other) => {
        const answers = await Promise.all(
          [log, other, log, other].map((each) => each.commit(PROFILE, someOfEverything(head))),
        )
        assert.deepEqual([...answers].sort(), ['committed', 'stale', 'stale', 'stale'])
        const now = await other.openProfile(PROFILE, SETTINGS)
        assert.equal(now.revision, 1)
        await committed(other, someOfEverything(now))
        assert.deepEqual(await contentOf(log), await contentOf(other))
      })
    },
  ),

  storeCase('a commit that fails at its last event writes nothing', async (log, head) => {
    const first = await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    const good = someOfEverything(first)
    const broken = eventRow(good.head.position + 1, { stream: 2, version: 3, measure2: 0.5 })
    const writes = { ...good, events: [...good.events, broken], head: { ...good.head, position: broken.position } }
    await refused(() => log.commit(PROFILE, writes), 'EVENT_REFUSED')
    await refused(() => log.update(PROFILE, async () => ({ writes, answer: 1 })), 'EVENT_REFUSED')
    assert.deepEqual(await contentOf(log), before)
    await committed(log, good)
  }),

  sharedLogCase('a read sees one moment, even while others commit', async (log, head, open) => {
    const first = await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    await withLog(open, async (other) => {
      await log.read(PROFILE, async (snapshot) => {
        assert.deepEqual(await snapshot.head(), first)
        const second = await committed(log, someOfEverything(first))
        await committed(other, someOfEverything(second))
        assert.deepEqual(await contentIn(snapshot), before)
      })
    })
    const { head: now } = (await contentOf(log)) as { head: Head }
    assert.equal(now.revision, 3)
  }),

  storeCase(
    'a read sees the moment at which it began, even if its first query comes after a commit',
    async (log, head) => {
      const first = await committed(log, someOfEverything(head))
      const before = await contentOf(log)
      await log.read(PROFILE, async (snapshot) => {
        await committed(log, someOfEverything(first))
        assert.deepEqual(await contentIn(snapshot), before)
      })
    },
  ),

  storeCase('concurrent reads each get their own answer', async (log, head) => {
    await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    for (const content of await Promise.all([1, 2, 3, 4].map(() => contentOf(log)))) assert.deepEqual(content, before)
  }),

  storeCase('a snapshot cannot be used after its read', async (log) => {
    let kept: LogSnapshot | undefined
    await log.read(PROFILE, async (snapshot) => {
      kept = snapshot
    })
    await refused(() => (kept as LogSnapshot).head(), 'INVALID_ARGUMENT')
  }),

  storeCase('a read whose work fails passes the failure on, and the next one works', async (log, head) => {
    const failure = new Error('of the work')
    await assert.rejects(
      log.read(PROFILE, () => Promise.reject(failure)),
      (error) => error === failure,
    )
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.head()), head)
  }),

  sharedLogCase('updates work on the newest state, one after another', async (log, _head, open) => {
    await withLog(open, async (other) => {
      const revisions = await Promise.all(Array.from({ length: 20 }, (_, index) => raise(index % 2 ? log : other)))
      revisions.sort((left, right) => left - right)
      assert.deepEqual(revisions, numbersTo(20))
      const { position, streamCount } = await log.openProfile(PROFILE, SETTINGS)
      assert.deepEqual([position, streamCount], [40, 20])
    })
  }),

  storeCase('a commit waits for an update and is stale after it', async (log, head) => {
    const update = raise(log)
    assert.equal(await log.commit(PROFILE, someOfEverything(head)), 'stale')
    assert.equal(await update, 1)
  }),

  storeCase('an update that fails, or writes nothing, changes nothing and frees the lock', async (log, head) => {
    await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    const failure = new Error('of the work')
    await assert.rejects(log.update(PROFILE, () => Promise.reject(failure)))
    assert.equal(await log.update(PROFILE, async () => ({ writes: null, answer: 'nothing' })), 'nothing')
    const wrong = { writes: someOfEverything(head), answer: 1 }
    await refused(() => log.update(PROFILE, async () => wrong), 'STORAGE_FAILED')
    assert.deepEqual(await contentOf(log), before)
    assert.equal(await raise(log), 2)
  }),

  storeCase('reads continue during an update, and see the state before it', async (log, head) => {
    await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    await log.update(PROFILE, async (snapshot) => {
      assert.deepEqual(await contentOf(log), before)
      return { writes: someOfEverything(await snapshot.head()), answer: null }
    })
    assert.notDeepEqual(await contentOf(log), before)
  }),

  reopenedCase('committed writes are present after closing and opening again', async (log, head, open) => {
    const first = await committed(log, someOfEverything(head))
    await committed(log, someOfEverything(first))
    const before = await contentOf(log)
    await log.close()
    await withLog(open, async (again) => assert.deepEqual(await contentOf(again), before))
  }),

  readOnlyCase('a log opened for reading only refuses to write', async (log, head, open) => {
    const first = await committed(log, someOfEverything(head))
    await withLog(
      open,
      async (reader) => {
        assert.deepEqual(await contentOf(reader), await contentOf(log))
        assert.deepEqual(await reader.openProfile(PROFILE, SETTINGS), first)
        await refused(() => reader.commit(PROFILE, someOfEverything(first)), 'STORAGE_READ_ONLY')
        const update = () => reader.update(PROFILE, async () => ({ writes: null, answer: 1 }))
        await refused(update, 'STORAGE_READ_ONLY')
        await refused(() => reader.openProfile('nobody', SETTINGS), 'STORAGE_READ_ONLY')
        await committed(log, someOfEverything(first))
        assert.deepEqual(await contentOf(reader), await contentOf(log))
      },
      { tables: TABLES, readOnly: true },
    )
  }),

  storeCase('a closed log refuses every call, and closing it again does nothing', async (log, head) => {
    await Promise.all([log.close(), log.close()])
    await log.close()
    const calls = [
      () => log.profiles(),
      () => log.openProfile(PROFILE, SETTINGS),
      () => log.read(PROFILE, (snapshot) => snapshot.head()),
      () => log.commit(PROFILE, writesAfter(head)),
      () => log.update(PROFILE, async () => ({ writes: null, answer: 1 })),
      () => log.deleteProfile(PROFILE),
      () => log.stats(),
    ]
    for (const call of calls) await refused(call, 'STORE_CLOSED')
  }),

  reopenedCase('closing waits for a write in progress', async (log, _head, open) => {
    const update = raise(log)
    await log.close()
    assert.equal(await update, 1)
    await withLog(open, async (again) => assert.equal((await again.openProfile(PROFILE, SETTINGS)).revision, 1))
  }),

  storeCase('stats say where the log is and how large', async (log, head) => {
    await committed(log, someOfEverything(head))
    const stats = await log.stats()
    assert.equal(stats.profiles, 1)
    assert.ok(stats.schemaVersion >= 1)
    assert.ok(stats.totalBytes >= stats.freeBytes && stats.freeBytes >= 0)
    assert.ok(stats.provider !== '' && stats.location !== '')
  }),
]
