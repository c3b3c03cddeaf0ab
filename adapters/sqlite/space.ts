// Space of a SQLite file that nothing uses any more: free pages are cut off its end, and the -wal is emptied, each without
// making others wait.

import type { Database } from './driver.js'

/** 2 MB at the usual size of a page: some milliseconds of the file's write lock. */
const VACUUM_PAGES = 500

/** One step; answers how many bytes the file has become smaller. The last step, that finds nothing, empties the -wal. */
export function giveSpaceBack(database: Database): number {
  const pages = (): number => Number(database.pragma('page_count', { simple: true }))
  const before = pages()
  database.pragma(`incremental_vacuum(${VACUUM_PAGES})`)
  const freed = before - pages()
  // Where others are at work in the file, theirs is the next checkpoint.
  if (freed === 0) withBusyTimeout(database, 0, () => emptyWal(database))
  return freed * Number(database.pragma('page_size', { simple: true }))
}

/** False where others are at work in the file. */
export function emptyWal(database: Database): boolean {
  // One row of three numbers, by SQLite's documentation; busy is 0 when the -wal is empty now.
  const [answer] = database.pragma('wal_checkpoint(truncate)') as { busy: number }[]
  return answer?.busy === 0
}

export function withBusyTimeout<T>(database: Database, timeoutMs: number, work: () => T): T {
  const usualMs = Number(database.pragma('busy_timeout', { simple: true }))
  database.pragma(`busy_timeout = ${timeoutMs}`)
  try {
    return work()
  } finally {
    database.pragma(`busy_timeout = ${usualMs}`)
  }
}
