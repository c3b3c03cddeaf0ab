// Checks what a question is asked with, at the door of analytics: each argument has one reader that answers the value or
// refuses it with INVALID_ARGUMENT, naming argument, value and what is allowed. Behind this door types are trusted.

import { ImmersionError } from '../events/errors.js'
import { stringOf } from '../events/plain-data.js'
import { checkVideoKey } from '../events/validation.js'

/** Answers the checked value; `undefined` is an argument that was not given. */
export type ArgumentReader<T> = (value: unknown, at: ArgumentPlace) => T

export interface ArgumentPlace {
  readonly question: string
  readonly argument: string
}

type ReadArguments<Readers> = {
  readonly [Name in keyof Readers]: Readers[Name] extends ArgumentReader<infer T> ? T : never
}

/** Reads all arguments of a question; names that it does not have are refused, for a misspelt filter would widen the answer. */
export function readArguments<Readers extends Readonly<Record<string, ArgumentReader<unknown>>>>(
  question: string,
  given: unknown,
  readers: Readers,
): ReadArguments<Readers> {
  const values = given === undefined ? {} : given
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw refusal({ question, argument: 'query' }, values, 'an object')
  }
  for (const argument of Object.keys(values)) {
    if (!Object.hasOwn(readers, argument)) {
      const names = Object.keys(readers)
      throw refusal({ question, argument }, Reflect.get(values, argument), `only ${names.join(', ') || 'no arguments'}`)
    }
  }
  const read: Record<string, unknown> = {}
  for (const [argument, reader] of Object.entries(readers)) {
    read[argument] = reader(Reflect.get(values, argument), { question, argument })
  }
  return read as ReadArguments<Readers>
}

export function integer(minimum: number, maximum: number): ArgumentReader<number> {
  return (value, at) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return value
    throw refusal(at, value, `an integer from ${minimum} to ${maximum}`)
  }
}

export const boolean: ArgumentReader<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value
  throw refusal(at, value, 'true or false')
}

/** Language tags and keys are short; anything longer is a mistake, and must not become a bind of megabytes. */
const TEXT_MAX_CHARS = 4_096

export const text: ArgumentReader<string> = (value, at) => {
  if (typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX_CHARS) return value
  throw refusal(at, value, `a text of 1 to ${TEXT_MAX_CHARS} characters`)
}

const VIDEO_KEY_MAX_CHARS = 65_536

/** As a player would give it: a key too long to be stored is looked for under its hash. */
export const videoKey: ArgumentReader<string> = (value, at) => {
  if (typeof value === 'string' && value.length > 0 && value.length <= VIDEO_KEY_MAX_CHARS) {
    return checkVideoKey(value).videoKey
  }
  throw refusal(at, value, `a text of 1 to ${VIDEO_KEY_MAX_CHARS} characters`)
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const sessionId: ArgumentReader<string> = (value, at) => {
  const id = typeof value === 'string' ? value.toLowerCase() : ''
  if (UUID.test(id)) return id
  throw refusal(at, value, 'the UUID of a session')
}

export function oneOf<T extends string>(allowed: readonly T[]): ArgumentReader<T> {
  return (value, at) => {
    const found = allowed.find((name) => name === value)
    if (found !== undefined) return found
    throw refusal(at, value, `one of ${allowed.join(', ')}`)
  }
}

export function optional<T>(reader: ArgumentReader<T>): ArgumentReader<T | undefined> {
  return (value, at) => (value === undefined ? undefined : reader(value, at))
}

export function withDefault<T>(reader: ArgumentReader<T>, fallback: T): ArgumentReader<T> {
  return (value, at) => (value === undefined ? fallback : reader(value, at))
}

export function limit(limits: { readonly default: number; readonly maximum: number }): ArgumentReader<number> {
  return withDefault(integer(1, limits.maximum), limits.default)
}

/** The years 1 to 9999: what a date can be written as. */
export const LOCAL_DAY_MIN = -719_162
export const LOCAL_DAY_MAX = 2_932_896
export const localDay = integer(LOCAL_DAY_MIN, LOCAL_DAY_MAX)
/** One past the last, for the end of a range. */
export const optionalDay = optional(integer(LOCAL_DAY_MIN, LOCAL_DAY_MAX + 1))

/** The moments that a JavaScript Date can show. */
const EPOCH_MAX_MS = 8_640_000_000_000_000
export const optionalMoment = optional(integer(-EPOCH_MAX_MS, EPOCH_MAX_MS))

const MONTH_MIN = 101
const MONTH_MAX = 999_912
export const optionalMonth: ArgumentReader<number | undefined> = (value, at) => {
  if (value === undefined) return undefined
  const month = typeof value === 'number' ? value % 100 : 0
  if (Number.isInteger(value) && month >= 1 && month <= 12) return integer(MONTH_MIN, MONTH_MAX)(value, at)
  throw refusal(at, value, `a month as YYYYMM from ${MONTH_MIN} to ${MONTH_MAX}`)
}

/** Both ends of a half-open range, of which either may be missing. */
export function checkRange(
  question: string,
  names: { readonly from: string; readonly to: string },
  from: number | undefined,
  to: number | undefined,
): void {
  if (from !== undefined && to !== undefined && to < from) {
    throw refusal({ question, argument: names.to }, to, `${names.from} (${from}) or more`)
  }
}

export function refusal(at: ArgumentPlace, value: unknown, allowed: string): ImmersionError {
  const shown = shorten(typeof value === 'string' ? JSON.stringify(value) : stringOf(value))
  return new ImmersionError('INVALID_ARGUMENT', `${at.question}: ${at.argument} is ${shown}; allowed is ${allowed}`, {
    hint: `Give ${at.argument} as ${allowed}, or leave it out.`,
    details: { question: at.question, argument: at.argument, value: shown, allowed },
  })
}

const SHOWN_MAX_CHARS = 80

function shorten(shown: string): string {
  return shown.length <= SHOWN_MAX_CHARS ? shown : `${shown.slice(0, SHOWN_MAX_CHARS)}…`
}
