// A batch is the same on both sides of the boundary.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MEASURE_NAMES } from '../../src/events/measures.js'
import type { TrackingEvent } from '../../src/events/types.js'
import { decodeBatch, encodeBatch } from '../../src/worker/messages.js'

const test = suite('messages')

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

test('any batch comes out as it went in, over a structured clone', () => {
  const batches = fc.array(fc.record({ event: tracked, version: fc.nat() }, PLAIN), { maxLength: 30 })
  fc.assert(
    fc.property(batches, (events) => {
      assert.equal(decodeBatch(structuredClone(encodeBatch(events))), events)
    }),
    { numRuns: 500 },
  )
})

test('a line without nested values crosses as nothing but primitives', () => {
  const event: TrackingEvent = {
    streamId: '01990000-0000-7000-8000-000000000001',
    type: 'subtitle.shown',
    occurredAtMs: 1_700_000_000_000,
    utcOffsetMin: 540,
    measures: { lines: 1 },
    payload: { text: '猫だ', startMs: 1000, endMs: 2000 },
    countIn: 'ja',
  }
  for (const value of encodeBatch([{ event, version: 1 }])) assert.ok(value === null || typeof value !== 'object')
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
