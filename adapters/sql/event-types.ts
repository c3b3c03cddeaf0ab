// Event types as integers. Built-in types have fixed codes, so that every database agrees on them; open types (`x.…`) get
// the next free code from FIRST_OPEN_TYPE_ID up when they are first written. The event_types table names them all.

import type { BuiltInType } from '../../src/events/types.js'

/** Frozen: codes are stored. A new built-in type takes the next number. */
export const BUILT_IN_TYPE_IDS: Readonly<Record<BuiltInType, number>> = {
  'session.started': 1,
  'session.described': 2,
  'session.ended': 3,
  'video.described': 4,
  'subtitle.shown': 5,
  'lookup.performed': 6,
  'card.mined': 7,
  'playback.paused': 8,
  'playback.resumed': 9,
  'playback.seeked': 10,
  'playback.buffered': 11,
  'telemetry.sampled': 12,
}

/** Leaves room for built-in types to come, and codes below 32,768 take two bytes. */
export const FIRST_OPEN_TYPE_ID = 1000
