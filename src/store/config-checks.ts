// The parts of the configuration's schema (config.ts, storage-config.ts), and the one form of its errors: the key, the
// value as it may be shown, and the allowed values. Zod's own messages are not used: the message of each issue names the
// allowed values.

import { z } from 'zod'
import { isIntegerIn } from '../events/argument-checks.js'
import { ImmersionError } from '../events/errors.js'
import { shownSetting } from '../events/secrets.js'

/** An object of these settings and no others. Each may be left out. */
export const strict = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .strictObject(shape, {
      error: (issue) =>
        `${issue.code === 'unrecognized_keys' ? '' : 'an object with '}${Object.keys(shape).join(', ')}`,
    })
    .partial()
export const integer = (from: number, through: number) =>
  z.custom<number>((value) => isIntegerIn(value, from, through), {
    error: `an integer from ${from} to ${through}`,
  })
export const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed })
export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: values.map((value) => `'${value}'`).join(' or ') })

/** The value as the schema takes it; else INVALID_CONFIG. `at` is the key of the value itself. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  at: readonly string[],
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error.issues[0], value, at)
}

function invalid(issue: z.core.$ZodIssue | undefined, value: unknown, at: readonly string[]): ImmersionError {
  const path = issue?.path ?? []
  const allowed = issue?.message ?? ''
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const key = [...at, ...path, ...(unknownKey === undefined ? [] : [unknownKey])].map(String).join('.')
  const details = { key, allowed }
  if (unknownKey !== undefined) {
    return new ImmersionError('INVALID_CONFIG', `${key} is not a setting.`, { hint: `Allowed: ${allowed}.`, details })
  }
  const found = path.reduce<unknown>((part, name) => (part as Record<PropertyKey, unknown> | undefined)?.[name], value)
  const subject = key === '' ? 'The configuration' : key
  return new ImmersionError('INVALID_CONFIG', `${subject} is ${shownSetting(key, found)}; allowed is ${allowed}.`, {
    hint: `Give ${allowed}.`,
    details: { ...details, value: shownSetting(key, found) },
  })
}

export function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(value)
}
