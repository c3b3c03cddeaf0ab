// Checks the values of an open payload or of a video's metadata: only plain ones pass, so that superjson gives back the same
// values. It would flatten a class silently and throw on the keys of a prototype; validation.ts refuses both by name, here.

import { checkKeyText, refusal } from './argument-checks.js'
import { BACKEND_DEFAULTS } from './defaults.js'
import { isPlainObject } from './plain-data.js'
import { headOf, storableText } from './text.js'

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

export interface CheckedValue {
  /** The same value, or a copy of it where a text was replaced or was far too long. */
  readonly value: unknown
  /** Whether it holds a text that could not be stored as it was. */
  readonly isReplaced: boolean
}

/**
 * INVALID_ARGUMENT or INVALID_TEXT, naming the place, for a value that is not plain. `json` allows only values that JSON
 * can hold too: facts are kept as JSON beside the log, and answers give them so.
 */
export function checkPlainValue(value: unknown, field: string, kept: 'superjson' | 'json'): CheckedValue {
  const tally = { values: 0, isReplaced: false }
  return { value: visit(value, field, { depth: 0, json: kept === 'json', tally }), isReplaced: tally.isReplaced }
}

interface Place {
  readonly depth: number
  readonly json: boolean
  readonly tally: { values: number; isReplaced: boolean }
}

/** Answers the value itself where nothing in it had to change. */
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
  if (typeof value !== 'object' || value === null || isExactly(value, Date)) return value
  if (place.depth >= PLAIN_DEPTH_MAX) {
    throw refusal(field, value, `nesting of at most ${PLAIN_DEPTH_MAX} levels, without cycles`)
  }
  const inner = (child: unknown, name: string) => {
    if (++place.tally.values > PLAIN_VALUES_MAX)
      throw refusal(field, value, `at most ${PLAIN_VALUES_MAX} values in all`)
    return visit(child, `${field}.${name}`, { ...place, depth: place.depth + 1 })
  }
  if (Array.isArray(value)) return visitArray(value, inner)
  if (isExactly(value, Map)) return visitMap(value, inner)
  if (isExactly(value, Set)) return visitSet(value, inner)
  if (isPlainObject(value)) return visitObject(value, field, inner)
  throw refusal(field, value, `${allowedAt(place)}; not an instance of a class`, 'Pass its fields as a plain object.')
}

function allowedAt({ json }: Place): string {
  return json ? ALLOWED_IN_JSON : ALLOWED
}

type Inner = (child: unknown, name: string) => unknown

function visitArray(array: readonly unknown[], inner: Inner): unknown {
  const copy = Array.from(array, (child, index) => inner(child, String(index)))
  return isSame(copy, array) ? array : copy
}

function visitMap(map: ReadonlyMap<unknown, unknown>, inner: Inner): unknown {
  const copy = new Map(Array.from(map, ([key, child]) => [inner(key, 'key'), inner(child, 'value')]))
  return isSame([...copy].flat(), [...map].flat()) ? map : copy
}

function visitSet(set: ReadonlySet<unknown>, inner: Inner): unknown {
  const copy = new Set(Array.from(set, (child) => inner(child, 'value')))
  return isSame([...copy], [...set]) ? set : copy
}

function visitObject(object: Readonly<Record<string, unknown>>, field: string, inner: Inner): unknown {
  let changed = false
  const copy: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(object)) {
    checkPayloadKey(key, field)
    const newChild = inner(child, key)
    changed ||= !Object.is(newChild, child)
    copy[key] = newChild
  }
  return changed ? copy : object
}

function isSame(copy: readonly unknown[], original: readonly unknown[]): boolean {
  return copy.length === original.length && copy.every((child, index) => Object.is(child, original[index]))
}

/** INVALID_ARGUMENT for the keys of a prototype, INVALID_TEXT for NUL and lone surrogates. */
export function checkPayloadKey(key: string, field: string): void {
  if (FORBIDDEN_KEYS.has(key)) {
    throw refusal(`a key of ${field}`, key, `any but ${[...FORBIDDEN_KEYS].join(', ')}`, 'Rename the field.')
  }
  checkKeyText(key, `a key of ${field}`)
}

/** Of this class itself: a subclass would be read back as its parent. */
function isExactly<T extends object>(value: object, of: abstract new () => T): value is T {
  return Object.getPrototypeOf(value) === of.prototype
}
