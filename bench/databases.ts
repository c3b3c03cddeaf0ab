// Databases filled with the mix, through the product's own append, each made once in a run. They are in one temporary folder
// that the runner removes at the end. Benchmarks open them; what a benchmark changes it copies first.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import Database from 'better-sqlite3'
import { adapter } from '../adapters/sqlite/adapter.js'
import { Appender } from '../src/append/append.js'
import { rowTableOf } from '../src/engine/built-in-projections.js'
import { createLogEngine } from '../src/engine/engine.js'
import type { EventLog } from '../src/ports/event-log.js'
import type { LogEngine } from '../src/ports/log-engine.js'
import { BUILT_IN_PROJECTIONS } from '../test/support/built-in-projections.js'
import { MIX_END_MS, MIX_UTC_OFFSET_MIN, mixBatches } from './mix.js'

export interface Databases {
  /** A path in the temporary folder at which nothing is yet. */
  fresh(): string
  /** A database that holds the mix of about this many events; not to be changed. */
  filled(events: number): Promise<string>
  /** Of one that is done with, so that the folder does not grow. */
  remove(path: string): void
  close(): void
}

/** Large enough that the transaction's own cost does not show, small enough to stay in the page cache. */
const FILL_BATCH_EVENTS = 10_000
export const PROFILE = 'default'
export const SETTINGS = { dayStartsAtHour: 4 }
/** Now, for the engine, is the evening of the mix's last day. */
export const CLOCK = { nowMs: () => MIX_END_MS, utcOffsetMin: () => MIX_UTC_OFFSET_MIN }

export function openDatabases(onFilling: (events: number) => void): Databases {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-bench-'))
  const made = new Map<number, Promise<string>>()
  let count = 0

  function fresh(): string {
    return path.join(folder, `${++count}.sqlite`)
  }

  async function fill(events: number): Promise<string> {
    onFilling(events)
    const at = fresh()
    const engine = await openSqliteEngine(at)
    for (const batch of mixBatches({ events }, FILL_BATCH_EVENTS)) await engine.append(batch)
    await engine.close()
    return at
  }

  return {
    fresh,
    filled(events) {
      const known = made.get(events) ?? fill(events)
      made.set(events, known)
      return known
    },
    remove(at) {
      for (const suffix of ['', '-wal', '-shm']) fs.rmSync(at + suffix, { force: true })
    },
    close: () => fs.rmSync(folder, { recursive: true, force: true }),
  }
}

/** The engine that the worker runs, in this process. */
export async function openSqliteEngine(at: string): Promise<LogEngine> {
  return engineOn(await openSqlite(at))
}

/** The part of the engine that the tracker's events reach when they are encoded. What comes from outside is validated before. */
export async function openSqliteAppender(at: string): Promise<{ appender: Appender; close: () => Promise<void> }> {
  const log = await openSqlite(at)
  const own = { log, profile: PROFILE, projections: BUILT_IN_PROJECTIONS, clock: CLOCK }
  await createLogEngine({ ...own, settings: SETTINGS })
  return {
    appender: new Appender({ ...own, head: await log.openProfile(PROFILE, SETTINGS) }),
    close: () => log.close(),
  }
}

export function openSqlite(at: string): Promise<EventLog> {
  return adapter.openEventLog({ storage: { path: at }, tables: BUILT_IN_PROJECTIONS.map(rowTableOf), readOnly: false })
}

export function engineOn(log: EventLog): Promise<LogEngine> {
  return createLogEngine({ log, profile: PROFILE, settings: SETTINGS, projections: BUILT_IN_PROJECTIONS, clock: CLOCK })
}

/** The bare driver, set up as the product sets up its own connections. */
export function openBare(at: string, readonly = false): Database.Database {
  const database = new Database(at, { readonly })
  if (!readonly) {
    database.pragma('auto_vacuum = incremental')
    database.pragma('journal_mode = wal')
  }
  database.pragma('synchronous = normal')
  database.pragma('wal_autocheckpoint = 4000')
  database.pragma('cache_size = -8000')
  database.pragma('foreign_keys = on')
  return database
}

/** Bytes of the pages that are in use; the write-ahead log is moved into the file first. */
export function usedBytes(at: string): number {
  const database = new Database(at)
  try {
    database.pragma('wal_checkpoint(truncate)')
    const count = (name: string) => Number(database.pragma(name, { simple: true }))
    return (count('page_count') - count('freelist_count')) * count('page_size')
  } finally {
    database.close()
  }
}
