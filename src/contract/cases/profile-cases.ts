// Contract cases of profiles: each is a separate log, even where two hold the same streams, and a deleted profile is gone for
// every program.

import assert from 'node:assert/strict'
import type { EventLog, LogSnapshot } from '../../ports/event-log.js'
import {
  committed,
  contentOf,
  DAILY,
  onLog,
  type PortCase,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamId,
  TABLES,
  withLog,
  writesAfter,
} from './contract-case.js'

const OTHER = 'other'

/** Creates the profile where it does not exist, and commits rows of every table to it, `times` times. */
async function filled(log: EventLog, profile: string, times = 1): Promise<void> {
  let head = await log.openProfile(profile, SETTINGS)
  for (let time = 0; time < times; time++) head = await committed(log, someOfEverything(head), profile)
}

/** The answers of every query by a value that two profiles share: stream numbers and ids, video keys, positions, days. */
async function queriedEveryWay(snapshot: LogSnapshot): Promise<unknown> {
  return {
    byId: await snapshot.streams({ streamIds: [streamId(1), streamId(2)] }),
    byNumber: await snapshot.streams({ streams: [1, 2] }),
    byVideo: await snapshot.streams({ videoKey: 'local:/1.mkv' }),
    events: await snapshot.events({ after: 0, limit: 100 }),
    eventsOfStream: await snapshot.events({ after: 0, through: 50, stream: 1, limit: 100 }),
    ledger: await snapshot.ledger({ streams: [1, 2] }),
    video: await snapshot.videos({ videoKeys: ['local:/a.mkv'] }),
    days: await snapshot.rows({ projection: 'daily@1', equals: { videoKey: 'local:/a.mkv' }, groupBy: ['localDay'] }),
    range: await snapshot.rows({ projection: 'daily@1', range: { column: 'localDay', from: 0 } }),
    total: await snapshot.rows({ projection: 'daily@1', groupBy: [] }),
    sessions: await snapshot.rows({ projection: 'sessions@1', equals: { sessionId: streamId(1) } }),
  }
}

const storeCase = onLog('Store')
const pruningCase = onLog('Store', 'pruning')
const deletionCase = onLog('Store', 'profile-deletion')
const sharedDeletionCase = onLog('Store', 'second-opening', 'profile-deletion')
const readOnlyDeletionCase = onLog('Store', 'second-opening', 'read-only', 'profile-deletion')

export const profileCases: readonly PortCase[] = [
  storeCase('the same streams, videos and days in two profiles never meet in any query', async (log) => {
    await filled(log, PROFILE)
    const alone = await log.read(PROFILE, queriedEveryWay)
    await filled(log, OTHER, 2)
    assert.deepEqual(await log.read(PROFILE, queriedEveryWay), alone)
    const theirs = (await log.read(OTHER, queriedEveryWay)) as { byId: unknown[]; total: { measures: number[] }[] }
    assert.equal(theirs.byId.length, 2)
    // Two lines each time, worked out by hand: index 4 is lines.
    assert.equal(theirs.total[0]?.measures[4], 4)
  }),

  pruningCase('removing positions, videos and sums in one profile does not change the other', async (log, head) => {
    await filled(log, OTHER)
    const theirs = await contentOf(log, OTHER)
    const first = await committed(log, someOfEverything(head))
    const { ledger, rows } = someOfEverything(head)
    const minus = <Row extends { readonly measures: readonly number[] }>(row: Row): Row => ({
      ...row,
      measures: row.measures.map((measure) => 0 - measure),
    })
    await committed(
      log,
      writesAfter(first, {
        removedPositions: [[1, 2]],
        removedVideoKeys: ['local:/a.mkv'],
        ledger: ledger.map(minus),
        rows: rows.map((some) => ({ ...some, rows: some.rows.map(minus) })),
      }),
    )
    assert.deepEqual(await contentOf(log, OTHER), theirs)
    const { events, videos, daily } = (await contentOf(log)) as Record<string, unknown[]>
    assert.deepEqual([events, videos, daily], [[], [], []])
  }),

  deletionCase('a deleted profile leaves nothing behind, and the others stay', async (log, head) => {
    await committed(log, someOfEverything(head))
    await filled(log, OTHER, 2)
    const ours = await contentOf(log)
    assert.equal(await log.deleteProfile(OTHER), true)
    assert.deepEqual(await log.profiles(), [PROFILE])
    assert.equal((await log.stats()).profiles, 1)
    assert.deepEqual(await contentOf(log), ours)
    await refused(() => contentOf(log, OTHER), 'INVALID_ARGUMENT')
    assert.equal(await log.deleteProfile(OTHER), false)
    assert.equal(await log.deleteProfile('nobody'), false)
    await committed(log, someOfEverything({ ...head, revision: 1, position: 2, streamCount: 1 }))
  }),

  deletionCase(
    'after every profile was deleted there is none, and the next one created is empty',
    async (log, head) => {
      await committed(log, someOfEverything(head))
      assert.equal(await log.deleteProfile(PROFILE), true)
      assert.deepEqual(await log.profiles(), [])
      assert.equal((await log.stats()).profiles, 0)
      const again = await log.openProfile(PROFILE, { dayStartsAtHour: 7 })
      assert.deepEqual(again, { ...head, settings: { dayStartsAtHour: 7 } })
      const { head: now, ...content } = (await contentOf(log)) as Record<string, unknown>
      assert.deepEqual(now, again)
      for (const rows of Object.values(content)) assert.deepEqual(rows, [])
      await committed(log, someOfEverything(again))
    },
  ),

  sharedDeletionCase(
    'deleting a profile deletes its rows of projections that this opening does not know',
    async (log, head, open) => {
      await committed(log, someOfEverything(head))
      await withLog(open, async (other) => void (await other.deleteProfile(PROFILE)), { tables: [DAILY] })
      await withLog(open, async (other) => {
        await other.openProfile(PROFILE, SETTINGS)
        assert.deepEqual(await other.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'sessions@1' })), [])
      })
    },
  ),

  sharedDeletionCase(
    'an opening of a profile that was deleted and created again is refused, even where its head would match',
    async (log, head, open) => {
      const first = await committed(log, someOfEverything(head))
      await withLog(open, async (other) => {
        assert.equal(await other.deleteProfile(PROFILE), true)
        await refused(() => log.commit(PROFILE, someOfEverything(first)), 'INVALID_ARGUMENT')
        await filled(other, PROFILE)
        const before = await contentOf(other)
        await refused(() => log.commit(PROFILE, someOfEverything(first)), 'INVALID_ARGUMENT')
        await refused(() => contentOf(log), 'INVALID_ARGUMENT')
        const update = () => log.update(PROFILE, async () => ({ writes: someOfEverything(first), answer: 1 }))
        await refused(update, 'INVALID_ARGUMENT')
        assert.deepEqual(await contentOf(other), before)
        // After opening it again, the new profile is used.
        await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
      })
    },
  ),

  sharedDeletionCase('deleting waits for an update in progress', async (log, _head, open) => {
    await withLog(open, async (other) => {
      const order: string[] = []
      let deleting: Promise<unknown> = Promise.resolve()
      await log.update(PROFILE, async (snapshot) => {
        deleting = other.deleteProfile(PROFILE).then((deleted) => order.push(`deleted: ${deleted}`))
        const writes = someOfEverything(await snapshot.head())
        await new Promise((resolve) => setTimeout(resolve, 20))
        order.push('worked')
        return { writes, answer: null }
      })
      await deleting
      assert.deepEqual(order, ['worked', 'deleted: true'])
      assert.deepEqual(await other.profiles(), [])
    })
  }),

  readOnlyDeletionCase('a log opened for reading only deletes nothing', async (log, head, open) => {
    await committed(log, someOfEverything(head))
    const readOnly = { tables: TABLES, readOnly: true }
    await withLog(open, (reader) => refused(() => reader.deleteProfile(PROFILE), 'STORAGE_READ_ONLY'), readOnly)
    assert.deepEqual(await log.profiles(), [PROFILE])
  }),
]
