// The driver, better-sqlite3: loaded on first use, here and nowhere else, and only with a SQLite that is safe to share.

import type BetterSqlite3 from 'better-sqlite3'
import { ImmersionError } from '../../src/events/errors.js'
import { driverMissing } from '../port/refusals.js'

export type Database = BetterSqlite3.Database
export type Statement = BetterSqlite3.Statement<unknown[], unknown>

/** Below it, two connections that checkpoint at the same moment may corrupt the file (WAL reset race). */
const SQLITE_VERSION_MIN = '3.51.3'

export async function loadDriver(): Promise<typeof BetterSqlite3> {
  try {
    const module = await import('better-sqlite3')
    return module.default
  } catch (error) {
    throw bindingMissing(error)
  }
}

export function bindingMissing(cause: unknown): ImmersionError {
  const repair = 'Run `npm rebuild better-sqlite3` with the Node that runs this program, or set storage.nativeBinding.'
  return driverMissing('better-sqlite3', repair, cause)
}

export function isBindingError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND' || /bindings file/.test(error.message)
}

export function checkSqliteVersion(database: Database): void {
  const version = sqliteVersion(database)
  if (version.localeCompare(SQLITE_VERSION_MIN, 'en', { numeric: true }) >= 0) return
  throw new ImmersionError('STORAGE_FAILED', `SQLite ${version} can corrupt a file that two connections share.`, {
    hint: `Install a better-sqlite3 with SQLite ${SQLITE_VERSION_MIN} or newer.`,
    details: { version },
  })
}

export function sqliteVersion(database: Database): string {
  return String(database.prepare('select sqlite_version()').pluck().get())
}

export function pragmaNumber(database: Database, name: string): number {
  return Number(database.pragma(name, { simple: true }))
}
