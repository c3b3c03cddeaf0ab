// Which events pass, which texts are replaced, and what is refused: each refusal names the field, the value and the allowed values.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checksumOf } from '../../src/events/checksum.js'
import { encodeEvent } from '../../src/events/codec.js'
import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'
import { storableText } from '../../src/events/text.js'
import type { TrackingEvent } from '../../src/events/types.js'
import { checkNewEvent, checkTrackingEvent, checkVideoKey } from '../../src/events/validation.js'
import { anyText } from './arbitraries.js'

const test = suite('validation')

const LINE: TrackingEvent = {
  streamId: '019be7a4-6c00-7000-8000-0123456789ab',
  type: 'subtitle.shown',
  occurredAtMs: 1_770_000_000_000,
  utcOffsetMin: 345,
  measures: { lines: 1, chars: 2, words: 1 },
  payload: { text: '猫だ', startMs: -40, endMs: 900 },
}
const OPEN: TrackingEvent = { ...LINE, type: 'x.reader.page', measures: {}, payload: null }

/** Values of any shape, as an untyped program passes them. */
function event(changes: Readonly<Record<string, unknown>>): TrackingEvent {
  return { ...LINE, ...changes } as TrackingEvent
}

function refused(run: () => unknown, code: ErrorCode, ...words: readonly string[]): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ImmersionError)) throw error
    assert.is(error.code, code, error.message)
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} should say ${word}`)
    return
  }
  assert.unreachable(`should be refused: ${words.join(' ')}`)
}

test('an event with nothing wrong comes back equal, and shares nothing with the given one', () => {
  const card: TrackingEvent = { ...LINE, type: 'card.mined', payload: { noteIds: [1, 2] } }
  const open: TrackingEvent = { ...OPEN, payload: { list: [1] } }
  for (const given of [LINE, open, card]) {
    const checked = checkTrackingEvent(given)
    assert.equal(checked, given)
    assert.is.not(checked.measures, given.measures)
    assert.is.not(checked.payload, given.payload)
  }
  assert.is.not(checkTrackingEvent(card).payload?.noteIds, card.payload?.noteIds)
})

test('a stream id is a UUID in lower case', () => {
  for (const streamId of ['', 'x', LINE.streamId.toUpperCase(), `${LINE.streamId} `, 7, null, undefined]) {
    refused(() => checkTrackingEvent(event({ streamId })), 'INVALID_ARGUMENT', 'streamId', 'UUID')
  }
})

test('a type is built in or an open name under x.', () => {
  for (const type of ['x.a', 'x.my-tool.page_2', `x.${'a'.repeat(62)}`]) {
    assert.is(checkTrackingEvent({ ...OPEN, type } as TrackingEvent).type, type)
  }
  for (const type of [
    '',
    'x',
    'x.',
    'x. a',
    'x..a',
    'subtitle',
    'constructor',
    `x.${'a'.repeat(63)}`,
    'x.猫',
    'x.a\0',
    7,
  ]) {
    refused(() => checkTrackingEvent(event({ type })), 'UNKNOWN_EVENT_TYPE', 'type')
  }
})

test('a moment is an integer of milliseconds from 1970 on', () => {
  for (const occurredAtMs of [0, 2 ** 47 - 1]) assert.ok(checkTrackingEvent(event({ occurredAtMs })))
  for (const occurredAtMs of [-1, 1.5, 2 ** 47, Number.NaN, Number.POSITIVE_INFINITY, '5', 5n, null, undefined]) {
    refused(() => checkTrackingEvent(event({ occurredAtMs })), 'INVALID_ARGUMENT', 'occurredAtMs', '140737488355327')
  }
})

test('an offset is a multiple of 15 minutes within 18 hours', () => {
  for (const utcOffsetMin of [-1080, -570, 0, 345, 765, 1080]) assert.ok(checkTrackingEvent(event({ utcOffsetMin })))
  for (const utcOffsetMin of [-1095, 1095, 10, -44, 7.5, Number.NaN, '60', null, undefined]) {
    refused(() => checkTrackingEvent(event({ utcOffsetMin })), 'INVALID_ARGUMENT', 'utcOffsetMin', '15', '1080')
  }
})

test('measures are known by name, whole, not negative and below 2^31', () => {
  assert.ok(checkTrackingEvent(event({ measures: { chars: 2 ** 31 - 1, words: undefined } })))
  for (const value of [-1, 0.5, 2 ** 31, Number.NaN, '3', null]) {
    refused(() => checkTrackingEvent(event({ measures: { chars: value } })), 'INVALID_ARGUMENT', 'measures.chars')
  }
  for (const name of ['pages', 'toString', 'constructor']) {
    refused(() => checkTrackingEvent(event({ measures: { [name]: 1 } })), 'INVALID_ARGUMENT', name, 'watchedMs')
  }
  for (const measures of [null, undefined, [], 7, new Map()]) {
    refused(() => checkTrackingEvent(event({ measures })), 'INVALID_ARGUMENT', 'measures')
  }
})

test('each built-in payload holds its own fields, each of its own kind', () => {
  const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['subtitle.shown', { words: 4 }, 'words'],
    ['subtitle.shown', { text: 4 }, 'payload.text'],
    ['subtitle.shown', { startMs: 1.5 }, 'payload.startMs'],
    ['session.started', {}, 'payload.videoKey'],
    ['session.started', { videoKey: '' }, 'payload.videoKey'],
    ['session.started', { videoKey: 'あ'.repeat(171) }, '512'],
    ['session.started', { videoKey: 'a', targetLanguage: 'Japanese!' }, 'BCP 47'],
    ['session.ended', {}, 'payload.reason'],
    ['session.ended', { reason: 'bored' }, 'finished'],
    ['video.described', { durationMs: -1 }, 'payload.durationMs'],
    ['video.described', { episode: Number.NaN }, 'payload.episode'],
    ['video.described', { hashSha256: 'A'.repeat(64) }, 'lower-case'],
    ['video.described', { sourceType: 'disc' }, 'local or remote'],
    ['video.described', { metadata: 'x' }, 'payload.metadata'],
    ['card.mined', { noteIds: [1, -1] }, 'payload.noteIds'],
    ['card.mined', { noteIds: Array.from({ length: 1001 }, () => 1) }, '1000'],
    ['card.mined', { noteId: 1 }, 'noteIds'],
    ['telemetry.sampled', { shed: -1 }, 'payload.shed'],
    ['playback.paused', { truncated: 'yes' }, 'payload.truncated'],
  ]
  for (const [type, payload, word] of wrong) {
    refused(() => checkTrackingEvent(event({ type, measures: {}, payload })), 'INVALID_ARGUMENT', word)
  }
  refused(() => checkTrackingEvent(event({ type: 'session.ended', payload: null })), 'INVALID_ARGUMENT', 'payload')
  refused(() => checkTrackingEvent(event({ payload: 'text' })), 'INVALID_ARGUMENT', 'payload')
})

test('every field of every built-in payload is let through', () => {
  const right: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    [
      'session.started',
      { videoKey: 'local:/a.mkv', locale: 'en', targetLanguage: 'zh-Hant', difficultyTier: 'N3', subtitleMode: 'raw' },
    ],
    ['session.described', { targetLanguage: 'pt-BR' }],
    ['session.ended', { reason: 'silent' }],
    [
      'video.described',
      {
        title: 'A',
        series: 'B',
        season: 1,
        episode: 6.5,
        sourceType: 'remote',
        path: '/a',
        url: 'u',
        durationMs: 1,
        fileSizeBytes: 2,
        codec: 'h264',
        container: 'mkv',
        widthPx: 1,
        heightPx: 1,
        fpsX100: 2398,
        bitrateKbps: 1,
        audioCodec: 'aac',
        hashSha256: 'a'.repeat(64),
        screenshotPath: '/s',
        metadata: { tags: ['x'], at: new Date(0) },
      },
    ],
    ['lookup.performed', { term: '猫', dictionary: '大辞林' }],
    ['playback.seeked', { fromMs: 1, toMs: 2 }],
    ['telemetry.sampled', { positionMs: 0, shed: 3 }],
  ]
  for (const [type, payload] of right) {
    const tracked = event({ type, measures: {}, payload })
    assert.equal(checkTrackingEvent(tracked), tracked, type)
  }
})

test('a field that is undefined is absent, and a detail that says nothing has no payload', () => {
  assert.equal(checkTrackingEvent(event({ payload: { text: '猫', startMs: undefined } })).payload, { text: '猫' })
  assert.is(checkTrackingEvent(event({ payload: { text: undefined } })).payload, null)
  assert.is(checkTrackingEvent(event({ payload: {} })).payload, null)
})

test('the keys of a prototype are refused wherever they stand', () => {
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    const object = JSON.parse(`{"${key}":1}`)
    for (const payload of [object, { a: object }, { a: [object] }, { a: new Map([[1, object]]) }]) {
      refused(() => checkTrackingEvent({ ...OPEN, payload }), 'INVALID_ARGUMENT', key)
    }
    refused(() => checkTrackingEvent(event({ payload: object })), 'INVALID_ARGUMENT', key)
    const metadata = { type: 'video.described', measures: {}, payload: { metadata: object } }
    refused(() => checkTrackingEvent(event(metadata)), 'INVALID_ARGUMENT', key)
  }
})

test('metadata of a video holds what JSON can say: a bigint, a map or a set in it is refused by its place', () => {
  const described = (metadata: unknown) => event({ type: 'video.described', measures: {}, payload: { metadata } })
  for (const value of [12n, new Map([[1, 2]]), new Set([1])]) {
    refused(() => checkTrackingEvent(described({ a: { b: value } })), 'INVALID_ARGUMENT', 'payload.metadata.a.b')
    assert.equal(checkTrackingEvent({ ...OPEN, payload: { a: value } }).payload?.a, value)
  }
})

test('instances of classes, functions, symbols and rings are refused by their place', () => {
  class Page {
    readonly number = 3
  }
  const ring: Record<string, unknown> = {}
  ring.self = ring
  for (const value of [
    new Page(),
    () => 1,
    Symbol('a'),
    ring,
    new Error('a'),
    /a/,
    new Uint8Array(2),
    new (class extends Date {})(),
  ]) {
    refused(() => checkTrackingEvent({ ...OPEN, payload: { list: [value] } }), 'INVALID_ARGUMENT', 'payload.list.0')
  }
  refused(
    () => checkTrackingEvent({ ...OPEN, payload: { list: Array.from({ length: 5000 }, () => 0) } }),
    'INVALID_ARGUMENT',
    '4096',
  )
})

test('NUL and lone surrogates in free text are replaced and marked; its counts stay', () => {
  const replaced = checkTrackingEvent(event({ payload: { text: 'a\0b\ud83dc\ude00😀', startMs: 5 } }))
  assert.equal(replaced.payload, { text: 'a\ufffdb\ufffdc\ufffd😀', startMs: 5, mended: true })
  assert.equal(replaced.measures, LINE.measures)
  const open = checkTrackingEvent({ ...OPEN, payload: { a: [{ b: '\0' }], at: new Date(5), keep: 'x' } })
  assert.equal(open.payload, { a: [{ b: '\ufffd' }], at: new Date(5), keep: 'x', mended: true })
  const video = checkTrackingEvent(event({ type: 'video.described', measures: {}, payload: { metadata: { a: '\0' } } }))
  assert.equal(video.payload, { metadata: { a: '\ufffd' }, mended: true })
})

test('exactly NUL and lone surrogates are replaced, and the answer says whether any were', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      // The other route: Node writes U+FFFD for a lone surrogate.
      const expected = Buffer.from(text, 'utf8').toString('utf8').replaceAll('\0', '\ufffd')
      assert.equal(storableText(text), { text: expected, isReplaced: expected !== text })
    }),
    { numRuns: 1000 },
  )
})

test('keys with NUL or lone surrogates are refused as INVALID_TEXT', () => {
  for (const bad of ['a\0', '\ud83d', 'a\ude00b']) {
    refused(() => checkVideoKey(bad), 'INVALID_TEXT', 'videoKey')
    const started = { type: 'session.started', measures: {}, payload: { videoKey: bad } }
    refused(() => checkTrackingEvent(event(started)), 'INVALID_TEXT', 'videoKey')
    refused(() => checkTrackingEvent({ ...OPEN, payload: { a: { [bad]: 1 } } }), 'INVALID_TEXT', 'payload.a')
  }
})

test('a line as long as a book is cut before it waits anywhere', () => {
  const checked = checkTrackingEvent(event({ payload: { text: `${'a'.repeat(65_535)}😀${'b'.repeat(1e6)}` } }))
  assert.equal(checked.payload, { text: 'a'.repeat(65_535), truncated: true })
})

test('a video key of up to 512 bytes is kept, a longer one becomes its hash', () => {
  assert.equal(checkVideoKey('local:/a.mkv'), { videoKey: 'local:/a.mkv' })
  const longest = `${'あ'.repeat(170)}ab`
  assert.is(Buffer.byteLength(longest), 512)
  assert.equal(checkVideoKey(longest), { videoKey: longest })
  const longer = `${longest}c`
  const sha256 = createHash('sha256').update(Buffer.from(longer)).digest('hex')
  assert.equal(checkVideoKey(longer), { videoKey: `hash:${sha256}`, originalVideoKey: longer })
  for (const key of ['', undefined, 7]) refused(() => checkVideoKey(key as string), 'INVALID_ARGUMENT', 'videoKey')
})

test('a recorded event from outside is taken as it was exported', () => {
  const { event: recorded } = encodeEvent(LINE, 4)
  assert.equal(checkNewEvent(JSON.parse(JSON.stringify(recorded))), recorded)
})

test('measures that change their answer are imported as they were checked', () => {
  const { event: recorded } = encodeEvent(LINE, 4)
  let reads = 0
  const lines = () => (reads++ === 0 ? recorded.measures.lines : 1e9)
  const measures = Object.defineProperty({ ...recorded.measures }, 'lines', { get: lines, enumerable: true })
  assert.equal(structuredClone(checkNewEvent({ ...recorded, measures })), recorded)
})

test('a recorded event that was changed, or is no event, is IMPORT_INVALID by field', () => {
  const recorded: Record<string, unknown> = { ...encodeEvent(LINE, 4).event }
  const changes: readonly (readonly [string, unknown, string])[] = [
    ['checksum', 5, 'checksum'],
    ['checksum', '5', 'checksum'],
    ['version', 5, 'checksum'],
    ['version', 0, 'version'],
    ['version', 1.5, 'version'],
    ['payloadVersion', 2, 'payloadVersion'],
    ['streamId', 'x', 'streamId'],
    ['type', 'y.a', 'type'],
    ['occurredAtMs', -1, 'occurredAtMs'],
    ['utcOffsetMin', 1, 'utcOffsetMin'],
    ['measures', { lines: -1 }, 'measures.lines'],
    ['payload', '{"json":{"text":"犬だ"}}', 'checksum'],
    ['payload', '{"json":{"words":1}}', 'words'],
    ['payload', '{"json":{"__proto__":1}}', '__proto__'],
    ['payload', '{', 'payload'],
    ['payload', { text: 'a' }, 'payload'],
    ['payload', `{"json":{"text":"${'あ'.repeat(100)}"}}`, '256'],
    ['position', 1, 'position'],
  ]
  for (const [field, value, word] of changes) {
    refused(() => checkNewEvent({ ...recorded, [field]: value }), 'IMPORT_INVALID', word)
  }
  for (const value of [null, undefined, 7, 'x', [], {}]) refused(() => checkNewEvent(value), 'IMPORT_INVALID')
})

test('a fact that was recorded without its payload, because the database refused it, can be imported', () => {
  const content = {
    ...encodeEvent(LINE, 1).event,
    type: 'session.started' as const,
    measures: { sessions: 1 },
    payload: null,
  }
  const recorded = { ...content, checksum: checksumOf(content) }
  assert.equal(checkNewEvent(recorded), recorded)
})

test.run()
