// Events as rows and back: nothing is lost, sums are those of the events, and a damaged row is seen.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checksumOf } from '../../src/events/checksum.js'
import { ImmersionError } from '../../src/events/errors.js'
import {
  addRowMeasures,
  eventOfRow,
  measuresOfRow,
  rowIsIntact,
  rowMeasures,
  rowOfEvent,
} from '../../src/events/event-row.js'
import { canonicalMeasures, MEASURE_NAMES, type SparseMeasures, zeroSums } from '../../src/events/measures.js'
import type { NewEvent } from '../../src/events/types.js'
import type { EventRow } from '../../src/ports/event-log.js'
import { ALL_TYPES, contentOfEvent, sparseMeasures } from './arbitraries.js'

const test = suite('event rows')

function rowOf(type: NewEvent['type'], measures: SparseMeasures): EventRow {
  return rowOfEvent(eventOf(type, measures), 1, 1)
}

function eventOf(type: NewEvent['type'], measures: SparseMeasures): NewEvent {
  const content = {
    streamId: '019be7a4-6c00-7000-8000-0123456789ab',
    version: 1,
    type,
    payloadVersion: 1,
    occurredAtMs: 1_770_000_000_000,
    utcOffsetMin: 60,
    measures,
    payload: null,
  }
  return { ...content, checksum: checksumOf(content) }
}

/** The other route to sums: by name, from the event's own measures. */
function sumsOf(measures: SparseMeasures): number[] {
  return MEASURE_NAMES.map((name) => measures[name] ?? 0)
}

test('what a row holds comes back as it was, for every type and any measures', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ALL_TYPES), sparseMeasures, (type, measures) => {
      const row = rowOf(type, measures)
      assert.equal(measuresOfRow(row), canonicalMeasures(measures))
      assert.equal(Object.keys(measuresOfRow(row)), Object.keys(canonicalMeasures(measures)))
    }),
  )
})

test('the fast sum of a row adds the measures of its event', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ALL_TYPES), sparseMeasures, (type, measures) => {
      const sums = zeroSums().map((_, index) => index)
      addRowMeasures(sums, rowOf(type, measures))
      assert.equal(
        sums,
        sumsOf(measures).map((value, index) => value + index),
      )
    }),
  )
})

test('a whole event comes back from its row, and its row is intact', () => {
  fc.assert(
    fc.property(contentOfEvent, fc.nat(), fc.nat(), (content, stream, position) => {
      const event = { ...content, measures: canonicalMeasures(content.measures), checksum: checksumOf(content) }
      const row = rowOfEvent(event, stream, position)
      assert.equal(eventOfRow(row, event.streamId), { ...event, position })
      assert.ok(rowIsIntact(row, event.streamId))
    }),
  )
})

test('the usual measures of each type take columns, not text', () => {
  const usual: readonly (readonly [NewEvent['type'], SparseMeasures, readonly number[]])[] = [
    ['session.started', { sessions: 1 }, [0, 0, 0]],
    ['subtitle.shown', { lines: 1, chars: 14, words: 7, tokens: 9 }, [14, 7, 9]],
    ['subtitle.shown', { lines: 1 }, [0, 0, 0]],
    ['lookup.performed', { lookups: 1, lookupHits: 1 }, [1, 0, 0]],
    ['card.mined', { cards: 3 }, [3, 0, 0]],
    ['card.mined', {}, [0, 0, 0]],
    ['playback.paused', { pauses: 1 }, [0, 0, 0]],
    ['playback.seeked', { seeksBackward: 1 }, [0, 1, 0]],
    ['playback.buffered', { buffers: 1 }, [0, 0, 0]],
    ['telemetry.sampled', { watchedMs: 15_000, activeMs: 9_000, pausedMs: 6_000 }, [15_000, 9_000, 6_000]],
  ]
  for (const [type, measures, [measure1, measure2, measure3]] of usual) {
    assert.equal(rowMeasures(type, measures), { measure1, measure2, measure3, moreMeasures: null }, type)
  }
})

test('what does not fit goes as text, all of it, in the order of measures and without zeros', () => {
  assert.equal(rowMeasures('telemetry.sampled', { words: 4, watchedMs: 1, lines: 0 }), {
    measure1: 0,
    measure2: 0,
    measure3: 0,
    moreMeasures: '{"watchedMs":1,"words":4}',
  })
  assert.is(rowMeasures('playback.paused', {}).moreMeasures, '{}', 'a pause that counts none')
  assert.is(rowMeasures('playback.paused', { pauses: 2 }).moreMeasures, '{"pauses":2}')
  assert.is(rowMeasures('x.reader.page', { chars: 5 }).moreMeasures, '{"chars":5}')
})

test('any flipped bit of a row that the event shows in is found', () => {
  for (const [type, measures] of [
    ['subtitle.shown', { lines: 1, chars: 14 }],
    ['session.ended', {}],
    ['telemetry.sampled', { watchedMs: 60_000, lines: 3 }],
  ] as const) {
    const event = eventOf(type, measures)
    const row = { ...rowOfEvent(event, 1, 1), payload: '{"json":{"text":"あ"}}' }
    row.checksum = checksumOf({ ...event, payload: row.payload })
    assert.ok(rowIsIntact(row, event.streamId))
    for (const field of ['measure1', 'measure2', 'measure3', 'version', 'utcOffsetMin', 'payloadVersion'] as const) {
      for (let bit = 0; bit < 31; bit++) {
        assert.not(rowIsIntact({ ...row, [field]: row[field] ^ (1 << bit) }, event.streamId), `${field}, bit ${bit}`)
      }
    }
    for (const field of ['payload', 'moreMeasures', 'type'] as const) {
      const text = row[field] ?? ''
      for (let at = 0; at < text.length; at++) {
        for (let bit = 0; bit < 7; bit++) {
          const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
          assert.not(rowIsIntact({ ...row, [field]: flipped }, event.streamId), `${field}[${at}], bit ${bit}`)
        }
      }
    }
    assert.not(rowIsIntact({ ...row, payload: null }, event.streamId))
    assert.not(rowIsIntact(row, event.streamId.replace('a', 'b')), 'the id of its stream')
  }
})

test('measures that cannot be read are STORAGE_CORRUPT, and never a wrong sum', () => {
  for (const moreMeasures of [
    '',
    '{',
    '[]',
    'null',
    '7',
    '{"pages":1}',
    '{"lines":"1"}',
    '{"lines":1.5}',
    '{"lines":null}',
  ]) {
    const row = { ...rowOf('x.reader.page', {}), moreMeasures }
    const corrupt = (error: unknown) => error instanceof ImmersionError && error.code === 'STORAGE_CORRUPT'
    assert.throws(() => measuresOfRow(row), corrupt, moreMeasures)
    assert.throws(() => addRowMeasures(zeroSums(), row), corrupt, moreMeasures)
    assert.not(rowIsIntact(row, '019be7a4-6c00-7000-8000-0123456789ab'))
  }
})

test.run()
