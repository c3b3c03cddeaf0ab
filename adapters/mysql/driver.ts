// Loads mysql2 on first use, so that a program with a SQLite log pays nothing for it.

import type Mysql2 from 'mysql2'
import { driverMissing } from '../port/refusals.js'
import type { Row } from '../sql/dialect.js'
import { UnusableBind } from './errors.js'

export type Driver = Pick<typeof Mysql2, 'createConnection' | 'format'>
export type LoadDriver = () => Promise<Driver>

/** DRIVER_MISSING where the package is not installed, or cannot be loaded. */
export async function loadDriver(load: LoadDriver = importDriver): Promise<Driver> {
  try {
    return await load()
  } catch (cause) {
    throw driverMissing('mysql2', 'Install it beside immersion-log: npm install mysql2', cause)
  }
}

async function importDriver(): Promise<Driver> {
  const module = await import('mysql2')
  return module.default
}

/**
 * The text with its values in it, escaped by the driver. It would write an object as several assignments, a list as several
 * values and not-a-number as a name, so anything but a number, a text, bytes and null is UnusableBind.
 */
export function formatted(driver: Driver, text: string, binds: Row): string {
  for (const bind of binds) {
    const isUsable = bind === null || typeof bind === 'string' || Number.isFinite(bind) || Buffer.isBuffer(bind)
    if (!isUsable) throw new UnusableBind(`a value of type ${typeof bind} is neither a number, a text nor bytes`)
  }
  return driver.format(text, [...binds])
}
