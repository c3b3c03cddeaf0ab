// Checks of single arguments, and the error with which a wrong one is refused. Called at every entry point: tracker, import,
// queries, corrections, settings and options of a database.

import { ImmersionError } from './errors.js'
import { isPlainObject } from './plain-data.js'
import { headOf, storableText } from './text.js'

/** Whether the value is an integer of a range, both ends included. */
export function isIntegerIn(value: unknown, from: number, through: number): value is number {
  return Number.isInteger(value) && Number(value) >= from && Number(value) <= through
}

/** The values that an argument may have: a test, what the refusal says about it, and a hint. */
export interface Allowed {
  readonly holds: (value: unknown) => boolean
  readonly allowed: string
  readonly hint?: string
}

/** INVALID_ARGUMENT for any other value. */
export function check({ holds, allowed, hint }: Allowed, field: string, value: unknown): void {
  if (!holds(value)) throw refusal(field, value, allowed, hint)
}

/** INVALID_ARGUMENT with the field and the value. */
export function checkInteger(field: string, value: unknown, from: number, through: number): asserts value is number {
  if (isIntegerIn(value, from, through)) return
  // Objects, functions and symbols cannot all cross threads.
  const found = ['object', 'function', 'symbol'].includes(typeof value) ? shown(value) : value
  throw refusal(field, value, `an integer from ${from} to ${through}`, '', { field, value: found })
}

/** A copy of the options of a call. INVALID_ARGUMENT for what is no plain object, or throws while it is read. */
export function readOptions<Options extends object>(given: Options | undefined): Partial<Options> {
  if (given === undefined) return {}
  try {
    if (isPlainObject(given)) return { ...given }
  } catch (cause) {
    throw new ImmersionError('INVALID_ARGUMENT', 'The options cannot be read.', {
      details: { field: 'options' },
      cause,
    })
  }
  throw refusal('options', given, 'an object')
}

/** INVALID_TEXT for NUL or a lone surrogate in a key. */
export function checkKeyText(key: string, field: string): void {
  if (!storableText(key).isReplaced) return
  throw new ImmersionError(
    'INVALID_TEXT',
    `${field} is ${shown(key)}; allowed is text without NUL and without lone surrogates`,
    { hint: 'A path that is not valid UTF-8 can be given as its hash: hash:<sha256>.', details: { field } },
  )
}

/** INVALID_ARGUMENT, whose message names the value and the allowed values. Every refusal of an argument has this form. */
export function refusal(
  field: string,
  value: unknown,
  allowed: string,
  hint = '',
  details: Readonly<Record<string, unknown>> = { field, value: shown(value) },
): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `${field} is ${shown(value)}; allowed is ${allowed}`, { hint, details })
}

const SHOWN_MAX_UNITS = 80

/** A value in a message: short, and safe for whatever was passed. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(headOf(value, SHOWN_MAX_UNITS))
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
