// A batch that crosses the boundary is stored as it would be without crossing.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeTracked } from '../../src/engine/encode-tracked.js'
import { ImmersionError } from '../../src/events/errors.js'
import { MEASURE_NAMES } from '../../src/events/measures.js'
import type { TrackingEvent, VersionedEvent } from '../../src/events/types.js'
import type { SentEvent } from '../../src/ports/log-engine.js'
import { decodeBatch, encodeBatch } from '../../src/worker/messages.js'

const test = suite('messages')

const LINE: TrackingEvent = {
  streamId: '01990000-0000-7000-8000-000000000001',
  type: 'subtitle.shown',
  occurredAtMs: 1_700_000_000_000,
  utcOffsetMin: 540,
  measures: { lines: 1 },
  payload: { text: '猫だ', startMs: 1000, endMs: 2000 },
  countIn: 'ja',
}

const primitive = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined))
/** Objects without a prototype come out of a structured clone with one. */
const PLAIN = { noNullPrototype: true }
const nested = fc.dictionary(fc.string(), primitive, PLAIN)
const payload = fc.oneof(
  fc.constant(null),
  fc.dictionary(fc.string(), primitive, PLAIN),
  fc.dictionary(
    fc.string(),
    fc.oneof(primitive, fc.array(fc.integer()), fc.date({ noInvalidDate: true }), nested),
    PLAIN,
  ),
  fc.constant(JSON.parse('{"__proto__": 1, "constructor": 2}')),
)
const measures = fc.uniqueArray(fc.constantFrom(...MEASURE_NAMES)).chain((names) =>
  fc.tuple(...names.map(() => fc.integer())).map((values) => {
    return Object.fromEntries(names.map((name, index) => [name, values[index] as number]))
  }),
)
const tracked = fc
  .record(
    {
      streamId: fc.oneof(fc.uuid(), fc.constant('01990000-0000-7000-8000-000000000001')),
      type: fc.constantFrom<TrackingEvent['type']>('subtitle.shown', 'telemetry.sampled', 'session.started', 'x.mine'),
      occurredAtMs: fc.maxSafeInteger(),
      utcOffsetMin: fc.integer({ min: -72, max: 72 }).map((quarters) => quarters * 15),
      measures,
      payload,
      countIn: fc.option(fc.constantFrom('ja', 'en'), { nil: undefined }),
    },
    PLAIN,
  )
  .map(({ countIn, ...event }): TrackingEvent => (countIn === undefined ? event : { ...event, countIn }))

test('of any event the same is stored, whether it crosses over a structured clone or not', () => {
  const batches = fc.array(fc.record({ event: tracked, version: fc.nat() }, PLAIN), { maxLength: 30 })
  fc.assert(
    fc.property(batches, (events) => {
      const crossed = decodeBatch(structuredClone(encodeBatch(events)))
      assert.equal(crossed.map(stored), events.map(stored))
    }),
    { numRuns: 500 },
  )
})

/** What is stored of an event, or which one is refused. */
function stored(event: SentEvent): unknown {
  try {
    return encodeTracked([event])
  } catch (error) {
    if (!(error instanceof ImmersionError)) throw error
    return error.details
  }
}

test('a payload above its cap, and one that JSON cannot say, cross as they are', () => {
  const [long, dated] = [{ text: 'あ'.repeat(300) }, { at: new Date(0) }]
  const events = [long, dated].map((payload): VersionedEvent => ({ event: { ...LINE, payload }, version: 1 }))
  const flat = encodeBatch(events)
  assert.ok(flat.includes(long))
  assert.ok(flat.includes(dated))
  const crossed = decodeBatch(structuredClone(flat))
  assert.equal(
    crossed.map(({ event }) => event.payload),
    [long, dated],
  )
})

test('a line without nested values crosses as nothing but primitives', () => {
  for (const value of encodeBatch([{ event: LINE, version: 1 }])) assert.ok(value === null || typeof value !== 'object')
})

test('a stream is named once, however many of its events cross', () => {
  const event: TrackingEvent = {
    streamId: '01990000-0000-7000-8000-000000000001',
    type: 'playback.paused',
    occurredAtMs: 0,
    utcOffsetMin: 0,
    measures: { pauses: 1 },
    payload: null,
  }
  const flat = encodeBatch(Array.from({ length: 25 }, (_, index) => ({ event, version: index + 1 })))
  assert.is(flat.filter((value) => value === event.streamId).length, 1)
})

test.run()
