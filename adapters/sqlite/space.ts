// The size of a SQLite file, and its space that nothing uses any more: free pages are cut off its end, and the -wal is
// emptied, each without making others wait.

import { statSync } from 'node:fs'
import type { LogStats } from '../../src/ports/event-log.js'
import { packageVersion } from '../sql/package-version.js'
import { SELECT_PROFILES } from '../sql/statements.js'
import { type Database, pragmaNumber, sqliteVersion } from './driver.js'

/** 2 MB at the usual size of a page: some milliseconds of the file's write lock. */
const VACUUM_PAGES = 500

export function statsOf(database: Database, path: string): LogStats {
  const count = (name: string): number => pragmaNumber(database, name)
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

/** One step; answers how many bytes the file has become smaller. The last step, that finds nothing, empties the -wal. */
export function giveSpaceBack(database: Database): number {
  const pages = (): number => pragmaNumber(database, 'page_count')
  const before = pages()
  database.pragma(`incremental_vacuum(${VACUUM_PAGES})`)
  const freed = before - pages()
  // Where others are at work in the file, theirs is the next checkpoint.
  if (freed === 0) withBusyTimeout(database, 0, () => emptyWal(database))
  return freed * pragmaNumber(database, 'page_size')
}

/** False where others are at work in the file. */
export function emptyWal(database: Database): boolean {
  // One row of three numbers, by SQLite's documentation; busy is 0 when the -wal is empty now.
  const [answer] = database.pragma('wal_checkpoint(truncate)') as { busy: number }[]
  return answer?.busy === 0
}

export function withBusyTimeout<T>(database: Database, timeoutMs: number, work: () => T): T {
  const usualMs = pragmaNumber(database, 'busy_timeout')
  database.pragma(`busy_timeout = ${timeoutMs}`)
  try {
    return work()
  } finally {
    database.pragma(`busy_timeout = ${usualMs}`)
  }
}
