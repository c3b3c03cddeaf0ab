// Loads pg on first use, so that a program with a SQLite log pays nothing for it; and how PostgreSQL's answers become
// JavaScript's values: every kind of integer a number, bytea a Buffer, all else its text. An integer that a number cannot
// hold exactly is refused, never rounded.

import type pg from 'pg'
import { ImmersionError } from '../../src/events/errors.js'
import { driverMissing } from '../port/refusals.js'

export type Driver = typeof pg

/** DRIVER_MISSING where the package is not installed, or cannot be loaded. */
export async function loadDriver(): Promise<Driver> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw driverMissing('pg', 'Install it beside immersion-log: npm install pg', cause)
  }
}

/** Object ids of types, fixed by PostgreSQL. */
const INT8 = 20
const INT2 = 21
const INT4 = 23
const NUMERIC = 1700
const BYTEA = 17

export const answerTypes: pg.CustomTypesConfig = {
  getTypeParser(type: number) {
    if (type === INT4 || type === INT2) return Number
    if (type === INT8 || type === NUMERIC) return exactInteger
    return type === BYTEA ? bytes : asText
  },
}

function exactInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new ImmersionError(
    'STORAGE_CORRUPT',
    `The database holds the number ${text}, which JavaScript cannot hold exactly.`,
  )
}

/** As `\x0189…`, the only form since PostgreSQL 9. */
function bytes(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex')
}

function asText(text: string): string {
  return text
}
