// Loads mysql2 on first use, so that who keeps a SQLite log pays nothing for it, and says how it is to connect.

import { createRequire } from 'node:module'
import type Mysql2 from 'mysql2'
import { ImmersionError } from '../../src/events/errors.js'
import type { ServerBind } from '../server/database.js'
import { type ServerOptions, tlsOptions } from '../server/options.js'
import { UnusableBind } from './errors.js'

export type Driver = Pick<typeof Mysql2, 'createConnection' | 'format'>
export type LoadDriver = () => Promise<Driver>

/** DRIVER_MISSING where the package is not installed, or cannot be loaded. */
export async function loadDriver(load: LoadDriver = importDriver): Promise<Driver> {
  try {
    return await load()
  } catch (cause) {
    throw new ImmersionError('DRIVER_MISSING', 'The package mysql2 cannot be loaded.', {
      hint: 'Install it beside immersion-log: npm install mysql2',
      cause,
    })
  }
}

async function importDriver(): Promise<Driver> {
  const module = await import('mysql2')
  return module.default
}

/**
 * The text with its values in it, escaped by the driver. It would write an object as several assignments, a list as several
 * values and not-a-number as a name: anything but a number, a text, bytes and null is UnusableBind.
 */
export function formatted(driver: Driver, text: string, binds: readonly ServerBind[]): string {
  for (const bind of binds) {
    const isUsable = bind === null || typeof bind === 'string' || Number.isFinite(bind) || Buffer.isBuffer(bind)
    if (!isUsable) throw new UnusableBind(`a value of type ${typeof bind} is neither a number, a text nor bytes`)
  }
  return driver.format(text, [...binds])
}

export function driverVersion(): string {
  const described: unknown = createRequire(import.meta.url)('mysql2/package.json')
  const version = described !== null && typeof described === 'object' && 'version' in described ? described.version : ''
  return String(version)
}

export function connectionOptions(options: ServerOptions): Mysql2.ConnectionOptions {
  const { host, port, user, password, database, connectTimeoutMs } = options
  const ssl = tlsOptions(options)
  return {
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    user,
    ...(password === undefined ? {} : { password }),
    database,
    ...(ssl === undefined ? {} : { ssl }),
    connectTimeout: connectTimeoutMs,
    charset: 'utf8mb4_bin',
    rowsAsArray: true,
    // A batch goes out as one text of several statements; its values are escaped by the driver's own `format`.
    multipleStatements: true,
    // A server could otherwise ask for files of this machine.
    flags: ['-LOCAL_FILES'],
  }
}
