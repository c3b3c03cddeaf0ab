// Generators that the tests of this folder share: measures, moments, texts with everything in them, whole events.

import fc from 'fast-check'
import { EVENT_TYPES } from '../../src/events/event-types.js'
import { MEASURE_NAMES, type SparseMeasures } from '../../src/events/measures.js'
import { type EventType, isBuiltInType, type NewEvent } from '../../src/events/types.js'

export const ALL_TYPES: readonly EventType[] = [...Object.keys(EVENT_TYPES).filter(isBuiltInType), 'x.reader.page']

export const measureValue = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(), fc.constant(2 ** 31 - 1))

export const sparseMeasures: fc.Arbitrary<SparseMeasures> = fc
  .subarray([...MEASURE_NAMES])
  .chain((names) => fc.tuple(...names.map((name) => measureValue.map((value) => [name, value] as const))))
  .chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length }))
  .map((entries) => Object.fromEntries(entries))

/** Any UTF-16: controls, quotes, kana, surrogate pairs and halves. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))).map((units) => units.join('')),
  fc.string({ unit: fc.constantFrom('あ', '漢', 'a', '"', '\\', '\n', '\0', '😀', '\ud83d', 'é') }),
)

/** Text that the validation leaves as it is. */
export const storableText = anyText.map((text) => Buffer.from(text).toString().replaceAll('\0', ' '))

export const utcOffset = fc.integer({ min: -72, max: 72 }).map((quarters) => quarters * 15)

export const occurredAt = fc.integer({ min: 0, max: 4_102_444_800_000 })

export const contentOfEvent: fc.Arbitrary<Omit<NewEvent, 'checksum'>> = fc.record({
  streamId: fc.uuid(),
  version: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  type: fc.constantFrom(...ALL_TYPES),
  payloadVersion: fc.constant(1),
  occurredAtMs: occurredAt,
  utcOffsetMin: utcOffset,
  measures: sparseMeasures,
  payload: fc.option(storableText.map((text) => JSON.stringify({ json: { text } }))),
})
