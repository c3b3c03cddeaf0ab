// Validates one payload: its fields against the table of its type (event-types.ts), and open payloads by what superjson
// keeps. Free text that cannot be stored is replaced and marked. The answer is a copy for which each value was read once,
// because a getter of the given object could answer something else the next time. It holds nothing but plain data.

import { type Allowed, checkKeyText, isIntegerIn, refusal } from './argument-checks.js'
import { dayOfIso } from './calendar.js'
import { BACKEND_DEFAULTS } from './defaults.js'
import { byType, END_REASONS, entryOfType, type FieldKind, type Payload } from './event-types.js'
import { isPlainObject } from './plain-data.js'
import { fitsBytes, headOf, storableText } from './text.js'
import { type EventType, eventClass, OCCURRED_AT_MAX_MS, STREAM_ID, type TextMarks } from './types.js'

/** A line of more characters is a book by mistake. It keeps them until its words are counted, so 1,000 waiting lines bound memory. */
const TEXT_MAX_UNITS = 65_536
/** The longest tags in use have some 20 characters; BCP 47 wants programs to allow for 35. */
const LANGUAGE_TAG = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/
const SHA256 = /^[0-9a-f]{64}$/
/** More than any learner mines by one call; a list of them is split into events of some 17 each. */
const NOTE_IDS_MAX = 1000
const NOTE_IDS = `at most ${NOTE_IDS_MAX} note ids, each an integer of 0 or more`

/** Deep enough for anything a program notes about a video; a ring of references ends here too. */
const PLAIN_DEPTH_MAX = 16
/** A payload of 8 KiB cannot hold more: each takes a character and a comma. */
const PLAIN_VALUES_MAX = BACKEND_DEFAULTS.factPayloadMaxBytes / 2
/** A payload with a longer text is above every cap and is replaced by its mark, so the rest of the text is not needed. */
const PLAIN_TEXT_MAX_UNITS = BACKEND_DEFAULTS.factPayloadMaxBytes

/** superjson throws on them, and through them a payload could reach a prototype. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const ALLOWED = 'texts, numbers, bigints, booleans, null, undefined, dates, arrays, maps, sets, plain objects'
const ALLOWED_IN_JSON = 'texts, numbers, booleans, null, undefined, dates, arrays, plain objects'

/** The marks on changed free text are fields of every payload. */
const MARKS = { truncated: 'mark', mended: 'mark' } as const

/** By type, and then by name. A Map, because names come from outside and `constructor` must find nothing. */
export const PAYLOAD_FIELDS: ReadonlyMap<string, ReadonlyMap<string, FieldKind>> = byType(
  ({ fields }) => new Map(Object.entries({ ...fields, ...MARKS })),
)
const NONE: readonly string[] = []

/** A copy of the payload, with storable text. INVALID_ARGUMENT or INVALID_TEXT where it is not allowed. */
export function checkPayload(type: EventType, payload: unknown): Payload {
  const fields = PAYLOAD_FIELDS.get(type)
  if (payload === null && (fields === undefined || eventClass(type) !== 'fact')) return null
  if (!isPlainObject(payload))
    throw refusal('payload', payload, fields === undefined ? 'a plain object or null' : describe(type, fields))
  return fields === undefined ? checkOpenPayload(payload) : checkBuiltInPayload(type, payload, fields)
}

function checkOpenPayload(payload: Readonly<Record<string, unknown>>): Payload {
  const { value, isReplaced } = checkPlainValue(payload, 'payload', 'superjson')
  // A plain object is checked to a plain object.
  const checked = value as Readonly<Record<string, unknown>>
  return isReplaced ? { ...checked, mended: true } : checked
}

function checkBuiltInPayload(
  type: EventType,
  payload: Readonly<Record<string, unknown>>,
  fields: ReadonlyMap<string, FieldKind>,
): Payload {
  const checked: Record<string, unknown> = {}
  for (const field in payload) {
    const kind = fields.get(field)
    if (kind === undefined) throw unknownField(type, field, fields)
    const value = payload[field]
    if (value === undefined) continue
    if (kind === 'text') {
      const { text, marks } = checkText(value, field)
      Object.assign(checked, { [field]: text }, marks)
    } else if (kind === 'metadata') {
      if (!isPlainObject(value)) throw refusal(`payload.${field}`, value, 'a plain object')
      const plain = checkPlainValue(value, `payload.${field}`, 'json')
      checked[field] = plain.value
      if (plain.isReplaced) checked.mended = true
    } else if (kind === 'noteIds') {
      checked[field] = checkNoteIds(value, field)
    } else {
      const { holds, allowed, hint } = FIELD_VALUES[kind]
      if (!holds(value)) throw refusal(`payload.${field}`, value, allowed, hint)
      if (kind === 'videoKey') checkKeyText(String(value), `payload.${field}`)
      checked[field] = value
    }
  }
  for (const required of entryOfType(type)?.required ?? NONE) {
    if (checked[required] === undefined) {
      throw refusal(`payload.${required}`, undefined, `a value: ${type} is refused without it`)
    }
  }
  if (type === 'session.adjusted') checkAdjusted(checked)
  return eventClass(type) !== 'fact' && isEmpty(checked) ? null : checked
}

/** A session, or a video and a date; never both, never neither. */
function checkAdjusted({ targetStreamId, videoKey, date }: Readonly<Record<string, unknown>>): void {
  const ofSession = targetStreamId !== undefined && videoKey === undefined && date === undefined
  const ofDate = targetStreamId === undefined && videoKey !== undefined && date !== undefined
  if (ofSession || ofDate) return
  throw refusal('payload.targetStreamId', targetStreamId, 'a session, or else videoKey and date name what is adjusted')
}

function checkText(value: unknown, field: string): { readonly text: string; readonly marks: TextMarks | null } {
  if (typeof value !== 'string') throw refusal(`payload.${field}`, value, 'text')
  const truncated = value.length > TEXT_MAX_UNITS
  const { text, isReplaced } = storableText(truncated ? headOf(value, TEXT_MAX_UNITS) : value)
  if (!truncated && !isReplaced) return { text, marks: null }
  return { text, marks: { ...(truncated ? { truncated } : {}), ...(isReplaced ? { mended: true } : {}) } }
}

function checkNoteIds(value: unknown, field: string): readonly number[] {
  const ids: number[] = []
  if (!Array.isArray(value)) throw refusal(`payload.${field}`, value, NOTE_IDS)
  for (const id of value) {
    if (!isCount(id) || ids.length >= NOTE_IDS_MAX) throw refusal(`payload.${field}`, value, NOTE_IDS)
    ids.push(id)
  }
  return ids
}

/** The values of each kind of field. A video key is as checkVideoKey of validation.ts gives it. */
export const FIELD_VALUES: Readonly<Record<Exclude<FieldKind, 'text' | 'metadata' | 'noteIds'>, Allowed>> = {
  moment: { holds: Number.isSafeInteger, allowed: 'an integer, milliseconds' },
  count: { holds: isCount, allowed: 'an integer of 0 or more' },
  number: { holds: (value) => Number.isFinite(value) && Number(value) >= 0, allowed: 'a number of 0 or more' },
  language: { holds: isLanguageTag, allowed: 'a BCP 47 language tag such as ja or pt-BR' },
  videoKey: {
    holds: (value) => typeof value === 'string' && value !== '' && fitsBytes(value, BACKEND_DEFAULTS.videoKeyMaxBytes),
    allowed: `text of 1 to ${BACKEND_DEFAULTS.videoKeyMaxBytes} bytes of UTF-8`,
    hint: 'A longer one is stored as hash:<sha256>.',
  },
  streamId: { holds: (value) => typeof value === 'string' && STREAM_ID.test(value), allowed: 'a UUID in lower case' },
  date: {
    holds: (value) => typeof value === 'string' && dayOfIso(value) !== null,
    allowed: 'an existing date as YYYY-MM-DD',
  },
  epochMs: {
    holds: (value) => isIntegerIn(value, 0, OCCURRED_AT_MAX_MS - 1),
    allowed: `an integer from 0 to ${OCCURRED_AT_MAX_MS - 1}`,
  },
  sha256: {
    holds: (value) => typeof value === 'string' && SHA256.test(value),
    allowed: '64 lower-case hexadecimal digits',
  },
  sourceType: { holds: (value) => value === 'local' || value === 'remote', allowed: 'local or remote' },
  endReason: { holds: (value) => END_REASONS.some((reason) => reason === value), allowed: END_REASONS.join(', ') },
  mark: { holds: (value) => value === true, allowed: 'true' },
}

export function isLanguageTag(value: unknown): value is string {
  return typeof value === 'string' && LANGUAGE_TAG.test(value)
}

function isCount(value: unknown): value is number {
  return isIntegerIn(value, 0, Number.MAX_SAFE_INTEGER)
}

function isEmpty(payload: Readonly<Record<string, unknown>>): boolean {
  for (const _field in payload) return false
  return true
}

function unknownField(type: string, field: string, fields: ReadonlyMap<string, FieldKind>): Error {
  checkPayloadKey(field, 'payload')
  return refusal(`a field of the payload of ${type}`, field, describe(type, fields))
}

function describe(type: string, fields: ReadonlyMap<string, FieldKind>): string {
  return `for ${type}: ${[...fields.keys()].join(', ')}`
}

/**
 * INVALID_ARGUMENT or INVALID_TEXT, naming the place, for a value that is not plain. `json` allows only values that JSON
 * can hold too: facts are kept as JSON beside the log, and answers give them so. `value` is a copy; `isReplaced` says that
 * part of a text was replaced in it.
 */
function checkPlainValue(value: unknown, field: string, kept: 'superjson' | 'json') {
  const tally = { values: 0, isReplaced: false }
  return { value: visit(value, field, { depth: 0, json: kept === 'json', tally }), isReplaced: tally.isReplaced }
}

interface Place {
  readonly depth: number
  readonly json: boolean
  readonly tally: { values: number; isReplaced: boolean }
}

function visit(value: unknown, field: string, place: Place): unknown {
  if (typeof value === 'string') {
    const { text, isReplaced } = storableText(headOf(value, PLAIN_TEXT_MAX_UNITS))
    place.tally.isReplaced ||= isReplaced
    return text
  }
  if (typeof value === 'function' || typeof value === 'symbol') throw refusal(field, value, allowedAt(place))
  if (place.json && (typeof value === 'bigint' || value instanceof Map || value instanceof Set)) {
    throw refusal(field, value, ALLOWED_IN_JSON)
  }
  if (typeof value !== 'object' || value === null) return value
  if (isExactly(value, Date)) return new Date(value)
  if (place.depth >= PLAIN_DEPTH_MAX) {
    throw refusal(field, value, `nesting of at most ${PLAIN_DEPTH_MAX} levels, without cycles`)
  }
  const inner = (child: unknown, name: string) => {
    if (++place.tally.values > PLAIN_VALUES_MAX)
      throw refusal(field, value, `at most ${PLAIN_VALUES_MAX} values in all`)
    return visit(child, `${field}.${name}`, { ...place, depth: place.depth + 1 })
  }
  if (Array.isArray(value)) return Array.from(value, (child, index) => inner(child, String(index)))
  if (isExactly(value, Map)) {
    return new Map(Array.from(value, ([key, child]) => [inner(key, 'key'), inner(child, 'value')]))
  }
  if (isExactly(value, Set)) return new Set(Array.from(value, (child) => inner(child, 'value')))
  if (isPlainObject(value)) return visitObject(value, field, inner)
  throw refusal(field, value, `${allowedAt(place)}; not an instance of a class`, 'Pass its fields as a plain object.')
}

function allowedAt({ json }: Place): string {
  return json ? ALLOWED_IN_JSON : ALLOWED
}

type Inner = (child: unknown, name: string) => unknown

function visitObject(object: Readonly<Record<string, unknown>>, field: string, inner: Inner): unknown {
  const copy: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(object)) {
    checkPayloadKey(key, field)
    copy[key] = inner(child, key)
  }
  return copy
}

/** INVALID_ARGUMENT for the keys of a prototype, INVALID_TEXT for NUL and lone surrogates. */
function checkPayloadKey(key: string, field: string): void {
  if (FORBIDDEN_KEYS.has(key)) {
    throw refusal(`a key of ${field}`, key, `any but ${[...FORBIDDEN_KEYS].join(', ')}`, 'Rename the field.')
  }
  checkKeyText(key, `a key of ${field}`)
}

/** Of this class itself: a subclass would be read back as its parent. */
function isExactly<T extends object>(value: object, of: abstract new () => T): value is T {
  return Object.getPrototypeOf(value) === of.prototype
}
