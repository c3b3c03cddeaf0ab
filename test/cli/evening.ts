// One recorded session, for the tests of the program.

import { encodeEvent } from '../../src/events/codec.js'
import type { EventType, NewEvent } from '../../src/events/types.js'
import { lineOfEvent } from '../../src/replicate/ndjson.js'

const BEGIN_MS = Date.UTC(2026, 1, 3, 20)
export const SESSION = '0190f7a0-0000-7000-8000-000000000001'

/** A session of one minute with two lines (7 characters in all), a lookup found, a card. */
export function evening(streamId = SESSION): readonly NewEvent[] {
  const contents: readonly (readonly [EventType, number, Record<string, number>, Record<string, unknown> | null])[] = [
    ['session.started', 0, { sessions: 1 }, { videoKey: 'local:/tv/猫.mkv', targetLanguage: 'ja' }],
    ['video.described', 0, {}, { title: '猫と港町 1', series: '猫と港町' }],
    ['subtitle.shown', 1000, { lines: 1, chars: 4, words: 2 }, { text: 'ねこだよ' }],
    ['subtitle.shown', 5000, { lines: 1, chars: 3, words: 1 }, { text: 'そうだ' }],
    ['lookup.performed', 6000, { lookups: 1, lookupHits: 1 }, null],
    ['card.mined', 7000, { cards: 1 }, { noteIds: [1] }],
    ['telemetry.sampled', 0, { watchedMs: 60_000, activeMs: 60_000 }, null],
    ['session.ended', 60_000, {}, { reason: 'finished' }],
  ]
  return contents.map(
    ([type, afterMs, measures, payload], index) =>
      encodeEvent({ streamId, type, occurredAtMs: BEGIN_MS + afterMs, utcOffsetMin: 540, measures, payload }, index + 1)
        .event,
  )
}

export const ndjson = (events: readonly NewEvent[]) => events.map((event) => `${lineOfEvent(event)}\n`).join('')
