// Values as plain data: what JSON and a structured clone both give back equal. Errors use it for their details, because
// these may hold any value that was passed to a public method.

import { withoutSecret } from './secrets.js'

/** Details are lists and records of a few levels; a value that contains itself ends here. */
const DEPTH_MAX = 6

/** An object literal, or an object without a prototype; not an array, and not an instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export function withoutUndefined<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  // Only entries that have a value are left.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

/** The record without its undefined values, with every value that is not plain given as text, and without secrets. */
export function plainRecord(
  record: Readonly<Record<string, unknown>>,
  levels = DEPTH_MAX,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(withoutUndefined(record))
  return Object.fromEntries(entries.map(([key, value]) => [key, plainValue(value, levels - 1)]))
}

/** The value as a text. Never throws, although String() may for a proxy or an object without a prototype. */
export function stringOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'a value that has no text'
  }
}

function plainValue(value: unknown, levels: number): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (levels > 0 && Array.isArray(value))
    return Array.from(value, (each: unknown) => plainValue(each ?? null, levels - 1))
  if (levels > 0 && isPlainObject(value)) return plainRecord(value, levels)
  return withoutSecret(stringOf(value))
}
