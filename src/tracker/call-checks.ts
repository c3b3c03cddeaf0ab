// The validation of a player's arguments. Frequent calls (lines, lookups, positions) are checked here by hand, because a
// call has a microsecond; rare ones go through the validation of src/events. A check answers the value as it is recorded,
// or throws INVALID_ARGUMENT or INVALID_TEXT, which the tracker reports.

import { isIntegerIn, refusal } from '../events/argument-checks.js'
import { END_REASONS, VIDEO_FIELDS } from '../events/event-types.js'
import { checkPayload, isEndReason } from '../events/payload-check.js'
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

export function checkObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(field, value, 'an object')
}

export function checkOptionalText(field: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw refusal(field, value, 'text, or left out')
}

export function checkOptionalFlag(field: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') throw refusal(field, value, 'true or false, or left out')
}

export function checkOptionalCount(field: string, value: unknown): void {
  if (value === undefined || isIntegerIn(value, 0, COUNT_MAX)) return
  throw refusal(field, value, `an integer from 0 to ${COUNT_MAX}, or left out`)
}

/** A moment in a video, in whole milliseconds. Negative where a subtitle delay moves a cue before the first frame. */
export function wholeMs(field: string, value: unknown): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= POSITION_MAX_MS)) {
    throw refusal(field, value, `a number up to ±${POSITION_MAX_MS}`, 'Milliseconds from the start of the video.')
  }
  // `+ 0` turns −0 into 0.
  return Math.round(value) + 0
}

export function optionalMs(field: string, value: unknown): number | undefined {
  return value === undefined ? undefined : wholeMs(field, value)
}

export function checkSpeed(value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= SPEED_MAX) return
  throw refusal('speed', value, `a number from 0 to ${SPEED_MAX}`, '1 is normal playback.')
}

export function checkWaiting(value: unknown): void {
  if (typeof value !== 'boolean') throw refusal('waiting', value, 'true or false')
}

export function checkLine(line: SubtitleLine): void {
  checkObject('line', line)
  if (typeof line.text !== 'string') throw refusal('text', line.text, 'text')
  checkOptionalCount('chars', line.chars)
  checkOptionalCount('words', line.words)
  checkOptionalCount('tokens', line.tokens)
  checkOptionalText('tokenizer', line.tokenizer)
}

/** Whether a text can be stored as it is. Else its event has to go through the validation, which replaces or cuts it. */
export function isStorable(text: string | undefined): boolean {
  return text === undefined || (text.length <= USUAL_TEXT_MAX_UNITS && !storableText(text).isReplaced)
}

export function checkNoteIds(noteIds: readonly number[]): void {
  checkPayload('card.mined', { noteIds })
}

/** The built-in types are the tracker's own: a host that could write them could count twice. */
export function checkOpenType(type: unknown): void {
  if (typeof type !== 'string' || !type.startsWith('x.')) throw refusal('type', type, 'an open name, as x.program.what')
}

export function checkEndReason(reason: unknown): void {
  if (!isEndReason(reason)) throw refusal('reason', reason, END_REASONS.join(', '))
}

export function checkSessionStart(start: SessionStart): void {
  checkObject('start', start)
  const { mode } = start
  if (mode !== undefined && mode !== 'playback' && mode !== 'reading')
    throw refusal('mode', mode, 'playback or reading')
  checkOptionalFlag('paused', start.paused)
  checkOptionalFlag('inferSeeks', start.inferSeeks)
}

/** The payload of `session.started`. */
export function startedPayload(start: SessionStart): EventPayloads['session.started'] {
  const { locale, targetLanguage, difficultyTier, subtitleMode } = start
  const key = checkVideoKey(start.videoKey)
  const checked = checkPayload('session.started', { ...key, locale, targetLanguage, difficultyTier, subtitleMode })
  // By the table of its type it holds these fields and no others.
  return { ...key, ...(checked as SessionFacts) }
}

export function sessionFacts(facts: SessionFacts): SessionFacts {
  checkObject('facts', facts)
  return checkPayload('session.described', { ...facts }) as SessionFacts
}

/** Players give some of these with a fraction: seconds times 1000, bytes as a rate times a time. */
const INTEGER_FIELDS = Object.entries(VIDEO_FIELDS).flatMap(([name, kind]) => (kind === 'count' ? [name] : []))

export function videoFacts(video: VideoFacts): VideoFacts {
  checkObject('video', video)
  const rounded: Record<string, unknown> = { ...video }
  for (const field of INTEGER_FIELDS) {
    const value = rounded[field]
    if (typeof value === 'number') rounded[field] = Math.round(value)
  }
  // A copy, so that nothing that the host changes in its metadata afterwards is recorded.
  return structuredClone(checkPayload('video.described', rounded)) as VideoFacts
}
