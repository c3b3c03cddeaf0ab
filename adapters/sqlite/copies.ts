// Copies of the file that are made before its schema changes: beside it, for its owner only, named
// `FILE.schema-VERSION.TIME.copy`, the last three kept. Called by schema.ts under the file's lock, so that a copy is exactly
// what is then migrated. Putting one back is copying it over the file while no program has that open.

import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Database } from './driver.js'

const COPIES_KEPT = 3
const COPY_NAME = /^\.schema-(\d+)\.(\d{8}T\d{9}Z)\.copy(\.partial)?$/

/**
 * Answers the copy's path. `source` is a connection of its own: SQLite does not copy within a transaction, and what it
 * reads is what was committed before the caller's.
 */
export function makeCopy(source: Database, path: string, schemaVersion: number, now: Date): string {
  const time = now.toISOString().replaceAll(/[-:.]/g, '')
  const copy = `${path}.schema-${schemaVersion}.${time}.copy`
  const partial = `${copy}.partial`
  // What a process that was killed left behind: nobody else makes one now.
  for (const old of copiesOf(path)) if (old.endsWith('.partial')) rmSync(old, { force: true })
  try {
    // SQLite takes an empty file as it is, with its mode.
    closeSync(openSync(partial, 'wx', 0o600))
    source.prepare('vacuum into ?').run(partial)
    sync(partial)
    renameSync(partial, copy)
    return copy
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

/** Oldest first, also those that were never finished. */
export function copiesOf(path: string): readonly string[] {
  const name = basename(path)
  const timed = readdirSync(dirname(path)).flatMap((entry) => {
    const match = entry.startsWith(name) ? COPY_NAME.exec(entry.slice(name.length)) : null
    return match ? [{ entry, time: match[2] as string }] : []
  })
  timed.sort((left, right) => (left.time < right.time ? -1 : 1))
  return timed.map(({ entry }) => join(dirname(path), entry))
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
