// The pure parts: facts fold in any order to the same text, attribution follows from them, a ledger's checksum is linear
// and shows every flipped bit.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MEASURE_NAMES, zeroSums } from '../../src/events/measures.js'
import { attributionOf } from '../../src/ledger/attribution.js'
import { type FactEvent, foldFact, formatFacts, parseFacts, sessionOf, sessionOfFacts } from '../../src/ledger/facts.js'
import { addToRows, groupingsOf, type RowSums } from '../../src/ledger/grouping.js'
import { addChecksum, ledgerChecksumOf } from '../../src/ledger/ledger-checksum.js'
import { rowRulesOf } from '../../src/ledger/settings.js'
import { NO_STANDING_CORRECTIONS } from '../../src/ledger/standing-corrections.js'
import { defineProjection } from '../../src/ports/projection.js'

const test = suite('facts, attribution and checksums')

const STREAM = '01900000-0000-7000-8000-000000000001'
const FACTS: readonly FactEvent[] = [
  fact('session.started', 1, 1_000, { videoKey: 'local:/a', targetLanguage: 'ja', locale: 'de' }),
  fact('session.described', 2, 900, { targetLanguage: 'ko' }),
  fact('session.described', 5, 900, { targetLanguage: 'zh', subtitleMode: 'dual' }),
  fact('video.described', 3, 1_200, { title: 'One', metadata: { studio: 'S', cast: ['x'] } }),
  fact('video.described', 4, 1_200, { title: 'Two', season: 2 }),
  fact('video.described', 6, 1_100, { title: 'Three', episode: 9, metadata: { studio: 'T', year: 1999 } }),
  fact('session.ended', 7, 5_000, { reason: 'replaced' }),
  fact('session.ended', 8, 4_000, { reason: 'finished' }),
]

function fact(type: string, version: number, occurredAtMs: number, payload: unknown): FactEvent {
  return { type, version, occurredAtMs, utcOffsetMin: 60, payload }
}

test('facts give the same text in whatever order they arrive, and however often', () => {
  const once = formatFacts(FACTS.reduce(foldFact, new Map()))
  fc.assert(
    fc.property(fc.shuffledSubarray([...FACTS], { minLength: FACTS.length }), (order) => {
      assert.is(formatFacts([...order, ...order.slice(3)].reduce(foldFact, new Map())), once)
    }),
  )
  assert.is(formatFacts(parseFacts(once)), once)
})

test('a session’s facts are the latest values, and a description beats the start', () => {
  const row = { streamId: STREAM, facts: formatFacts(FACTS.reduce(foldFact, new Map())) }
  assert.equal(sessionOf(row), {
    videoKey: 'local:/a',
    originalVideoKey: null,
    startedAtMs: 1_000,
    utcOffsetMin: 60,
    session: { locale: 'de', targetLanguage: 'zh', subtitleMode: 'dual' },
    endedAtMs: 5_000,
    endReason: 'replaced',
    endVersion: 7,
  })
  assert.equal(attributionOf(STREAM, parseFacts(row.facts), NO_STANDING_CORRECTIONS), {
    sessionId: STREAM,
    startedAtMs: 1_000,
    videoKey: 'local:/a',
    language: 'zh',
  })
})

test('a stream without a start has no attribution, and one without a language counts as und', () => {
  const described = FACTS.slice(1).reduce(foldFact, new Map())
  assert.is(attributionOf(STREAM, described, NO_STANDING_CORRECTIONS), null)
  const plain = foldFact(new Map(), fact('session.started', 1, 1, { videoKey: 'k' }))
  assert.is(attributionOf(STREAM, plain, NO_STANDING_CORRECTIONS)?.language, 'und')
})

test('facts that cannot be read are refused by code', () => {
  for (const text of ['', '{', '{"start":["x",0,1,1]}', '{"end":1}', '{"start":[["a",null],0,1,1]}']) {
    assert.throws(
      () => parseFacts(text),
      (error: { code?: string }) => error.code === 'STORAGE_CORRUPT',
      text,
    )
  }
})

const sums = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), {
  minLength: MEASURE_NAMES.length,
  maxLength: MEASURE_NAMES.length,
})
const quarters = fc.integer({ min: -100, max: 3_000_000 })
const offsets = fc.integer({ min: -72, max: 72 }).map((quarter) => quarter * 15)

function checksumAt(quarter: number, utcOffsetMin: number, measures: readonly number[]): number {
  return ledgerChecksumOf({ quarter, utcOffsetMin, measures })
}

test('the checksum of a sum is the sum of the checksums', () => {
  fc.assert(
    fc.property(quarters, offsets, sums, sums, (quarter, offset, left, right) => {
      const both = left.map((value, index) => value + (right[index] ?? 0))
      const apart = addChecksum(checksumAt(quarter, offset, left), checksumAt(quarter, offset, right))
      assert.is(checksumAt(quarter, offset, both), apart)
    }),
  )
  assert.is(checksumAt(5, 0, zeroSums()), 0)
})

test('one flipped bit below 2^32 in any measure changes the checksum', () => {
  fc.assert(
    fc.property(
      quarters,
      offsets,
      sums,
      fc.nat(MEASURE_NAMES.length - 1),
      fc.nat(31),
      (quarter, offset, all, place, bit) => {
        const flipped = all.map((value, index) => (index === place ? value + 2 ** bit : value))
        assert.is.not(checksumAt(quarter, offset, flipped), checksumAt(quarter, offset, all))
      },
    ),
  )
})

test('a session reads the same from its part of the text as from all of it, whatever its values hold', () => {
  const awkward = ['],"video.', 'video.mkv', '"],"video.title":[', '}', '\\"', '日本']
  for (const value of awkward) {
    const facts = [
      fact('session.started', 1, 1, {
        videoKey: value,
        originalVideoKey: 'video.x',
        locale: value,
        targetLanguage: 'ja',
      }),
      fact('video.described', 2, 2, { title: value, metadata: { [value]: value } }),
    ].reduce(foldFact, new Map())
    const text = formatFacts(facts)
    assert.equal(sessionOf({ facts: text }), sessionOfFacts(parseFacts(text)))
    assert.is(sessionOf({ facts: text })?.videoKey, value)
  }
  assert.is(sessionOf({ facts: formatFacts(foldFact(new Map(), fact('video.described', 1, 1, { title: 'x' }))) }), null)
})

test('a projection that gives no usable key is refused by name, and one that gives null has no row', () => {
  const keys: unknown[] = [{ day: 1.5 }, { day: '1' }, {}, { day: Number.NaN }]
  const entry = { quarter: 1, utcOffsetMin: 0, measures: zeroSums() }
  const counted = { sessionId: STREAM, startedAtMs: 1, videoKey: 'k', language: 'ja' }
  const group = (key: unknown): RowSums => {
    const own = defineProjection({ name: 'own', version: 2, key: { day: 'integer' }, keyOf: () => key as null })
    const rows: RowSums = new Map()
    for (const grouping of groupingsOf([own]))
      addToRows(rows, grouping, entry, counted, rowRulesOf({ dayStartsAtHour: 4 }))
    return rows
  }
  for (const key of keys) assert.throws(() => group(key), /own@2 gave no usable value for day/)
  assert.is(group(null).size, 0)
  assert.is(group({ day: 3 }).size, 1)
})

test.run()
