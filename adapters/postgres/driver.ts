// Loads pg on first use, so that a program with a SQLite log pays nothing for it.

import type pg from 'pg'
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
