// The validation of a player's arguments. Frequent calls (lines, lookups, positions) are checked here by hand, because a
// call has a microsecond; rare ones go through the validation of src/events. A check answers the value as it is recorded,
// or throws INVALID_ARGUMENT or INVALID_TEXT, which the tracker reports. Each property of the host's objects is read once,
// because a getter could answer something else the next time.

import { type Allowed, check, isIntegerIn, refusal } from '../events/argument-checks.js'
import { VIDEO_FIELDS } from '../events/event-types.js'
import { checkPayload } from '../events/payload-check.js'
import { storableText } from '../events/text.js'
import type { EventPayloads, SessionFacts, VideoFacts } from '../events/types.js'
import { checkVideoKey } from '../events/validation.js'
import type { SessionStart, SubtitleLine } from '../ports/tracker-types.js'

/** 10,000 hours: longer videos do not exist, and larger numbers come from mistaken units. */
const POSITION_MAX_MS = 36_000_000_000
/** The most that a single event may count: a line, a note or a page has less, a mistaken unit more. */
const COUNT_MAX = 1_000_000_000
const SPEED_MAX = 1_000
/** Longer texts are rare enough for the complete validation, which cuts them where it must. */
const USUAL_TEXT_MAX_UNITS = 4_096

/** The values of a call's arguments. */
export const VALUES = {
  object: {
    holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    allowed: 'an object',
  },
  text: { holds: (value) => typeof value === 'string', allowed: 'text' },
  flag: { holds: (value) => typeof value === 'boolean', allowed: 'true or false' },
  count: { holds: (value) => isIntegerIn(value, 0, COUNT_MAX), allowed: `an integer from 0 to ${COUNT_MAX}` },
  speed: {
    holds: (value) => typeof value === 'number' && value >= 0 && value <= SPEED_MAX,
    allowed: `a number from 0 to ${SPEED_MAX}`,
    hint: '1 is normal playback.',
  },
  mode: { holds: (value) => value === 'playback' || value === 'reading', allowed: 'playback or reading' },
  /** The built-in types are the tracker's own: a host that could write them could count twice. */
  openType: {
    holds: (value) => typeof value === 'string' && value.startsWith('x.'),
    allowed: 'an open name, as x.program.what',
  },
} as const satisfies Readonly<Record<string, Allowed>>

/** The same for an argument that may be left out. */
export function checkOptional({ holds, allowed }: Allowed, field: string, value: unknown): void {
  if (value !== undefined && !holds(value)) throw refusal(field, value, `${allowed}, or left out`)
}

/** A moment in a video, in whole milliseconds. Negative where a subtitle delay moves a cue before the first frame. */
export function roundedMs(field: string, value: unknown): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= POSITION_MAX_MS)) {
    throw refusal(field, value, `a number up to ±${POSITION_MAX_MS}`, 'Milliseconds from the start of the video.')
  }
  // `+ 0` turns −0 into 0.
  return Math.round(value) + 0
}

export function optionalMs(field: string, value: unknown): number | undefined {
  return value === undefined ? undefined : roundedMs(field, value)
}

/** A line as it was when it was checked, in whole milliseconds. */
export interface CheckedLine {
  readonly text: string
  readonly startMs: number | undefined
  readonly endMs: number | undefined
  readonly chars: number | undefined
  readonly words: number | undefined
  readonly tokens: number | undefined
  readonly tokenizer: string | undefined
}

export function checkedLine(given: SubtitleLine): CheckedLine {
  check(VALUES.object, 'line', given)
  const { text, startMs, endMs, chars, words, tokens, tokenizer } = given
  check(VALUES.text, 'text', text)
  checkOptional(VALUES.count, 'chars', chars)
  checkOptional(VALUES.count, 'words', words)
  checkOptional(VALUES.count, 'tokens', tokens)
  checkOptional(VALUES.text, 'tokenizer', tokenizer)
  // Field by field, because spreading an object takes a microsecond.
  return {
    text,
    startMs: optionalMs('startMs', startMs),
    endMs: optionalMs('endMs', endMs),
    chars,
    words,
    tokens,
    tokenizer,
  }
}

/** Whether a text can be stored as it is. Else its event has to go through the validation, which replaces or cuts it. */
export function isStorable(text: string | undefined): boolean {
  return text === undefined || (text.length <= USUAL_TEXT_MAX_UNITS && !storableText(text).isReplaced)
}

/** The arguments of a start with their defaults, and the payload of its `session.started`. */
export function checkedStart(start: SessionStart) {
  check(VALUES.object, 'start', start)
  const { videoKey, video, mode = 'playback', paused, inferSeeks } = start
  const { locale, targetLanguage, difficultyTier, subtitleMode } = start
  check(VALUES.mode, 'mode', mode)
  checkOptional(VALUES.flag, 'paused', paused)
  checkOptional(VALUES.flag, 'inferSeeks', inferSeeks)
  const key = checkVideoKey(videoKey)
  const checked = checkPayload('session.started', { ...key, locale, targetLanguage, difficultyTier, subtitleMode })
  // By the table of its type it holds these fields and no others.
  const payload: EventPayloads['session.started'] = { ...key, ...(checked as SessionFacts) }
  return {
    ...{ payload, mode },
    video: video === undefined ? {} : videoFacts(video),
    paused: paused ?? false,
    inferSeeks: inferSeeks ?? true,
  }
}

export function sessionFacts(facts: SessionFacts): SessionFacts {
  check(VALUES.object, 'facts', facts)
  return checkPayload('session.described', { ...facts }) as SessionFacts
}

/** Players give some of these with a fraction: seconds times 1000, bytes as a rate times a time. */
const INTEGER_FIELDS = Object.entries(VIDEO_FIELDS).flatMap(([name, kind]) => (kind === 'count' ? [name] : []))

export function videoFacts(video: VideoFacts): VideoFacts {
  check(VALUES.object, 'video', video)
  const rounded: Record<string, unknown> = { ...video }
  for (const field of INTEGER_FIELDS) {
    const value = rounded[field]
    if (typeof value === 'number') rounded[field] = Math.round(value)
  }
  return checkPayload('video.described', rounded) as VideoFacts
}
