// The validation of events that come from outside: checkTrackingEvent for the tracker and for programs, checkNewEvent for
// an import. Both answer a copy whose values were each read once, because a getter of the given object could answer something
// else the next time. Everything behind it trusts the copy. Every refusal names the field, its value and the allowed values.

import { type Allowed, check, checkKeyText, isIntegerIn, refusal, shown } from './argument-checks.js'
import { checksumOf } from './checksum.js'
import { decodePayload, payloadVersionOf } from './codec.js'
import { BACKEND_DEFAULTS } from './defaults.js'
import { ImmersionError } from './errors.js'
import { sha256 } from './ids.js'
import { canonicalMeasures, MEASURE_INDEX, MEASURE_NAMES, type SparseMeasures } from './measures.js'
import { checkPayload, FIELD_VALUES } from './payload-check.js'
import { isPlainObject } from './plain-data.js'
import { fitsBytes } from './text.js'
import { payloadMaxBytes } from './truncation.js'
import { type EventType, isBuiltInType, isCorrectionType, type NewEvent, type TrackingEvent } from './types.js'

/** 64 characters in all, because a column of types holds that many in every database. */
const OPEN_TYPE = /^x\.[A-Za-z0-9][A-Za-z0-9._-]{0,61}$/
/** Every zone ever in use lies within ±15:56; 18 hours is what ISO 8601 libraries allow. */
const OFFSET_MAX_MIN = 1080
const OFFSET_STEP_MIN = 15
/** Each measure of an event is below it. Signed 32-bit columns hold it on every database: 24 days of milliseconds. */
export const MEASURE_LIMIT = 2 ** 31

/** A copy of the event, with storable text. INVALID_ARGUMENT, INVALID_TEXT, UNKNOWN_EVENT_TYPE. */
export function checkTrackingEvent(event: TrackingEvent): TrackingEvent {
  const { countIn, payload } = event
  const allButPayload = checkAllButPayload(event)
  if (countIn !== undefined && typeof countIn !== 'string') throw refusal('countIn', countIn, 'a BCP 47 language tag')
  const checked = { ...allButPayload, payload: checkPayload(allButPayload.type, payload) }
  return countIn === undefined ? checked : { ...checked, countIn }
}

/** The key that a video is stored under. A key that is too long is stored as its hash, and is answered beside it. */
export function checkVideoKey(key: string): { readonly videoKey: string; readonly originalVideoKey?: string } {
  if (typeof key !== 'string' || key === '') {
    throw refusal('videoKey', key, 'text of at least one character', 'For example local:<path> or remote:<url>.')
  }
  checkKeyText(key, 'videoKey')
  if (fitsBytes(key, BACKEND_DEFAULTS.videoKeyMaxBytes)) return { videoKey: key }
  return { videoKey: `hash:${sha256(key)}`, originalVideoKey: key }
}

/**
 * A recorded event from outside, as it is to be stored. The engine checks whatever is appended; a reader of lines checks them
 * before, to name the line. IMPORT_INVALID, whose details name the code of the refusal.
 */
export function checkNewEvent(value: unknown): NewEvent {
  try {
    return checkRecordedForm(value)
  } catch (error) {
    if (!(error instanceof ImmersionError) || error.code === 'IMPORT_INVALID') throw error
    const place = isPlainObject(value) ? ` (version ${shown(value.version)} of stream ${shown(value.streamId)})` : ''
    throw new ImmersionError('IMPORT_INVALID', error.message + place, {
      hint: error.hint,
      details: { ...error.details, refusedBy: error.code },
      cause: error,
    })
  }
}

const NEW_EVENT_FIELDS: ReadonlySet<string> = new Set<keyof NewEvent>([
  'streamId',
  'version',
  'type',
  'payloadVersion',
  'occurredAtMs',
  'utcOffsetMin',
  'measures',
  'payload',
  'checksum',
])

function checkRecordedForm(value: unknown): NewEvent {
  if (!isPlainObject(value)) throw refusal('event', value, 'an object as export writes it')
  for (const field in value) {
    if (!NEW_EVENT_FIELDS.has(field)) throw refusal('a field of the event', field, [...NEW_EVENT_FIELDS].join(', '))
  }
  // Everything in this copy is checked below.
  const event = { ...value } as unknown as NewEvent
  const measures = canonicalMeasures(checkAllButPayload(event).measures)
  const { streamId, type, version, payloadVersion, checksum } = event
  checkOneBased('version', version, MEASURE_LIMIT - 1)
  checkOneBased('payloadVersion', payloadVersion, payloadVersionOf(type), 'A newer version of immersion-log wrote it.')
  checkStoredPayload(type, payloadVersion, event.payload)
  const content = { ...event, measures, checksum: 0 }
  content.checksum = checksumOf(content)
  if (content.checksum === checksum) return content
  throw new ImmersionError('IMPORT_INVALID', `checksum is ${shown(checksum)}; this content has ${content.checksum}`, {
    hint: 'The line was damaged or changed after it was exported.',
    details: { field: 'checksum', streamId, version },
  })
}

function checkStoredPayload(type: EventType, payloadVersion: number, text: unknown): void {
  // Null also for facts, because an event that a database refuses is recorded without its payload. A correction never is.
  if (text === null && !isCorrectionType(type)) return
  const maxBytes = payloadMaxBytes(type)
  if (typeof text !== 'string' || !fitsBytes(text, maxBytes)) {
    throw refusal('payload', text, `null or superjson text of at most ${maxBytes} bytes of UTF-8`)
  }
  checkKeyText(text, 'payload')
  checkPayload(type, decodePayload(type, payloadVersion, text))
}

function checkOneBased(field: string, value: unknown, max: number, hint = ''): void {
  if (isIntegerIn(value, 1, max)) return
  throw refusal(field, value, max === 1 ? '1' : `an integer from 1 to ${max}`, hint)
}

const OCCURRED_AT: Allowed = { ...FIELD_VALUES.epochMs, hint: 'Epoch milliseconds.' }
export const UTC_OFFSET: Allowed = {
  holds: (value) => isIntegerIn(value, -OFFSET_MAX_MIN, OFFSET_MAX_MIN) && value % OFFSET_STEP_MIN === 0,
  allowed: `a multiple of ${OFFSET_STEP_MIN} from -${OFFSET_MAX_MIN} to ${OFFSET_MAX_MIN}`,
  hint: 'Minutes east of UTC, on the clock of the learner.',
}

/** What events have in common before and after they are stored. */
function checkAllButPayload({ streamId, type, occurredAtMs, utcOffsetMin, measures }: TrackingEvent | NewEvent) {
  check(FIELD_VALUES.streamId, 'streamId', streamId)
  checkType(type)
  check(OCCURRED_AT, 'occurredAtMs', occurredAtMs)
  check(UTC_OFFSET, 'utcOffsetMin', utcOffsetMin)
  return { streamId, type, occurredAtMs, utcOffsetMin, measures: checkMeasures(type, measures) }
}

function checkType(type: unknown): void {
  if (typeof type === 'string' && (isBuiltInType(type) || OPEN_TYPE.test(type))) return
  throw new ImmersionError('UNKNOWN_EVENT_TYPE', `type is ${shown(type)}; allowed is a built-in type or an open name`, {
    hint: 'Open names begin with `x.`, then letters, digits, `.`, `_`, `-`, at most 64 characters in all.',
    details: { field: 'type', value: shown(type) },
  })
}

function checkMeasures(type: unknown, measures: unknown): SparseMeasures {
  if (!isPlainObject(measures)) throw refusal('measures', measures, 'an object of measures')
  // Only an adjustment may subtract.
  const least = type === 'session.adjusted' ? 1 - MEASURE_LIMIT : 0
  const checked: Record<string, number> = {}
  for (const name in measures) {
    if (!Object.hasOwn(MEASURE_INDEX, name)) throw refusal('a measure', name, MEASURE_NAMES.join(', '))
    const value = measures[name]
    if (value === undefined) continue
    if (!isIntegerIn(value, least, MEASURE_LIMIT - 1)) {
      throw refusal(`measures.${name}`, value, `an integer from ${least} to ${MEASURE_LIMIT - 1}`)
    }
    checked[name] = value
  }
  return checked
}
