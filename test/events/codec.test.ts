// Payloads as text: superjson's own text by the short way too, the caps and what gives way to them, versions and upcasts.
// What was stored is read back through superjson itself.

import fc from 'fast-check'
import superjson from 'superjson'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checksumOf } from '../../src/events/checksum.js'
import {
  decodePayload,
  encodeEvent,
  payloadVersionOf,
  stringifyPayload,
  upcastPayload,
} from '../../src/events/codec.js'
import { ImmersionError } from '../../src/events/errors.js'
import { splitIdentifiers } from '../../src/events/truncation.js'
import type { TrackingEvent } from '../../src/events/types.js'
import { checkNewEvent, checkTrackingEvent } from '../../src/events/validation.js'
import { anyText, storableText } from './arbitraries.js'

const test = suite('codec')

const LINE: TrackingEvent = {
  streamId: '019be7a4-6c00-7000-8000-0123456789ab',
  type: 'subtitle.shown',
  occurredAtMs: 1_770_000_000_000,
  utcOffsetMin: 540,
  measures: { lines: 1, chars: 14, words: 7 },
  payload: { text: '今日はとても天気がいいですね', startMs: 10_000, endMs: 12_000 },
}
const LONE_SURROGATE = /\p{Cs}/u

function bytesOf(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text, 'utf8')
}

function stored(event: TrackingEvent): { readonly text: string; readonly payload: Record<string, unknown> } {
  const text = encodeEvent(event, 1).event.payload
  assert.type(text, 'string')
  // Through superjson itself, not through the codec.
  return { text: text ?? '', payload: superjson.parse(text ?? '') }
}

/** Keys that the validation refuses, because superjson throws on them. */
const refusedKey = /"(__proto__|constructor|prototype)":/
const plainValue = fc.jsonValue({ maxDepth: 4 }).filter((value) => !refusedKey.test(JSON.stringify(value)))
const plainKey = fc.string().filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key))
const anyValue = fc.anything({
  key: plainKey,
  withDate: true,
  withMap: true,
  withSet: true,
  withBigInt: true,
  withNullPrototype: false,
  maxDepth: 3,
})

test('the text of a plain payload is what superjson writes', () => {
  fc.assert(
    fc.property(fc.dictionary(plainKey, plainValue), (payload) => {
      assert.is(stringifyPayload(payload), superjson.stringify(payload))
    }),
    { numRuns: 500 },
  )
})

test('the text of any payload is what superjson writes: dates, maps, sets, bigints, undefined, NaN and −0', () => {
  fc.assert(
    fc.property(fc.dictionary(plainKey, anyValue), (payload) => {
      assert.is(stringifyPayload(payload), superjson.stringify(payload))
    }),
    { numRuns: 500 },
  )
  const shared = { page: 1 }
  for (const payload of [
    { value: undefined },
    { value: Number.NaN },
    { value: -0 },
    { value: Number.POSITIVE_INFINITY },
    { value: 10n },
    { value: new Date(0) },
    { value: new Map([['a', 1]]) },
    { first: shared, second: shared },
    { list: [shared, shared] },
    { 'a.b': new Date(0) },
  ]) {
    assert.is(stringifyPayload(payload), superjson.stringify(payload))
  }
})

test('what superjson keeps comes back from the stored text', () => {
  const payload = {
    at: new Date(1e12),
    words: new Map([['猫', 2n]]),
    seen: new Set([1, 2]),
    gone: undefined,
    plain: [1],
  }
  const event: TrackingEvent = {
    ...LINE,
    type: 'x.reader.page',
    measures: {},
    payload: { at: payload.at, m: payload.words },
  }
  const { event: encoded } = encodeEvent(event, 1)
  assert.equal(decodePayload('x.reader.page', 1, encoded.payload), { at: payload.at, m: payload.words })
  assert.equal(decodePayload('x.reader.page', 1, superjson.stringify(payload)), payload)
})

test('an event is encoded as it was tracked, with version, measures in order and its checksum', () => {
  const { event, overflow } = encodeEvent({ ...LINE, measures: { words: 7, tokens: 0, lines: 1, chars: 14 } }, 9)
  assert.is(event.version, 9)
  assert.is(event.streamId, LINE.streamId)
  assert.equal(Object.entries(event.measures), [
    ['lines', 1],
    ['chars', 14],
    ['words', 7],
  ])
  assert.is(event.payload, '{"json":{"text":"今日はとても天気がいいですね","startMs":10000,"endMs":12000}}')
  assert.is(event.checksum, checksumOf(event))
  assert.equal(overflow, [])
})

test('an event without payload has none, and reads as null', () => {
  const { event } = encodeEvent({ ...LINE, payload: null }, 1)
  assert.is(event.payload, null)
  assert.is(decodePayload('subtitle.shown', 1, null), null)
})

test('a line that nobody counted is counted when it is encoded; a count that the caller gave stays', () => {
  // 今日 は とても 天気 が いい です ね
  const uncounted = { ...LINE, measures: { lines: 1 }, countIn: 'ja' }
  assert.equal(encodeEvent(uncounted, 1).event.measures, { lines: 1, chars: 14, words: 8 })
  assert.equal(encodeEvent({ ...uncounted, measures: { lines: 1, chars: 3 } }, 1).event.measures, {
    lines: 1,
    chars: 3,
    words: 8,
  })
})

test('a line is counted before it is cut', () => {
  const text = '猫'.repeat(500)
  const { event } = encodeEvent({ ...LINE, measures: { lines: 1 }, payload: { text }, countIn: 'ja' }, 1)
  assert.is(event.measures.chars, 500)
  assert.ok(bytesOf(event.payload) <= 256)
})

test('256 bytes of UTF-8 are let through whole, 257 are cut', () => {
  const emptyBytes = bytesOf('{"json":{"text":""}}')
  for (const letter of ['a', 'é', 'あ', '😀']) {
    const bytes = bytesOf(letter)
    const fits = letter.repeat(Math.floor((256 - emptyBytes) / bytes))
    const padded = fits + 'a'.repeat(256 - emptyBytes - bytesOf(fits))
    const whole = stored({ ...LINE, payload: { text: padded } })
    assert.is(bytesOf(whole.text), 256)
    assert.equal(whole.payload, { text: padded })
    const cut = stored({ ...LINE, payload: { text: `${padded}a` } })
    assert.is(cut.payload.truncated, true)
    assert.ok(bytesOf(cut.text) <= 256)
  }
})

test('a cut line keeps the longest start that fits, its cue and its measures, and no half letter', () => {
  const measures = { lines: 1, chars: 900, words: 400, tokens: 500 }
  fc.assert(
    fc.property(storableText, fc.nat({ max: 300 }), (text, more) => {
      const long = text + '漢'.repeat(more)
      const event = { ...LINE, measures, payload: { text: long, startMs: 1, endMs: 2 } }
      const { text: encoded, payload } = stored(event)
      assert.ok(bytesOf(encoded) <= 256)
      assert.equal(encodeEvent(event, 1).event.measures, measures)
      assert.is(payload.startMs, 1)
      assert.is(payload.endMs, 2)
      const kept = String(payload.text ?? '')
      assert.ok(long.startsWith(kept))
      assert.not(LONE_SURROGATE.test(kept))
      if (bytesOf(superjson.stringify(event.payload)) <= 256) assert.is(payload.truncated, undefined)
      else {
        assert.is(payload.truncated, true)
        const next = [...long.slice(kept.length)][0] ?? ''
        const longer = { ...event.payload, text: kept + next, truncated: true }
        assert.ok(bytesOf(superjson.stringify(longer)) > 256, 'one letter more would not have fit')
      }
    }),
  )
})

test('texts with lone surrogates that no validation has replaced still fit', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { text: encoded } = stored({ ...LINE, payload: { text: text.repeat(20), tokenizer: text } })
      assert.ok(bytesOf(encoded) <= 256)
    }),
  )
})

test('of two free texts the least missed goes first, and the other only when it must', () => {
  const { payload } = stored({ ...LINE, payload: { text: 'あ'.repeat(200), tokenizer: 'mecab' } })
  assert.is(payload.tokenizer, 'mecab')
  const both = stored({ ...LINE, payload: { text: 'あ'.repeat(200), tokenizer: 'い'.repeat(200) } })
  assert.is(both.payload.text, undefined)
  assert.match(String(both.payload.tokenizer), /^い+$/)
  const term = stored({ ...LINE, type: 'lookup.performed', payload: { term: 'x'.repeat(5000), dictionary: '大辞林' } })
  assert.is(term.payload.dictionary, '大辞林')
  assert.match(String(term.payload.term), /^x+$/)
})

test('facts have 8 KiB; a video that is too long loses metadata, then paths, and its title last', () => {
  const facts = { title: '題'.repeat(100), path: 'p'.repeat(1000), url: 'u'.repeat(1000), episode: 3 }
  const type = 'video.described'
  const fits = stored({ ...LINE, type, measures: {}, payload: { ...facts, metadata: { note: 'n'.repeat(1000) } } })
  assert.is(fits.payload.truncated, undefined)
  const without = stored({ ...LINE, type, measures: {}, payload: { ...facts, metadata: { note: 'n'.repeat(9000) } } })
  assert.equal(without.payload, { ...facts, metadata: { truncated: true }, truncated: true })
  const cut = stored({ ...LINE, type, measures: {}, payload: { ...facts, screenshotPath: 's'.repeat(9000) } })
  assert.is(cut.payload.title, facts.title)
  assert.is(cut.payload.path, facts.path)
  assert.match(String(cut.payload.screenshotPath), /^s{1000,}$/)
  assert.is(bytesOf(cut.text), 8192)
  const worst = { ...facts, title: '題'.repeat(9000), path: 'p'.repeat(9000), url: 'u'.repeat(9000) }
  const left = stored({ ...LINE, type, measures: {}, payload: worst })
  assert.ok(bytesOf(left.text) <= 8192)
  assert.is(left.payload.url, undefined)
  assert.match(String(left.payload.title), /^題{2000,}$/)
  assert.is(left.payload.episode, 3)
})

test('a session whose original key is endless keeps its key', () => {
  const payload = { videoKey: `hash:${'a'.repeat(64)}`, originalVideoKey: 'あ'.repeat(50_000), targetLanguage: 'ja' }
  const { text, payload: left } = stored({ ...LINE, type: 'session.started', measures: { sessions: 1 }, payload })
  assert.ok(bytesOf(text) <= 8192)
  assert.is(left.videoKey, payload.videoKey)
  assert.is(left.targetLanguage, 'ja')
  assert.match(String(left.originalVideoKey), /^あ+$/)
})

test('an open payload that does not fit gives way as a whole, and its measures stay', () => {
  const event: TrackingEvent = {
    ...LINE,
    type: 'x.reader.page',
    measures: { chars: 5000 },
    payload: { page: 3, text: 'あ'.repeat(300) },
  }
  const { event: encoded } = encodeEvent(event, 1)
  assert.is(encoded.payload, '{"json":{"truncated":true}}')
  assert.equal(encoded.measures, { chars: 5000 })
})

test('note ids that do not fit go on in further events without measures, each of which fits', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat(), { maxLength: 300 }), (noteIds) => {
      const event: TrackingEvent = {
        ...LINE,
        type: 'card.mined',
        measures: { cards: noteIds.length },
        payload: { noteIds },
      }
      const { event: first, overflow } = encodeEvent(event, 1)
      const all = [first, ...overflow.map((further, index) => encodeEvent(further, index + 2).event)]
      assert.equal(first.measures, noteIds.length === 0 ? {} : { cards: noteIds.length })
      for (const [index, part] of all.entries()) {
        assert.ok(bytesOf(part.payload) <= 256)
        if (index > 0) assert.equal(part.measures, {})
        checkNewEvent(part)
      }
      for (const further of overflow) assert.equal(splitIdentifiers(further), [further], 'no part is split again')
      const kept = all.flatMap((part) => {
        const payload = decodePayload('card.mined', part.payloadVersion, part.payload)
        return Array.isArray(payload?.noteIds) ? payload.noteIds : []
      })
      assert.equal(kept, noteIds)
    }),
  )
})

test('a validated event encodes to one that the validation of imports accepts', () => {
  const payload = fc.record(
    { text: anyText, startMs: fc.maxSafeInteger(), endMs: fc.maxSafeInteger(), tokenizer: anyText },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(payload, (tracked) => {
      const { event } = encodeEvent(checkTrackingEvent({ ...LINE, payload: tracked }), 3)
      assert.equal(checkNewEvent(JSON.parse(JSON.stringify(event))), event)
    }),
  )
})

test('version 1 of card.mined named one note: it reads as version 2, and its stored form is not touched', () => {
  assert.is(payloadVersionOf('card.mined'), 2)
  const text = '{"json":{"noteId":1700000000000}}'
  const content = {
    ...LINE,
    type: 'card.mined' as const,
    version: 2,
    payloadVersion: 1,
    measures: { cards: 1 },
    payload: text,
  }
  const recorded = { ...content, checksum: checksumOf(content) }
  const before = JSON.stringify(recorded)
  assert.equal(decodePayload('card.mined', 1, recorded.payload), { noteIds: [1_700_000_000_000] })
  assert.is(JSON.stringify(recorded), before)
  const imported = checkNewEvent({
    streamId: recorded.streamId,
    version: recorded.version,
    type: recorded.type,
    payloadVersion: 1,
    occurredAtMs: recorded.occurredAtMs,
    utcOffsetMin: recorded.utcOffsetMin,
    measures: recorded.measures,
    payload: text,
    checksum: recorded.checksum,
  })
  assert.is(imported.payload, text, 'an import keeps the version that it was written in')
  assert.is(imported.payloadVersion, 1)
  assert.is(imported.checksum, recorded.checksum)
})

test('an upcast is pure: the payload that it is given stays as it was', () => {
  const payload = Object.freeze({ noteId: 5, truncated: true })
  assert.equal(upcastPayload('card.mined', 1, payload), { noteIds: [5], truncated: true })
  assert.equal(payload, { noteId: 5, truncated: true })
  assert.is(upcastPayload('card.mined', 1, null), null)
  const current = { noteIds: [5] }
  assert.is(upcastPayload('card.mined', 2, current), current)
  assert.is(upcastPayload('x.reader.page', 1, current), current)
})

test('a payload that cannot be read, or is of a later version, is STORAGE_CORRUPT', () => {
  for (const text of [
    '',
    '{',
    '7',
    'null',
    '[]',
    '{}',
    '{"json":7}',
    '{"json":null}',
    '{"json":{},"meta":{"values":{"a":["nonsense"]}}}',
  ]) {
    assert.throws(
      () => decodePayload('subtitle.shown', 1, text),
      (error: unknown) => error instanceof ImmersionError && error.code === 'STORAGE_CORRUPT',
      text,
    )
  }
  assert.throws(
    () => decodePayload('card.mined', 3, '{"json":{}}'),
    (error: unknown) => error instanceof ImmersionError && error.message.includes('1 to 2'),
  )
})

test.run()
