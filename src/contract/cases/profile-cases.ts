// Contract cases of profiles: each is a separate log, even where two hold the same streams, and a deleted profile is gone for
// every program.

import assert from 'node:assert/strict'
import { MEASURE_INDEX } from '../../events/measures.js'
import type { LogSnapshot } from '../../ports/event-log.js'
import { type CaseLog, onLog } from './case-log.js'
import { DAILY, PROFILE, refused, someOfEverything, streamId } from './contract-case.js'

const OTHER = 'other'

/** The answers of every query by a value that two profiles share: stream numbers and ids, video keys, positions, days. */
async function queriedEveryWay(snapshot: LogSnapshot) {
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

export const profileCases = onLog('Store', [], {
  async 'the same streams, videos and days in two profiles never meet in any query'(log) {
    await log.fill()
    const alone = await log.read(queriedEveryWay)
    const other = await log.other(OTHER)
    await other.fill(2)
    assert.deepEqual(await log.read(queriedEveryWay), alone)
    const { byId, total } = await other.read(queriedEveryWay)
    assert.equal(byId.length, 2)
    // Two lines each time, worked out by hand.
    assert.equal(total[0]?.measures[MEASURE_INDEX.lines], 4)
  },
})

export const pruningCases = onLog('Store', ['pruning'], {
  async 'removing positions, videos and sums in one profile does not change the other'(log) {
    const other = await log.other(OTHER)
    await other.fill()
    const { ledger, rows } = someOfEverything(await log.head())
    const minus = <Row extends { readonly measures: readonly number[] }>(row: Row): Row => ({
      ...row,
      measures: row.measures.map((measure) => 0 - measure),
    })
    await other.unchanged(async () => {
      await log.fill()
      await log.write({
        removedPositions: [[1, 2]],
        removedVideoKeys: ['local:/a.mkv'],
        ledger: ledger.map(minus),
        rows: rows.map((some) => ({ ...some, rows: some.rows.map(minus) })),
      })
    })
    const { events, videos, daily } = await log.content()
    assert.deepEqual([events, videos, daily], [[], [], []])
  },
})

export const deletionCases = onLog('Store', ['profile-deletion'], {
  async 'a deleted profile leaves nothing behind, and the others stay'(log) {
    await log.fill()
    const other = await log.other(OTHER)
    await other.fill(2)
    await log.unchanged(async () => {
      assert.equal(await log.port.deleteProfile(OTHER), true)
      assert.deepEqual(await log.port.profiles(), [PROFILE])
      assert.equal((await log.port.stats()).profiles, 1)
    })
    await refused(other.content, 'UNKNOWN_PROFILE')
    for (const name of [OTHER, 'nobody']) assert.equal(await log.port.deleteProfile(name), false)
    await log.fill()
  },

  async 'after every profile was deleted there is none, and the next one created is empty'(log) {
    const head = await log.head()
    await log.fill()
    assert.equal(await log.port.deleteProfile(PROFILE), true)
    assert.deepEqual(await log.port.profiles(), [])
    assert.equal((await log.port.stats()).profiles, 0)
    const created = await log.port.openProfile(PROFILE, { dayStartsAtHour: 7 })
    assert.deepEqual(created, { ...head, settings: { dayStartsAtHour: 7 } })
    const { head: now, ...content } = await log.content()
    assert.deepEqual(now, created)
    for (const rows of Object.values(content)) assert.deepEqual(rows, [])
    await log.fill()
  },
})

export const sharedDeletionCases = onLog('Store', ['second-opening', 'profile-deletion'], {
  async 'deleting a profile deletes its rows of projections that this opening does not know'(log) {
    await log.fill()
    await log.again((other) => other.port.deleteProfile(PROFILE), { tables: [DAILY] })
    await log.again(async (other) => {
      await other.openProfile()
      assert.deepEqual(await other.rows({ projection: 'sessions@1' }), [])
    })
  },

  async 'an opening of a profile that was deleted and created again is refused, even where its head would match'(log) {
    const writes = someOfEverything(await log.fill())
    await log.again(async (other) => {
      assert.equal(await other.port.deleteProfile(PROFILE), true)
      await refused(() => log.commit(writes), 'UNKNOWN_PROFILE')
      await other.openProfile()
      await other.fill()
      await other.unchanged(async () => {
        await log.refuses(writes, 'UNKNOWN_PROFILE')
        await refused(log.content, 'UNKNOWN_PROFILE')
      })
      // After opening it again, the new profile is used.
      await log.openProfile()
      await log.fill()
    })
  },

  async 'deleting waits for an update in progress'(log) {
    await log.again(async (other) => {
      const order: string[] = []
      let deleting: Promise<unknown> = Promise.resolve()
      await log.update(async (snapshot) => {
        deleting = other.port.deleteProfile(PROFILE).then((deleted) => order.push(`deleted: ${deleted}`))
        const writes = someOfEverything(await snapshot.head())
        await new Promise((resolve) => setTimeout(resolve, 20))
        order.push('worked')
        return { writes, answer: null }
      })
      await deleting
      assert.deepEqual(order, ['worked', 'deleted: true'])
      assert.deepEqual(await other.port.profiles(), [])
    })
  },
})

export const readOnlyDeletionCases = onLog('Store', ['second-opening', 'read-only', 'profile-deletion'], {
  async 'a log opened for reading only deletes nothing'(log) {
    await log.fill()
    const deletion = (reader: CaseLog) => refused(() => reader.port.deleteProfile(PROFILE), 'STORAGE_READ_ONLY')
    await log.again(deletion, { readOnly: true })
    assert.deepEqual(await log.port.profiles(), [PROFILE])
  },
})
