// Validation of the arguments of queries. Each argument has one reader, which returns the value or refuses it with
// INVALID_ARGUMENT. The queries themselves trust the types.

import { isIntegerIn, refusal as refuse, shown } from '../events/argument-checks.js'
import type { ImmersionError } from '../events/errors.js'
import { STREAM_ID } from '../events/types.js'
import { checkVideoKey } from '../events/validation.js'

/** Answers the checked value. `undefined` stands for an argument that is not given. */
export type ArgumentReader<T> = (value: unknown, at: ArgumentPlace) => T

export interface ArgumentPlace {
  /** A method of Analytics. */
  readonly query: string
  readonly argument: string
}

type ReadArguments<R> = { readonly [Name in keyof R]: R[Name] extends ArgumentReader<infer T> ? T : never }

type Readers = Readonly<Record<string, ArgumentReader<unknown>>>

/**
 * Reads all arguments of a query. Unknown names are refused, because a misspelt filter would widen the answer. So is a
 * half-open range (`fromDay`, `toDay`) that ends before it begins; either end may be missing.
 */
export function readArguments<R extends Readers>(query: string, given: unknown, readers: R): ReadArguments<R> {
  const values = given === undefined ? {} : given
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw refusal({ query, argument: 'query' }, values, 'an object')
  }
  for (const argument of Object.keys(values)) {
    if (!Object.hasOwn(readers, argument)) {
      const names = Object.keys(readers)
      throw refusal({ query, argument }, Reflect.get(values, argument), `only ${names.join(', ') || 'no arguments'}`)
    }
  }
  const read: Record<string, unknown> = {}
  for (const [argument, reader] of Object.entries(readers)) {
    read[argument] = reader(Reflect.get(values, argument), { query, argument })
  }
  for (const [argument, to] of Object.entries(read)) {
    const from = argument.startsWith('to') ? read[`from${argument.slice('to'.length)}`] : undefined
    if (from === undefined || to === undefined || Number(to) >= Number(from)) continue
    throw refusal({ query, argument }, to, `${argument.replace('to', 'from')} (${from}) or more`)
  }
  return read as ReadArguments<R>
}

export function integer(minimum: number, maximum: number): ArgumentReader<number> {
  return (value, at) => {
    if (isIntegerIn(value, minimum, maximum)) return value
    throw refusal(at, value, `an integer from ${minimum} to ${maximum}`)
  }
}

export const boolean: ArgumentReader<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value
  throw refusal(at, value, 'true or false')
}

/** Language tags and keys are short. A longer text is a mistake, and must not become a bind of megabytes. */
const TEXT_MAX_CHARS = 4_096

export const text: ArgumentReader<string> = (value, at) => {
  if (typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX_CHARS) return value
  throw refusal(at, value, `a text of 1 to ${TEXT_MAX_CHARS} characters`)
}

const VIDEO_KEY_MAX_CHARS = 65_536

/** As a player gives it. A key that is too long to be stored is looked up by its hash. */
export const videoKey: ArgumentReader<string> = (value, at) => {
  if (typeof value === 'string' && value.length > 0 && value.length <= VIDEO_KEY_MAX_CHARS) {
    return checkVideoKey(value).videoKey
  }
  throw refusal(at, value, `a text of 1 to ${VIDEO_KEY_MAX_CHARS} characters`)
}

export const sessionId: ArgumentReader<string> = (value, at) => {
  const id = typeof value === 'string' ? value.toLowerCase() : ''
  if (STREAM_ID.test(id)) return id
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

export const optionalText = optional(text)

export function limit(limits: { readonly default: number; readonly maximum: number }): ArgumentReader<number> {
  return withDefault(integer(1, limits.maximum), limits.default)
}

/** The years 1 to 9999, which can be written as dates. */
const LOCAL_DAY_MIN = -719_162
const LOCAL_DAY_MAX = 2_932_896
export const today = optional(integer(LOCAL_DAY_MIN, LOCAL_DAY_MAX))
/** Allows one day past the last, for the end of a range. */
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

export function refusal({ query, argument }: ArgumentPlace, value: unknown, allowed: string): ImmersionError {
  const hint = `Give ${argument} as ${allowed}, or leave it out.`
  const details = { question: query, argument, value: shown(value), allowed }
  return refuse(`${query}: ${argument}`, value, allowed, hint, details)
}
