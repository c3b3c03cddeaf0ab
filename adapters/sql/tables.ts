// The tables that hold a profile's log, as statements and rows see them: the columns in the order in which a row's values
// are bound. adapters/sql/statements.ts writes the statements from this, and table-writes.ts the rows.

import type { RowTable } from '../../src/ports/event-log.js'
import { keyColumn, rowTableName } from './columns.js'
import type { SqlDialect } from './dialect.js'
import { MEASURE_COLUMNS } from './measure-columns.js'

/** All tables but those of read models and the one that holds the schema's version. */
export const LOG_TABLES = [
  'profiles',
  'profile_names',
  'profile_counter',
  'event_types',
  'events',
  'streams',
  'ledger',
  'videos',
] as const

/** A `uuid` is bound as its sixteen bytes. */
export type ValueType = 'integer' | 'text' | 'uuid'

export interface Column {
  readonly name: string
  readonly type: ValueType
  /** `never`: a row keeps its first value. `rarely`: an index holds it, and the usual update leaves it alone. */
  readonly changes?: 'never' | 'rarely'
}

export interface LogTable {
  readonly name: string
  /** The primary key's columns first, `profile_id` at the head of them. */
  readonly columns: readonly Column[]
  readonly keyLength: number
}

const integers = (...names: readonly string[]): readonly Column[] => names.map((name) => ({ name, type: 'integer' }))
const texts = (...names: readonly string[]): readonly Column[] => names.map((name) => ({ name, type: 'text' }))
const MEASURES = integers(...MEASURE_COLUMNS)

export const EVENTS: LogTable = {
  name: 'events',
  columns: [
    ...integers('profile_id', 'position'),
    ...integers('stream', 'version', 'type_id', 'payload_version', 'occurred_at_ms', 'utc_offset_min'),
    ...integers('measure1', 'measure2', 'measure3'),
    ...texts('more_measures', 'payload'),
    ...integers('checksum'),
  ],
  keyLength: 2,
}

export const STREAMS: LogTable = {
  name: 'streams',
  columns: [
    ...integers('profile_id', 'stream'),
    { name: 'uuid', type: 'uuid', changes: 'never' },
    { name: 'kind', type: 'text', changes: 'rarely' },
    { name: 'video_key', type: 'text', changes: 'rarely' },
    ...texts('facts', 'coverage'),
    ...integers('first_at_ms', 'last_at_ms', 'held_count', 'held_checksum', 'counted_checksum', 'ledger_checksum'),
    ...integers('row_checksum', 'first_position', 'last_position', 'revision'),
  ],
  keyLength: 2,
}

export const LEDGER: LogTable = {
  name: 'ledger',
  columns: [...integers('profile_id', 'stream', 'quarter', 'utc_offset_min'), ...MEASURES],
  keyLength: 4,
}

export const VIDEOS: LogTable = {
  name: 'videos',
  columns: [
    ...integers('profile_id'),
    ...texts('video_key', 'facts'),
    ...integers('first_seen_at_ms', 'last_seen_at_ms'),
  ],
  keyLength: 2,
}

/** The table of a read model; language is the last part of its key. */
export function rowTable(table: RowTable): LogTable {
  const key = table.key.map(({ name, type }): Column => ({ name: keyColumn(name), type }))
  const columns = [...integers('profile_id'), ...key, ...texts('language')]
  return { name: rowTableName(table), columns: [...columns, ...MEASURES], keyLength: columns.length }
}

/** Names of the columns in the order of a row's values. SQLite keys events by one packed id. */
export function columnNames(dialect: SqlDialect, table: LogTable): readonly string[] {
  const names = table.columns.map(({ name }) => name)
  return table === EVENTS ? [...dialect.eventKey.columns, ...names.slice(table.keyLength)] : names
}

/** Names of the primary key's columns; not of events. */
export function keyNames({ columns, keyLength }: LogTable): readonly string[] {
  return columns.slice(0, keyLength).map(({ name }) => name)
}
