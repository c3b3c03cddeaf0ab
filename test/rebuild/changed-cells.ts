// A small log with every kind of row, and one changed cell at a time in it. A change of a cell is either named by verify, or
// refused when the log is opened, or listed in docs/reference/damage.md as harmless with its reason.

import { readFileSync } from 'node:fs'
import { openEngine } from '../../src/engine/open-engine.js'
import { BACKEND_DEFAULTS } from '../../src/events/defaults.js'
import { ImmersionError } from '../../src/events/errors.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { event, idOf, line, MINUTE_MS, START_MS, started } from '../support/engine-logs.js'

const A = idOf(1)
const B = idOf(2)
/** Past every window of detail. */
const LATER_MS = START_MS + 40 * 24 * 60 * MINUTE_MS

/** What a program of this package sees of a log. */
export async function withEngine<T>(
  provider: string,
  storage: Readonly<Record<string, unknown>>,
  work: (engine: LogEngine) => Promise<T>,
  role: 'writer' | 'reader' = 'writer',
): Promise<T> {
  const { engine } = await openEngine({
    profile: 'default',
    provider,
    storage,
    settings: { dayStartsAtHour: BACKEND_DEFAULTS.dayStartsAtHour, retention: { detailMs: 86_400_000 } },
    projections: [],
    clock: { nowMs: () => LATER_MS, utcOffsetMin: () => 0 },
    role,
  })
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

/** Two sessions, one of them ended, and an adjustment. */
export function fill(provider: string, storage: Readonly<Record<string, unknown>>, isPruned: boolean): Promise<void> {
  return withEngine(provider, storage, async (engine) => {
    await engine.append([
      started(A, 1, 'local:/a', 'ja'),
      event(A, 2, { type: 'video.described', payload: { title: 'First', series: 'One' } }),
      line(A, 3),
      line(A, 4, START_MS + 20 * MINUTE_MS),
      event(A, 5, {
        type: 'telemetry.sampled',
        atMs: START_MS + 21 * MINUTE_MS,
        measures: { watchedMs: 4_000, activeMs: 3_000, pausedMs: 2_000 },
      }),
      event(A, 6, { type: 'session.ended', atMs: START_MS + 22 * MINUTE_MS, payload: { reason: 'finished' } }),
    ])
    await engine.append([
      started(B, 1, 'local:/b', 'de', START_MS + 60 * MINUTE_MS),
      line(B, 2, START_MS + 61 * MINUTE_MS),
    ])
    await engine.append([
      event(idOf(3), 1, {
        type: 'session.adjusted',
        atMs: START_MS + 100 * MINUTE_MS,
        measures: { cards: 2, words: 3, lines: 1, chars: 5 },
        payload: { targetStreamId: A, countedAtMs: START_MS },
      }),
    ])
    // The first run after a long time is only noted.
    if (isPruned) for (const _run of [1, 2]) await engine.retain()
  })
}

/** `silent` where neither the opening nor verify names the change. */
export async function outcomeOf(
  provider: string,
  storage: Readonly<Record<string, unknown>>,
  role: 'writer' | 'reader' = 'writer',
): Promise<string> {
  try {
    return await withEngine(
      provider,
      storage,
      async (engine) => {
        const { damage } = await engine.verify()
        return damage.length === 0 ? 'silent' : 'named'
      },
      role,
    )
  } catch (error) {
    return error instanceof ImmersionError && error.code !== 'INTERNAL' ? error.code : `threw ${String(error)}`
  }
}

/** `table.column` of every change that the page calls harmless. */
export function harmlessCells(): ReadonlySet<string> {
  const page = readFileSync(new URL('../../../docs/reference/damage.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((text) => text.startsWith('| `'))
  return new Set(
    rows.flatMap((text) => [...(text.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, cell]) => cell ?? '')),
  )
}

/** How each server lists its tables and columns, and how one cell of a column changes without the server's own checks. */
export const SERVER_CELLS = {
  postgres: {
    tables:
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    columns: (table: string) =>
      `select column_name as name, data_type as type from information_schema.columns where table_schema = 'public' and table_name = '${table}'`,
    unchecked: "set session_replication_role = 'replica'",
    changed: (name: string, type: string) =>
      type === 'bytea'
        ? `set_byte(${name}, 15, get_byte(${name}, 15) # 1)`
        : type === 'text'
          ? `'~' || substr(${name}, 2)`
          : `${name} + 1`,
    one: (table: string, name: string) => `where ctid = (select ctid from ${table} where ${name} is not null limit 1)`,
  },
  mysql: {
    tables: 'select table_name as name from information_schema.tables where table_schema = database()',
    columns: (table: string) =>
      `select column_name as name, data_type as type from information_schema.columns where table_schema = database() and table_name = '${table}'`,
    unchecked: 'set foreign_key_checks = 0',
    changed: (name: string, type: string) =>
      type === 'binary'
        ? `concat(substr(${name}, 1, 15), char(ascii(substr(${name}, 16)) ^ 1))`
        : /text|char/.test(type)
          ? `concat('~', substr(${name}, 2))`
          : `${name} + 1`,
    one: (_table: string, name: string) => `where ${name} is not null limit 1`,
  },
} as const
