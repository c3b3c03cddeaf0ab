// A connection that the host has opened (storage.database), in place of those that connection.ts opens. The log reads and
// writes through it alone, and leaves it open. Two logs on one connection take turns, because it has one transaction at a
// time.

import { ImmersionError } from '../../src/events/errors.js'
import { Lock } from '../port/lock.js'
import type { Database } from './driver.js'

const LOCKS = new WeakMap<Database, Lock>()

/** The lock for everything that is done on this connection. */
export function lockOf(database: Database): Lock {
  const lock = LOCKS.get(database) ?? new Lock()
  LOCKS.set(database, lock)
  return lock
}

/** INVALID_CONFIG for anything but an open connection of better-sqlite3 that answers with plain numbers. */
export function checkHostDatabase(given: unknown): Database {
  if (!isDatabase(given))
    throw invalid('is not a Database of better-sqlite3', 'Give what `new Database(path)` returns.')
  if (!given.open) throw invalid('is closed', 'Give one that is open.')
  if (typeof given.prepare('select 1').pluck().get() !== 'number') {
    throw invalid('answers with bigints', 'Leave defaultSafeIntegers(false), which is the default.')
  }
  return given
}

/** Whether it is kept in memory, so that no other connection can see it. */
export function isInMemory({ memory, name }: Database): boolean {
  return memory || name === ''
}

function isDatabase(given: unknown): given is Database {
  if (typeof given !== 'object' || given === null) return false
  return ['prepare', 'exec', 'pragma', 'transaction'].every((name) => typeof Reflect.get(given, name) === 'function')
}

/** `what` completes "storage.database …". */
function invalid(what: string, hint: string): ImmersionError {
  return new ImmersionError('INVALID_CONFIG', `storage.database ${what}.`, {
    hint,
    details: { key: 'storage.database' },
  })
}
