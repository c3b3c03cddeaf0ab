// The figures of a SQLite file for EventLog.stats: its size with that of the -wal, and the versions of SQLite and its driver.

import { statSync } from 'node:fs'
import type { LogStats } from '../../src/ports/event-log.js'
import { packageVersion } from '../sql/package-version.js'
import { SELECT_PROFILES } from '../sql/statements.js'
import { type Database, sqliteVersion } from './driver.js'

export function statsOf(database: Database, path: string): LogStats {
  const count = (name: string): number => Number(database.pragma(name, { simple: true }))
  const pageBytes = count('page_size')
  const walBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  return {
    provider: 'sqlite',
    versions: { sqlite: sqliteVersion(database), 'better-sqlite3': packageVersion('better-sqlite3') },
    schemaVersion: count('user_version'),
    location: path,
    totalBytes: count('page_count') * pageBytes + walBytes,
    freeBytes: count('freelist_count') * pageBytes,
    profiles: database.prepare(SELECT_PROFILES).all().length,
  }
}
