// Contract cases of events: they come back as they were written, in the order of their positions, and an event that the
// database refuses because of its content is named.

import assert from 'node:assert/strict'
import type { EventQuery, EventRow } from '../../ports/event-log.js'
import { assertAnswers, type CaseLog, onLog } from './case-log.js'
import { eventRow, numbersTo, refused, refusedAll, streamId, streamRow, writesAfter } from './contract-case.js'

const DIFFICULT_EVENTS: readonly EventRow[] = [
  eventRow(1, { type: 'session.started', payload: '{"json":{"videoKey":"local:/夜😀.mkv"}}' }),
  eventRow(2, { checksum: 4_294_967_295, occurredAtMs: 253_402_300_799_999, utcOffsetMin: -720 }),
  eventRow(3, { checksum: 0, measure1: 0, measure2: 0, moreMeasures: '{"lines":3,"activeMs":15000}', utcOffsetMin: 0 }),
  eventRow(4, { checksum: 2_147_483_648, measure1: Number.MAX_SAFE_INTEGER, measure2: -1, measure3: 2 ** 40 }),
  eventRow(5, { type: 'x.page.turned', payloadVersion: 3, payload: '{"json":"é e\u0301 \' \\\\ \u0001 "}' }),
  eventRow(6, { type: 'x.page.turned', occurredAtMs: 0, version: 2_147_483_648 }),
  eventRow(7, { type: 'telemetry.sampled', payload: 'x'.repeat(8192) }),
]

/** Thirty events of three streams in turn. */
const THIRTY = numbersTo(30).map((position) => eventRow(position, { stream: 1 + ((position - 1) % 3) }))

/** The positions of a page of events. */
function positionsIn(log: CaseLog): (query: EventQuery) => Promise<readonly number[]> {
  return async (query) => (await log.events(query)).map(({ position }) => position)
}

export const eventCases = onLog('Event', [], {
  async 'events come back as they were written, in order of position'(log) {
    await log.write({ streams: [streamRow(1)], events: DIFFICULT_EVENTS })
    assert.deepEqual(await log.events({ after: 0, limit: 100 }), DIFFICULT_EVENTS)
  },

  async 'pages of events are cut by after, through, limit and stream'(log) {
    await log.write({ streams: numbersTo(3).map((stream) => streamRow(stream)), events: THIRTY })
    await assertAnswers(positionsIn(log), [
      [{ after: 0, limit: 3 }, [1, 2, 3]],
      [{ after: 27, limit: 10 }, [28, 29, 30]],
      [{ after: 5, through: 7, limit: 10 }, [6, 7]],
      [{ after: 0, through: 12, stream: 2, limit: 3 }, [2, 5, 8]],
      [{ after: 8, through: 12, stream: 2, limit: 3 }, [11]],
      [{ after: 30, limit: 10 }, []],
    ])
  },

  async 'positions that leave a gap or repeat are refused, and nothing is written'(log) {
    const first = await log.fill()
    const { position, revision } = first
    const wrong = [
      { events: [eventRow(position + 2)] },
      { events: [eventRow(position)] },
      { head: { ...first, revision: revision + 1, position: position + 1 } },
    ]
    await log.unchanged(() =>
      refusedAll('STORAGE_FAILED', ...wrong.map((parts) => () => log.commit(writesAfter(first, parts)))),
    )
  },

  async 'an event with a number that is no integer is named, and its batch is refused'(log) {
    const first = await log.fill()
    const next = first.position + 1
    const good = eventRow(next, { type: 'x.new' })
    await log.unchanged(async () => {
      for (const broken of [{ measure1: 1.5 }, { measure3: Number.NaN }, { occurredAtMs: 2 ** 53 }]) {
        const events = [good, eventRow(next + 1, { version: 77, ...broken })]
        const writes = writesAfter(first, { streams: [streamRow(1, { revision: 2 })], events })
        const { details } = await refused(() => log.commit(writes), 'EVENT_REFUSED')
        assert.deepEqual([details.streamId, details.version], [streamId(1), 77])
      }
    })
    await log.write({ events: [good] })
    assert.deepEqual(await log.events({ after: first.position, limit: 10 }), [good])
  },
})

export const pruningCases = onLog('Event', ['pruning'], {
  async 'removed positions are gone from every page, and new positions continue after the last one'(log) {
    await log.write({ streams: [streamRow(1)], events: THIRTY })
    const removedPositions = [
      [1, 3],
      [10, 25],
      [12, 12],
      [30, 30],
    ] as const
    assert.equal((await log.write({ removedPositions, events: [eventRow(31)] })).position, 31)
    const positions = positionsIn(log)
    await assertAnswers(positions, [
      [{ after: 0, limit: 100 }, [4, 5, 6, 7, 8, 9, 26, 27, 28, 29, 31]],
      [{ after: 8, limit: 3 }, [9, 26, 27]],
      [{ after: 12, through: 20, limit: 3 }, []],
      [{ after: 0, through: 28, stream: 1, limit: 3 }, [4, 7, 28]],
    ])
    await log.write({ removedPositions: [[1, 31]] })
    assert.deepEqual(await positions({ after: 0, limit: 100 }), [])
    assert.equal((await log.openProfile()).position, 31)
    await log.write({ events: [eventRow(32)] })
    assert.deepEqual(await positions({ after: 0, limit: 100 }), [32])
  },

  async 'invalid positions, and positions that the same commit records, cannot be removed'(log) {
    const first = await log.fill()
    const next = first.position + 1
    await log.unchanged(async () => {
      for (const range of [
        [0, 1],
        [2, 1],
        [1, next],
      ] as const) {
        const writes = writesAfter(first, { events: [eventRow(next)], removedPositions: [range] })
        await log.refuses(writes, 'STORAGE_FAILED')
      }
    })
  },
})

export const sharedLogCases = onLog('Event', ['second-opening'], {
  async 'a log reads types of other programs that were added after it was opened'(log) {
    await log.again(async (other) => {
      const events = [1, 2, 3].map((position) => eventRow(position, { type: position === 1 ? 'x.one' : 'x.two' }))
      await log.write({ streams: [streamRow(1)], events: events.slice(0, 1) })
      await other.write({ events: events.slice(1, 2) })
      await log.write({ events: events.slice(2) })
      for (const each of [log, other]) assert.deepEqual(await each.events({ after: 0, limit: 10 }), events)
    })
  },
})
