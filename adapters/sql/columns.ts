// Names of columns and tables. The measures' columns stand in the order of MEASURE_NAMES everywhere: in inserts, in
// answers and in tables; none of the names is a reserved word in any database (`lines` is one in MariaDB).

import { ImmersionError } from '../../src/events/errors.js'
import { MEASURE_NAMES, type MeasureName } from '../../src/events/measures.js'
import type { RowTable } from '../../src/ports/event-log.js'

const COLUMN_OF_MEASURE: Readonly<Record<MeasureName, string>> = {
  sessions: 'session_count',
  watchedMs: 'watched_ms',
  activeMs: 'active_ms',
  pausedMs: 'paused_ms',
  lines: 'line_count',
  chars: 'char_count',
  words: 'word_count',
  tokens: 'token_count',
  cards: 'card_count',
  lookups: 'lookup_count',
  lookupHits: 'lookup_hit_count',
  pauses: 'pause_count',
  seeksForward: 'seek_forward_count',
  seeksBackward: 'seek_backward_count',
  buffers: 'buffer_count',
}

export const MEASURE_COLUMNS: readonly string[] = MEASURE_NAMES.map((name) => COLUMN_OF_MEASURE[name])

/** The column of a measure, or null when the name is not one. */
export function measureColumn(name: string): string | null {
  return Object.hasOwn(COLUMN_OF_MEASURE, name) ? COLUMN_OF_MEASURE[name as MeasureName] : null
}

const KEY_COLUMN_NAME = /^[a-z][A-Za-z0-9]{0,39}$/
const TABLE_NAME = /^[a-z][a-z0-9_]{0,39}$/

/** `localDay` → `local_day`. Names come from programs, so what could be SQL is refused here, once. */
export function keyColumn(name: string): string {
  if (!KEY_COLUMN_NAME.test(name)) throw badName('key column', name, KEY_COLUMN_NAME)
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `rows_daily_v1`. */
export function rowTableName(table: Pick<RowTable, 'name' | 'version'>): string {
  if (!TABLE_NAME.test(table.name)) throw badName('projection', table.name, TABLE_NAME)
  if (!Number.isSafeInteger(table.version) || table.version < 1) {
    throw new ImmersionError('INVALID_ARGUMENT', `A projection's version is 1 or more, not ${table.version}.`)
  }
  return `rows_${table.name}_v${table.version}`
}

/** Key columns of a read model's table in the order of its primary key, profile first and language last. */
export function rowKeyColumns(table: RowTable): readonly string[] {
  return ['profile_id', ...table.key.map(({ name }) => keyColumn(name)), 'language']
}

function badName(what: string, name: string, pattern: RegExp): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `${JSON.stringify(name)} cannot name a ${what}.`, {
    hint: `Allowed is ${pattern.source}.`,
    details: { name },
  })
}
