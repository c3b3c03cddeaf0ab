// The bounded queue: what it keeps, what it gives up, and that its account always balances.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { OverflowPolicy } from '../../src/events/defaults.js'
import type { TrackingEvent } from '../../src/events/types.js'
import { checkTrackingEvent } from '../../src/events/validation.js'
import { Admission } from '../../src/pipeline/admission.js'
import type { AdmittedEvent } from '../../src/pipeline/shed-sums.js'
import { ended, line, lookup, QUARTER_MS, START_MS, started, streamId, sumOf, tracked } from './events.js'

const test = suite('admission')

interface Admitting {
  readonly admission: Admission
  readonly counts: { admitted: number; summarized: number; dropped: number; refusedSessions: number }
  readonly shed: string[]
  readonly refused: string[]
  wakes: number
}

function admitting(maxEvents: number, overflowPolicy: OverflowPolicy = 'summarize'): Admitting {
  const shed: string[] = []
  const refused: string[] = []
  const counts = { admitted: 0, summarized: 0, dropped: 0, refusedSessions: 0 }
  const admission = new Admission({
    queueMaxEvents: maxEvents,
    overflowPolicy,
    diagnostics: {
      admitted: () => {
        counts.admitted += 1
      },
      shed: (kind) => {
        counts[kind] += 1
        shed.push(kind)
      },
      sessionRefused: (sessionId) => {
        counts.refusedSessions += 1
        refused.push(sessionId)
      },
    },
    onWaiting: () => {
      result.wakes += 1
    },
  })
  const result: Admitting = { admission, counts, shed, refused, wakes: 0 }
  return result
}

/** Everything that waits, taken and released. */
function drained(admission: Admission): TrackingEvent[] {
  const events: TrackingEvent[] = []
  for (let taken = admission.take(10); taken.length > 0; taken = admission.take(10)) {
    admission.release(taken)
    events.push(...taken.map(({ event }) => event))
  }
  return events
}

test('events come out in the order in which they came in, facts and detail alike', () => {
  const { admission } = admitting(100)
  const events = [started(), line(), lookup(), tracked({ type: 'session.described', payload: {} }), line('二'), ended()]
  for (const event of events) assert.is(admission.admit(event), 'admitted')
  assert.equal(drained(admission), events)
  assert.is(admission.waiting + admission.inFlight, 0)
})

test('waiting and in flight together stay within the limit under every policy', () => {
  for (const policy of ['summarize', 'drop-oldest', 'drop-newest'] as const) {
    const { admission } = admitting(100, policy)
    for (let index = 0; index < 1000; index++) {
      admission.admit(lookup(START_MS + index))
      if (index === 300) assert.is(admission.take(1000).length, 50)
      assert.ok(admission.waiting + admission.inFlight <= 100, policy)
    }
  }
})

test('summarize gives up the oldest detail and keeps its measures in one heartbeat a quarter hour', () => {
  const { admission, counts } = admitting(8)
  for (let index = 0; index < 20; index++) admission.admit(lookup(START_MS + index))
  const events = drained(admission)
  const [heartbeat, ...rest] = events
  assert.is(heartbeat?.type, 'telemetry.sampled')
  assert.is(heartbeat?.occurredAtMs, START_MS)
  assert.equal(heartbeat?.measures, { lookups: 13, lookupHits: 13 })
  assert.equal(heartbeat?.payload, { shed: 13 })
  assert.equal(
    rest.map((event) => event.occurredAtMs - START_MS),
    [13, 14, 15, 16, 17, 18, 19],
  )
  assert.equal(counts, { admitted: 20, summarized: 12, dropped: 0, refusedSessions: 0 })
})

test('detail of another quarter hour, offset or session goes into a heartbeat of its own', () => {
  const { admission } = admitting(16)
  admission.admit(lookup(START_MS))
  admission.admit(lookup(START_MS + QUARTER_MS))
  admission.admit({ ...lookup(START_MS), utcOffsetMin: 60 })
  admission.admit(lookup(START_MS, 2))
  for (let index = 0; index < 16; index++) admission.admit(lookup(START_MS))
  const heartbeats = drained(admission).filter(({ type }) => type === 'telemetry.sampled')
  assert.equal(
    heartbeats.map((event) => [event.streamId, event.occurredAtMs - START_MS, event.utcOffsetMin]),
    [
      [streamId(1), 0, 540],
      [streamId(1), QUARTER_MS, 540],
      [streamId(1), 0, 60],
      [streamId(2), 0, 540],
    ],
  )
})

test('sums that would become larger than an event may measure are split, and every heartbeat can be imported', () => {
  const { admission, counts } = admitting(40)
  const large = 2 ** 31 - 1
  const sent = [large, 5, large - 4, 7, large].map((chars) => line('多', { lines: 1, chars, words: 1 }))
  for (const event of sent) admission.admit(event)
  for (let index = 0; index < 100; index++) admission.admit(lookup(START_MS + 1000 + index))
  const events = drained(admission)
  assert.ok(counts.summarized > 40)
  const { chars, lines, lookups } = sumOf(events)
  assert.equal([chars, lines, lookups], [3 * large + 8, sent.length, 100])
  for (const event of events) checkTrackingEvent(event)
})

test('a line that is shed before the worker counted it is counted then', () => {
  const { admission } = admitting(4)
  admission.admit({ ...line('I see 3 cats.', { lines: 1 }), countIn: 'en' })
  for (let index = 0; index < 10; index++) admission.admit(lookup())
  const heartbeat = drained(admission).find(({ type }) => type === 'telemetry.sampled')
  assert.is(heartbeat?.measures.lines, 1)
  assert.is(heartbeat?.measures.chars, 9)
  assert.is(heartbeat?.measures.words, 4)
})

test('drop-oldest keeps the newest, drop-newest the oldest, and facts are kept by both', () => {
  const oldest = admitting(3, 'drop-oldest')
  const newest = admitting(3, 'drop-newest')
  for (const { admission } of [oldest, newest]) {
    admission.admit(started())
    for (let index = 0; index < 5; index++) admission.admit(lookup(START_MS + index))
  }
  const times = (admission: Admission) => drained(admission).map((event) => event.occurredAtMs - START_MS)
  assert.equal(times(oldest.admission), [0, 2, 3, 4])
  assert.equal(times(newest.admission), [0, 0, 1, 2])
  assert.is(oldest.counts.dropped, 2)
  assert.is(newest.counts.dropped, 2)
  assert.equal(newest.shed, ['dropped', 'dropped'])
})

test('one place is not enough for a session: its start would take the place of its end', () => {
  const { admission, refused } = admitting(5)
  assert.equal(
    [1, 2, 3].map((stream) => admission.admit(started(stream))),
    ['admitted', 'admitted', 'refused'],
  )
  assert.equal(refused, [started(3).streamId])
})

test('a session is refused when no place for its start and its end is left, and its end is never refused', () => {
  const { admission, counts, refused } = admitting(10)
  for (let stream = 1; stream <= 7; stream++) admission.admit(started(stream))
  assert.is(counts.refusedSessions, 2)
  assert.equal(refused, [streamId(6), streamId(7)])
  for (let stream = 1; stream <= 5; stream++) assert.is(admission.admit(ended(stream)), 'admitted')
  assert.is(admission.waiting, 10)
  assert.is(admission.admit(started(8)), 'refused')
  drained(admission)
  assert.is(admission.admit(started(8)), 'admitted')
})

test('descriptions without a place are joined with one that waits, the later word winning', () => {
  const { admission, counts } = admitting(4)
  const described = (payload: Record<string, unknown>) => tracked({ type: 'video.described', payload })
  admission.admit(started())
  admission.admit(described({ title: 'a', episode: 1 }))
  admission.admit(described({ title: 'b' }))
  for (let index = 0; index < 1000; index++) admission.admit(described({ title: `c${index}`, season: 2 }))
  assert.ok(admission.waiting <= 4)
  assert.is(counts.admitted, counts.summarized + admission.waiting)
  const facts = drained(admission).filter(({ type }) => type === 'video.described')
  assert.equal(Object.assign({}, ...facts.map(({ payload }) => payload)), { title: 'c999', season: 2, episode: 1 })
})

test('a session that jumps through a thousand quarter hours keeps its totals in a bounded number of heartbeats', () => {
  const { admission } = admitting(100)
  for (let index = 0; index < 5000; index++) admission.admit(lookup(START_MS + index * QUARTER_MS))
  assert.ok(admission.waiting <= 100)
  assert.is(sumOf(drained(admission)).lookups, 5000)
})

test('after close everything is refused and counted as dropped', () => {
  const { admission, counts } = admitting(10)
  admission.admit(lookup())
  admission.close()
  assert.is(admission.admit(lookup()), 'refused')
  assert.is(admission.admit(started()), 'refused')
  assert.equal(counts, { admitted: 3, summarized: 0, dropped: 2, refusedSessions: 0 })
  assert.is(admission.waiting, 1)
})

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('detail' as const), at: fc.nat(40), stream: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start' as const), stream: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), stream: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('described' as const), stream: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
)

test('for any sequence the account balances at each step, and under summarize no measure is lost', () => {
  const property = fc.property(
    fc.array(step, { maxLength: 400 }),
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom<OverflowPolicy>('summarize', 'drop-oldest', 'drop-newest'),
    (steps, maxEvents, policy) => {
      const { admission, counts } = admitting(maxEvents, policy)
      const inFlight: (readonly AdmittedEvent[])[] = []
      const given: TrackingEvent[] = []
      const released: TrackingEvent[] = []
      const release = () => {
        const batch = inFlight.shift() ?? []
        admission.release(batch)
        released.push(...batch.map(({ event }) => event))
      }
      const give = (event: TrackingEvent) => {
        if (admission.admit(event) !== 'refused') given.push(event)
      }
      for (const step of steps) {
        if (step.kind === 'detail') give(lookup(START_MS + step.at * 100_000, step.stream))
        else if (step.kind === 'start') give(started(step.stream))
        else if (step.kind === 'end') give(ended(step.stream))
        else if (step.kind === 'take') inFlight.push(admission.take(step.count))
        else if (step.kind === 'release') release()
        else give(tracked({ type: 'video.described', streamId: streamId(step.stream), payload: { title: 't' } }))
        const { waiting } = admission
        assert.is(counts.admitted, released.length + waiting + admission.inFlight + counts.summarized + counts.dropped)
      }
      while (inFlight.length > 0) release()
      released.push(...drained(admission))
      assert.is(counts.admitted, given.length)
      if (policy === 'summarize') {
        assert.is(counts.dropped, 0)
        assert.equal(sumOf(released), sumOf(given))
      }
    },
  )
  fc.assert(property, { numRuns: 300 })
})

test.run()
