// The tables that hold a profile's log, as statements and rows see them: the columns in the order in which a row's values
// are bound. adapters/sql/statements.ts writes the statements from this, and table-writes.ts the rows.

import { ImmersionError } from '../../src/events/errors.js'
import type { RowTable } from '../../src/ports/event-log.js'
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
  /** The name of its value in the port's row, or of the projection's key column. */
  readonly field: string
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

const columnsOf = (type: ValueType, fields: readonly string[]): readonly Column[] =>
  fields.map((field) => ({ field, name: snakeCase(field), type }))
const integers = (...fields: readonly string[]): readonly Column[] => columnsOf('integer', fields)
const texts = (...fields: readonly string[]): readonly Column[] => columnsOf('text', fields)
const MEASURES = integers(...MEASURE_COLUMNS)

export const EVENTS: LogTable = {
  name: 'events',
  columns: [
    ...integers('profileId', 'position'),
    ...integers('stream', 'version', 'typeId', 'payloadVersion', 'occurredAtMs', 'utcOffsetMin'),
    ...integers('measure1', 'measure2', 'measure3'),
    ...texts('moreMeasures', 'payload'),
    ...integers('checksum'),
  ],
  keyLength: 2,
}

export const STREAMS: LogTable = {
  name: 'streams',
  columns: [
    ...integers('profileId', 'stream'),
    { name: 'uuid', field: 'streamId', type: 'uuid', changes: 'never' },
    ...texts('kind', 'videoKey').map((column) => ({ ...column, changes: 'rarely' }) as const),
    ...texts('facts', 'coverage'),
    ...integers('firstAtMs', 'lastAtMs', 'heldCount', 'heldChecksum', 'countedChecksum', 'ledgerChecksum'),
    ...integers('rowChecksum', 'firstPosition', 'lastPosition', 'revision'),
  ],
  keyLength: 2,
}

export const LEDGER: LogTable = {
  name: 'ledger',
  columns: [...integers('profileId', 'stream', 'quarter', 'utcOffsetMin'), ...MEASURES],
  keyLength: 4,
}

export const VIDEOS: LogTable = {
  name: 'videos',
  columns: [...integers('profileId'), ...texts('videoKey', 'facts'), ...integers('firstSeenAtMs', 'lastSeenAtMs')],
  keyLength: 2,
}

const KEY_COLUMN_NAME = /^[a-z][A-Za-z0-9]{0,39}$/
const TABLE_NAME = /^[a-z][a-z0-9_]{0,39}$/

/** The table of a read model; language is the last part of its key. Names come from programs: one that could be SQL is refused. */
export function rowTable(table: RowTable): LogTable {
  const key = table.key.flatMap(({ name, type }) => columnsOf(type, [checkedName('key column', name, KEY_COLUMN_NAME)]))
  const columns = [...integers('profileId'), ...key, ...texts('language')]
  return { name: rowTableName(table), columns: [...columns, ...MEASURES], keyLength: columns.length }
}

/** `rows_daily_v1`. */
export function rowTableName({ name, version }: Pick<RowTable, 'name' | 'version'>): string {
  const checked = checkedName('projection', name, TABLE_NAME)
  if (Number.isSafeInteger(version) && version >= 1) return `rows_${checked}_v${version}`
  throw new ImmersionError('INVALID_ARGUMENT', `A projection's version is 1 or more, not ${version}.`)
}

function checkedName(what: string, name: string, pattern: RegExp): string {
  if (pattern.test(name)) return name
  throw new ImmersionError('INVALID_ARGUMENT', `${JSON.stringify(name)} cannot name a ${what}.`, {
    hint: `Allowed is ${pattern.source}.`,
    details: { name },
  })
}

/** `localDay` → `local_day`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
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
