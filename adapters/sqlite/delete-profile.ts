// Deletes a profile, or the streams that a learner erased, from the file, to the last byte. Deleted rows stay in the free parts of SQLite's
// pages and in the -wal, so afterwards the file is written again (vacuum), the -wal is emptied, and copies from before a
// migration or a restore are removed. The table erasure notes that this is still to be done: if this process dies in between,
// the next one that opens the file for writing does it.

import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImmersionError } from '../../src/events/errors.js'
import { deleteEvents, deleteOfProfile, SELECT_PROFILE_ID } from '../sql/statements.js'
import { copiesOf, keptAsideOf } from './copies.js'
import { sqliteDialect } from './dialect.js'
import type { Database } from './driver.js'
import { sqliteError } from './errors.js'
import { POSITIONS_PER_PROFILE } from './migrations.js'
import { emptyWal, withBusyTimeout } from './space.js'

/** Readers keep the -wal from being emptied for as long as they read, mostly a few milliseconds: 3 s in all. */
const ERASE_ATTEMPTS = 30
const ERASE_RETRY_MS = 50
/** Short, since a reader in this very thread cannot end while SQLite waits for it. */
const ERASE_BUSY_TIMEOUT_MS = 50

/** Every table with a column for the profile, whoever made it. */
const PROFILE_TABLES = `select sqlite_master.name from sqlite_master
  join pragma_table_info(sqlite_master.name) as columns on columns.name = 'profile_id'
  where sqlite_master.type = 'table' and sqlite_master.name <> 'profiles'`

/** One transaction. False when there is no profile of that name. */
export function deleteRows(database: Database, profile: string): boolean {
  return database
    .transaction(() => {
      const profileId = database.prepare(SELECT_PROFILE_ID).pluck().get(profile)
      if (typeof profileId !== 'number') return false
      for (const table of database.prepare(PROFILE_TABLES).pluck().all()) {
        database.prepare(deleteOfProfile(sqliteDialect, `"${String(table)}"`)).run(profileId)
      }
      const events = sqliteDialect.eventKey.rangeBinds(profileId, 0, POSITIONS_PER_PROFILE)
      database.prepare(deleteEvents(sqliteDialect)).run(...events)
      database.prepare(deleteOfProfile(sqliteDialect, 'profiles')).run(profileId)
      noteErasing(database)
      return true
    })
    .immediate()
}

/** In the transaction that deletes: notes that its bytes are still to be given up. */
export function noteErasing(database: Database): void {
  database.exec('update erasure set is_due = 1')
}

/** Waits for readers and writers of other programs for a while; STORAGE_BUSY when they do not let it. */
export async function eraseDeleted(database: Database, path: string): Promise<void> {
  const progress = { isVacuumed: false }
  for (let attempt = 1; ; attempt++) {
    const failure = erase(database, path, progress)
    if (!failure) return
    if (failure.code !== 'STORAGE_BUSY') throw failure
    if (attempt === ERASE_ATTEMPTS) {
      throw new ImmersionError('STORAGE_BUSY', `It is deleted, but other programs keep its bytes in ${path}.`, {
        hint: 'Close them; the rest goes when the file is opened for writing next.',
        details: { path, deleted: true },
        cause: failure,
      })
    }
    await sleep(ERASE_RETRY_MS)
  }
}

/** Called when the file is opened. Tries once; while others use the file, the erasing remains due. */
export function finishErasing(database: Database, path: string): void {
  const isDue = database.prepare('select is_due from erasure').pluck().get() === 1
  if (isDue) erase(database, path, { isVacuumed: false })
}

/** Continues where the attempt before was interrupted. Returns null when everything is done. */
function erase(database: Database, path: string, progress: { isVacuumed: boolean }): ImmersionError | null {
  try {
    return withBusyTimeout(database, ERASE_BUSY_TIMEOUT_MS, () => {
      if (!progress.isVacuumed) database.exec('vacuum')
      progress.isVacuumed = true
      if (!emptyWal(database)) return new ImmersionError('STORAGE_BUSY', `Another program is at work in ${path}.`)
      for (const copy of [...copiesOf(path), ...keptAsideOf(path)]) rmSync(copy, { force: true })
      database.exec('update erasure set is_due = 0')
      return null
    })
  } catch (error) {
    return sqliteError(error, path, 'give up the deleted bytes')
  }
}
