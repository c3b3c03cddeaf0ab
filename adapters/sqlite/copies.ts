// Copies of the file, complete and for its owner only. Those that are made before its schema changes stand beside it, named
// `FILE.schema-VERSION.TIME.copy`, the last three kept; schema.ts makes them under the file's lock, so that a copy is
// exactly what is then migrated. `immersion restore` puts one back. backup.ts makes copies anywhere.

import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Database } from './driver.js'
import { sqliteError } from './errors.js'

const COPIES_KEPT = 3
const PARTIAL = '.partial'
const COPY_NAME = /^\.schema-\d+\.\d{8}T\d{9}Z\.copy(\.partial)?$/
const KEPT_ASIDE_NAME = /^\.(before-restore|restoring)\.\d{8}T\d{9}Z(-wal|-shm|\.partial)?$/

/**
 * Returns the copy's path. `source` is a connection of its own, because SQLite does not copy within a transaction. It reads
 * the state before the caller's transaction, and is closed.
 */
export function makeCopy(source: Database, path: string, schemaVersion: number): string {
  const copy = `${path}.schema-${schemaVersion}.${timeInName(new Date())}.copy`
  // Left behind by a process that was killed: under the file's lock no other makes one now.
  for (const old of copiesOf(path)) if (old.endsWith(PARTIAL)) rmSync(old, { force: true })
  copyAndClose(source, path, copy, 'copy the database before its migration, which was not begun')
  return copy
}

/** `doing` completes "SQLite failed to …" about the file at `path`. */
export function copyAndClose(source: Database, path: string, copy: string, doing: string): void {
  try {
    copyInto(source, copy)
  } catch (error) {
    throw sqliteError(error, path, doing)
  } finally {
    source.close()
  }
}

/** Under another name until it is complete and on the disk, so that a file of this name is never a part of a copy. */
function copyInto(source: Database, copy: string): void {
  const partial = `${copy}${PARTIAL}`
  // SQLite takes an empty file as it is, with its mode. A file that is there belongs to another program, and stays.
  closeSync(openSync(partial, 'wx', 0o600))
  try {
    source.prepare('vacuum into ?').run(partial)
    sync(partial)
    renameSync(partial, copy)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

/** `20260301T210500000Z`. */
export function timeInName(now: Date): string {
  return now.toISOString().replaceAll(/[-:.]/g, '')
}

/** Oldest first, also those that were never finished. */
export function copiesOf(path: string): readonly string[] {
  const timeOf = (copy: string): string => copy.slice(copy.search(/\.\d{8}T\d{9}Z\.copy(\.partial)?$/))
  return beside(path, COPY_NAME).sort((left, right) => (timeOf(left) < timeOf(right) ? -1 : 1))
}

/** Files that a restore kept aside, `FILE.before-restore.TIME`, and the files of a restore that was killed. */
export function keptAsideOf(path: string): readonly string[] {
  return beside(path, KEPT_ASIDE_NAME)
}

/** Files whose name continues that of the file in this way. */
function beside(path: string, rest: RegExp): string[] {
  const name = basename(path)
  return readdirSync(dirname(path))
    .filter((entry) => entry.startsWith(name) && rest.test(entry.slice(name.length)))
    .map((entry) => join(dirname(path), entry))
}

export function removeOldCopies(path: string): void {
  for (const copy of copiesOf(path).slice(0, -COPIES_KEPT)) rmSync(copy, { force: true })
}

function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
