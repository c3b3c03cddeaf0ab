// The validation of events that come from outside: checkTrackingEvent for the tracker and for programs (on the player's
// thread, so written by hand and without allocation where nothing is wrong), checkNewEvent for an import. Everything behind
// it trusts the events. Every refusal names the field, its value and the allowed values.

import { createHash } from 'node:crypto'
import { checkKeyText, isIntegerIn, refusal, shown } from './argument-checks.js'
import { checksumOf } from './checksum.js'
import { decodePayload, payloadVersionOf } from './codec.js'
import { BACKEND_DEFAULTS } from './defaults.js'
import { ImmersionError } from './errors.js'
import { canonicalMeasures, MEASURE_INDEX, MEASURE_NAMES, type MeasureName, type SparseMeasures } from './measures.js'
import { checkPayload } from './payload-check.js'
import { isPlainObject } from './plain-data.js'
import { fitsBytes } from './text.js'
import { payloadMaxBytes } from './truncation.js'
import type { EventType, NewEvent, TrackingEvent } from './types.js'
import { isBuiltInType, OCCURRED_AT_MAX_MS, STREAM_ID } from './types.js'

/** 64 characters in all, because a column of types holds that many in every database. */
const OPEN_TYPE = /^x\.[A-Za-z0-9][A-Za-z0-9._-]{0,61}$/
/** Every zone ever in use lies within ±15:56; 18 hours is what ISO 8601 libraries allow. */
const OFFSET_MAX_MIN = 1080
const OFFSET_STEP_MIN = 15
/** Signed 32-bit columns hold it on every database: 24 days of milliseconds. */
const MEASURE_LIMIT = 2 ** 31

/** The event itself, or a copy of it with storable text. INVALID_ARGUMENT, INVALID_TEXT, UNKNOWN_EVENT_TYPE. */
export function checkTrackingEvent(event: TrackingEvent): TrackingEvent {
  checkStreamId(event.streamId)
  checkType(event.type)
  checkOccurredAt(event.occurredAtMs)
  checkOffset(event.utcOffsetMin)
  checkMeasures(event.type, event.measures)
  if (event.countIn !== undefined && typeof event.countIn !== 'string') {
    throw refusal('countIn', event.countIn, 'a BCP 47 language tag')
  }
  const payload = checkPayload(event.type, event.payload)
  return payload === event.payload ? event : { ...event, payload }
}

/** The key that a video is stored under. A key that is too long is stored as its hash, and is answered beside it. */
export function checkVideoKey(key: string): { readonly videoKey: string; readonly originalVideoKey?: string } {
  if (typeof key !== 'string' || key === '') {
    throw refusal('videoKey', key, 'text of at least one character', 'For example local:<path> or remote:<url>.')
  }
  checkKeyText(key, 'videoKey')
  if (fitsBytes(key, BACKEND_DEFAULTS.videoKeyMaxBytes)) return { videoKey: key }
  const sha256 = createHash('sha256').update(key, 'utf8').digest('hex')
  return { videoKey: `hash:${sha256}`, originalVideoKey: key }
}

/** A recorded event from outside, as it is to be stored. IMPORT_INVALID, whose details name the code of the refusal. */
export function checkNewEvent(value: unknown): NewEvent {
  try {
    return checkRecordedForm(value)
  } catch (error) {
    if (!(error instanceof ImmersionError) || error.code === 'IMPORT_INVALID') throw error
    throw new ImmersionError('IMPORT_INVALID', error.message, {
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
  const { streamId, version, type, payloadVersion, occurredAtMs, utcOffsetMin, measures, payload, checksum } = value
  checkStreamId(streamId)
  checkType(type)
  checkOccurredAt(occurredAtMs)
  checkOffset(utcOffsetMin)
  checkMeasures(type, measures)
  checkOneBased('version', version, MEASURE_LIMIT - 1)
  checkOneBased('payloadVersion', payloadVersion, payloadVersionOf(type), 'A newer version of immersion-log wrote it.')
  checkStoredPayload(type, payloadVersion, payload)
  const content = {
    streamId,
    version,
    type,
    payloadVersion,
    occurredAtMs,
    utcOffsetMin,
    measures: canonicalMeasures(measures),
    payload,
    checksum: 0,
  }
  content.checksum = checksumOf(content)
  if (content.checksum === checksum) return content
  throw new ImmersionError('IMPORT_INVALID', `checksum is ${shown(checksum)}; this content has ${content.checksum}`, {
    hint: 'The line was damaged or changed after it was exported.',
    details: { field: 'checksum', streamId, version },
  })
}

function checkStoredPayload(type: EventType, payloadVersion: number, text: unknown): asserts text is string | null {
  // Null also for facts, because an event that a database refuses is recorded without its payload.
  if (text === null) return
  const maxBytes = payloadMaxBytes(type)
  if (typeof text !== 'string' || !fitsBytes(text, maxBytes)) {
    throw refusal('payload', text, `null or superjson text of at most ${maxBytes} bytes of UTF-8`)
  }
  checkKeyText(text, 'payload')
  checkPayload(type, decodePayload(type, payloadVersion, text))
}

function checkOneBased(field: string, value: unknown, max: number, hint = ''): asserts value is number {
  if (isIntegerIn(value, 1, max)) return
  throw refusal(field, value, max === 1 ? '1' : `an integer from 1 to ${max}`, hint)
}

function checkStreamId(streamId: unknown): asserts streamId is string {
  if (typeof streamId === 'string' && STREAM_ID.test(streamId)) return
  throw refusal('streamId', streamId, 'a UUID in lower case')
}

function checkType(type: unknown): asserts type is EventType {
  if (typeof type === 'string' && (isBuiltInType(type) || OPEN_TYPE.test(type))) return
  throw new ImmersionError('UNKNOWN_EVENT_TYPE', `type is ${shown(type)}; allowed is a built-in type or an open name`, {
    hint: 'Open names begin with `x.`, then letters, digits, `.`, `_`, `-`, at most 64 characters in all.',
    details: { field: 'type', value: shown(type) },
  })
}

function checkOccurredAt(occurredAtMs: unknown): asserts occurredAtMs is number {
  if (isIntegerIn(occurredAtMs, 0, OCCURRED_AT_MAX_MS - 1)) return
  throw refusal('occurredAtMs', occurredAtMs, `an integer from 0 to ${OCCURRED_AT_MAX_MS - 1}`, 'Epoch milliseconds.')
}

function checkOffset(utcOffsetMin: unknown): asserts utcOffsetMin is number {
  if (isIntegerIn(utcOffsetMin, -OFFSET_MAX_MIN, OFFSET_MAX_MIN) && utcOffsetMin % OFFSET_STEP_MIN === 0) return
  const allowed = `a multiple of ${OFFSET_STEP_MIN} from -${OFFSET_MAX_MIN} to ${OFFSET_MAX_MIN}`
  throw refusal('utcOffsetMin', utcOffsetMin, allowed, 'Minutes east of UTC, on the clock of the learner.')
}

function checkMeasures(type: EventType, measures: unknown): asserts measures is SparseMeasures {
  if (!isPlainObject(measures)) throw refusal('measures', measures, 'an object of measures')
  // Only an adjustment may subtract.
  const least = type === 'session.adjusted' ? 1 - MEASURE_LIMIT : 0
  for (const name in measures) {
    if (!Object.hasOwn(MEASURE_INDEX, name)) throw refusal('a measure', name, MEASURE_NAMES.join(', '))
    const value = measures[name as MeasureName]
    if (value === undefined) continue
    if (!isIntegerIn(value, least, MEASURE_LIMIT - 1)) {
      throw refusal(`measures.${name}`, value, `an integer from ${least} to ${MEASURE_LIMIT - 1}`)
    }
  }
}
