// What EventLog.stats says of a SQLite file: its size with that of the -wal, and the versions of SQLite and its driver.

import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { LogStats } from '../../src/ports/event-log.js'
import { SELECT_PROFILES } from '../sql/statements.js'
import { type Database, sqliteVersion } from './driver.js'

export function statsOf(database: Database, path: string): LogStats {
  const count = (name: string): number => Number(database.pragma(name, { simple: true }))
  const pageBytes = count('page_size')
  const walBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  return {
    provider: 'sqlite',
    versions: { sqlite: sqliteVersion(database), 'better-sqlite3': driverVersion() },
    schemaVersion: count('user_version'),
    location: path,
    totalBytes: count('page_count') * pageBytes + walBytes,
    freeBytes: count('freelist_count') * pageBytes,
    profiles: database.prepare(SELECT_PROFILES).all().length,
  }
}

function driverVersion(): string {
  const described: unknown = createRequire(import.meta.url)('better-sqlite3/package.json')
  const version = described !== null && typeof described === 'object' && 'version' in described ? described.version : ''
  return String(version)
}
