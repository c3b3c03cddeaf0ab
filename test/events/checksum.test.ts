// The checksum against a second implementation in big integers, and every bit of an event against it.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checksumOf } from '../../src/events/checksum.js'
import { MEASURE_NAMES, type SparseMeasures } from '../../src/events/measures.js'
import type { NewEvent } from '../../src/events/types.js'
import { contentOfEvent } from './arbitraries.js'

const test = suite('checksum')

type Content = Omit<NewEvent, 'checksum'>

/** The other route: the units of docs/reference/events.md in a buffer, and FNV-1a as its authors write it, in big integers. */
function expected(content: Content): number {
  const units: number[] = []
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'utf16le')
    for (let at = 0; at < bytes.length; at += 2) units.push(bytes.readUInt16LE(at))
    units.push(0)
  }
  const int32 = (value: bigint) => {
    units.push(Number(BigInt.asUintN(16, value)), Number(BigInt.asUintN(16, value >> 16n)))
  }
  text(content.streamId)
  int32(BigInt(content.version))
  text(content.type)
  int32(BigInt(content.payloadVersion))
  int32(BigInt(content.occurredAtMs))
  int32(BigInt(content.occurredAtMs) >> 32n)
  int32(BigInt(content.utcOffsetMin))
  MEASURE_NAMES.forEach((name, index) => {
    const value = content.measures[name] ?? 0
    if (value === 0) return
    units.push(index)
    int32(BigInt(value))
  })
  units.push(0xffff)
  if (content.payload === null) units.push(0)
  else {
    units.push(1)
    text(content.payload)
  }
  return Number(units.reduce((hash, unit) => ((hash ^ BigInt(unit)) * 16_777_619n) % 2n ** 32n, 2_166_136_261n))
}

const LINE: Content = {
  streamId: '019be7a4-6c00-7000-8000-0123456789ab',
  version: 7,
  type: 'subtitle.shown',
  payloadVersion: 1,
  occurredAtMs: 1_770_000_000_123,
  utcOffsetMin: -210,
  measures: { lines: 1, chars: 14, words: 7 },
  payload: '{"json":{"text":"今日は😀","startMs":10000}}',
}

test('the checksum is FNV-1a over the units that the documentation names', () => {
  assert.is(checksumOf(LINE), expected(LINE))
  fc.assert(fc.property(contentOfEvent, (content) => assert.is(checksumOf(content), expected(content))))
})

test('it is an unsigned integer of 32 bits', () => {
  fc.assert(
    fc.property(contentOfEvent, (content) => {
      const checksum = checksumOf(content)
      assert.ok(Number.isInteger(checksum) && checksum >= 0 && checksum < 2 ** 32)
    }),
  )
})

test('the order of measures and zeros among them change nothing', () => {
  const { lines, chars, words } = LINE.measures
  const shuffled = { words: words ?? 0, tokens: 0, lines: lines ?? 0, sessions: 0, chars: chars ?? 0 }
  assert.is(checksumOf({ ...LINE, measures: shuffled }), checksumOf(LINE))
})

test('any flipped bit of any part changes it', () => {
  const original = checksumOf(LINE)
  const changed = (other: Partial<Content>, what: string) =>
    assert.is.not(checksumOf({ ...LINE, ...other }), original, what)
  for (let bit = 0; bit < 31; bit++) {
    changed({ version: LINE.version ^ (1 << bit) }, `version, bit ${bit}`)
    changed({ payloadVersion: LINE.payloadVersion ^ (1 << bit) }, `payloadVersion, bit ${bit}`)
    changed({ utcOffsetMin: LINE.utcOffsetMin ^ (1 << bit) }, `utcOffsetMin, bit ${bit}`)
    for (const name of MEASURE_NAMES) {
      const measures: SparseMeasures = { ...LINE.measures, [name]: (LINE.measures[name] ?? 0) ^ (1 << bit) }
      changed({ measures }, `${name}, bit ${bit}`)
    }
  }
  for (let bit = 0; bit < 47; bit++) {
    const occurredAtMs = Number(BigInt(LINE.occurredAtMs) ^ (1n << BigInt(bit)))
    changed({ occurredAtMs }, `occurredAtMs, bit ${bit}`)
  }
  for (const field of ['streamId', 'type', 'payload'] as const) {
    const text = LINE[field] ?? ''
    for (let at = 0; at < text.length; at++) {
      for (let bit = 0; bit < 16; bit++) {
        const unit = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit))
        changed({ [field]: text.slice(0, at) + unit + text.slice(at + 1) }, `${field}[${at}], bit ${bit}`)
      }
    }
  }
})

test('no payload and an empty one, a shorter and a longer one, differ', () => {
  const payloads = [null, '', '{', '{}', '{}\0', `${LINE.payload} `]
  const checksums = new Set(payloads.map((payload) => checksumOf({ ...LINE, payload })))
  assert.is(checksums.size, payloads.length)
})

test('a measure that moves to another name is seen', () => {
  const first = checksumOf({ ...LINE, measures: { watchedMs: 15_000 } })
  assert.is.not(checksumOf({ ...LINE, measures: { activeMs: 15_000 } }), first)
})

test.run()
