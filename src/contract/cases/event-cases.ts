// Contract cases of events: they come back as they were written, in the order of their positions, and an event that the
// database refuses because of its content is named.

import assert from 'node:assert/strict'
import type { EventLog, EventRow, LogSnapshot } from '../../ports/event-log.js'
import {
  committed,
  contentOf,
  eventRow,
  onLog,
  type PortCase,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamId,
  streamRow,
  withLog,
  writesAfter,
} from './contract-case.js'

const DIFFICULT_EVENTS: readonly EventRow[] = [
  eventRow(1, { type: 'session.started', payload: '{"json":{"videoKey":"local:/夜😀.mkv"}}' }),
  eventRow(2, { checksum: 4_294_967_295, occurredAtMs: 253_402_300_799_999, utcOffsetMin: -720 }),
  eventRow(3, { checksum: 0, measure1: 0, measure2: 0, moreMeasures: '{"lines":3,"activeMs":15000}', utcOffsetMin: 0 }),
  eventRow(4, { checksum: 2_147_483_648, measure1: Number.MAX_SAFE_INTEGER, measure2: -1, measure3: 2 ** 40 }),
  eventRow(5, { type: 'x.page.turned', payloadVersion: 3, payload: '{"json":"é e\u0301 \' \\\\ \u0001 "}' }),
  eventRow(6, { type: 'x.page.turned', occurredAtMs: 0, version: 2_147_483_648 }),
  eventRow(7, { type: 'telemetry.sampled', payload: 'x'.repeat(8192) }),
]

/** The positions of a page of events. */
function positionsIn(log: EventLog): (query: Parameters<LogSnapshot['events']>[0]) => Promise<readonly number[]> {
  return (query) =>
    log.read(PROFILE, async (snapshot) => (await snapshot.events(query)).map(({ position }) => position))
}

const eventCase = onLog('Event')
const pruningCase = onLog('Event', 'pruning')
const sharedLogCase = onLog('Event', 'second-opening')

export const eventCases: readonly PortCase[] = [
  eventCase('events come back as they were written, in order of position', async (log, head) => {
    await committed(log, writesAfter(head, { streams: [streamRow(1)], events: DIFFICULT_EVENTS }))
    const events = await log.read(PROFILE, (snapshot) => snapshot.events({ after: 0, limit: 100 }))
    assert.deepEqual(events, DIFFICULT_EVENTS)
  }),

  eventCase('pages of events are cut by after, through, limit and stream', async (log, head) => {
    const events = Array.from({ length: 30 }, (_, index) => eventRow(index + 1, { stream: 1 + (index % 3) }))
    const streams = [1, 2, 3].map((stream) => streamRow(stream))
    await committed(log, writesAfter(head, { streams, events }))
    const positions = positionsIn(log)
    assert.deepEqual(await positions({ after: 0, limit: 3 }), [1, 2, 3])
    assert.deepEqual(await positions({ after: 27, limit: 10 }), [28, 29, 30])
    assert.deepEqual(await positions({ after: 5, through: 7, limit: 10 }), [6, 7])
    assert.deepEqual(await positions({ after: 0, through: 12, stream: 2, limit: 3 }), [2, 5, 8])
    assert.deepEqual(await positions({ after: 8, through: 12, stream: 2, limit: 3 }), [11])
    assert.deepEqual(await positions({ after: 30, limit: 10 }), [])
  }),

  eventCase('positions that leave a gap or repeat are refused, and nothing is written', async (log, head) => {
    const first = await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    const { position } = first
    const gap = writesAfter(first, { events: [eventRow(position + 2)] })
    const repeated = writesAfter(first, { events: [eventRow(position)] })
    const headAhead = writesAfter(first, { head: { ...first, revision: first.revision + 1, position: position + 1 } })
    for (const writes of [gap, repeated, headAhead]) await refused(() => log.commit(PROFILE, writes), 'STORAGE_FAILED')
    assert.deepEqual(await contentOf(log), before)
  }),

  pruningCase(
    'removed positions are gone from every page, and new positions continue after the last one',
    async (log, head) => {
      const events = Array.from({ length: 30 }, (_, index) => eventRow(index + 1, { stream: 1 + (index % 3) }))
      const first = await committed(log, writesAfter(head, { streams: [streamRow(1)], events }))
      const positions = positionsIn(log)
      const removedPositions = [
        [1, 3],
        [10, 25],
        [12, 12],
        [30, 30],
      ] as const
      const second = await committed(log, writesAfter(first, { removedPositions, events: [eventRow(31)] }))
      assert.equal(second.position, 31)
      assert.deepEqual(await positions({ after: 0, limit: 100 }), [4, 5, 6, 7, 8, 9, 26, 27, 28, 29, 31])
      assert.deepEqual(await positions({ after: 8, limit: 3 }), [9, 26, 27])
      assert.deepEqual(await positions({ after: 12, through: 20, limit: 3 }), [])
      assert.deepEqual(await positions({ after: 0, through: 28, stream: 1, limit: 3 }), [4, 7, 28])
      const third = await committed(log, writesAfter(second, { removedPositions: [[1, 31]] }))
      assert.deepEqual(await positions({ after: 0, limit: 100 }), [])
      assert.equal((await log.openProfile(PROFILE, SETTINGS)).position, 31)
      await committed(log, writesAfter(third, { events: [eventRow(32)] }))
      assert.deepEqual(await positions({ after: 0, limit: 100 }), [32])
    },
  ),

  pruningCase('invalid positions, and positions that the same commit records, cannot be removed', async (log, head) => {
    const first = await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    const { position } = first
    const wrong = [
      [0, 1],
      [2, 1],
      [1, position + 1],
    ] as const
    for (const range of wrong) {
      const writes = writesAfter(first, { events: [eventRow(position + 1)], removedPositions: [range] })
      await refused(() => log.commit(PROFILE, writes), 'STORAGE_FAILED')
      await refused(() => log.update(PROFILE, async () => ({ writes, answer: 1 })), 'STORAGE_FAILED')
    }
    assert.deepEqual(await contentOf(log), before)
  }),

  eventCase('an event with a number that is no integer is named, and its batch is refused', async (log, head) => {
    const first = await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    const next = first.position + 1
    for (const broken of [{ measure1: 1.5 }, { measure3: Number.NaN }, { occurredAtMs: 2 ** 53 }]) {
      const events = [eventRow(next, { type: 'x.new' }), eventRow(next + 1, { version: 77, ...broken })]
      const writes = writesAfter(first, { streams: [streamRow(1, { revision: 2 })], events })
      const error = await refused(() => log.commit(PROFILE, writes), 'EVENT_REFUSED')
      assert.equal(error.details.streamId, streamId(1))
      assert.equal(error.details.version, 77)
    }
    assert.deepEqual(await contentOf(log), before)
    const good = eventRow(next, { type: 'x.new' })
    await committed(log, writesAfter(first, { events: [good] }))
    const events = await log.read(PROFILE, (snapshot) => snapshot.events({ after: first.position, limit: 10 }))
    assert.deepEqual(events, [good])
  }),

  sharedLogCase('a log reads types of other programs that were added after it was opened', async (log, head, open) => {
    await withLog(open, async (other) => {
      const ours = eventRow(1, { type: 'x.one' })
      const theirs = eventRow(2, { type: 'x.two' })
      const again = eventRow(3, { type: 'x.two' })
      const first = await committed(log, writesAfter(head, { streams: [streamRow(1)], events: [ours] }))
      const second = await committed(other, writesAfter(first, { events: [theirs] }))
      await committed(log, writesAfter(second, { events: [again] }))
      for (const each of [log, other]) {
        const events = await each.read(PROFILE, (snapshot) => snapshot.events({ after: 0, limit: 10 }))
        assert.deepEqual(events, [ours, theirs, again])
      }
    })
  }),
]
