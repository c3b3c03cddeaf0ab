// Event types as integers. The types of a session have fixed codes, seeded by the first migration; every other type (the
// learner's commands, which are few, and `x.…`) gets the next free code from FIRST_OPEN_TYPE_ID up when it is first
// written. The event_types table names them all.

import type { BuiltInType, CorrectionType } from '../../src/events/types.js'

/** Frozen: codes are stored, and every migrated database has these rows. */
export const BUILT_IN_TYPE_IDS: Readonly<Record<Exclude<BuiltInType, CorrectionType>, number>> = {
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

/** Codes below 32,768 take two bytes. */
export const FIRST_OPEN_TYPE_ID = 1000
