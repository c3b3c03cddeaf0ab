// The statements that all SQL adapters share, one function each, with its binds documented. They fix the text, and
// the order of the binds and of the answer's columns. How they are prepared and sent is up to the adapter.

import type { SqlDialect } from './dialect.js'
import { MEASURE_COLUMNS } from './measure-columns.js'
import type { TableWrites } from './table-writes.js'
import { columnNames, EVENTS, keyNames, LEDGER, type LogTable, STREAMS, VIDEOS } from './tables.js'

const list = (columns: readonly string[]): string => columns.join(', ')
const binds = (columns: readonly string[]): string => columns.map(() => '?').join(', ')
const matches = (columns: readonly string[]): string => columns.map((column) => `${column} = ?`).join(' and ')
/** A condition on the profile, and on the column unless `count` is 0. */
const ofProfile = (column: string, count: number): string => {
  if (count === 0) return 'profile_id = ?'
  return `profile_id = ? and ${column} ${count === 1 ? '= ?' : `in (${list(Array(count).fill('?'))})`}`
}

/** No binds. Answers: name. */
export const SELECT_PROFILES = 'select name from profile_names order by name'

/** Binds: name. Answers: profile_id. Heads are keyed by it, so that a head can be kept beside the profile's rows. */
export const SELECT_PROFILE_ID = 'select profile_id from profile_names where name = ?'

/** Binds: profile_id. Answers: profile_id, revision, position, stream_count, settings, folded_projections, has_negative_sums. */
export const SELECT_HEAD = `select profile_id, revision, position, stream_count, settings, folded_projections,
  has_negative_sums from profiles where profile_id = ?`

/** Binds: profile_id. Answers, for a commit: revision, position, has_negative_sums. */
export const SELECT_STANDING = 'select revision, position, has_negative_sums from profiles where profile_id = ?'

/**
 * No binds. An id is given once and never again, so that a process that remembers a deleted profile never takes a later one
 * for it. Within the transaction that makes the profile, which holds the lock of the one row.
 */
export const RAISE_PROFILE_COUNTER = 'update profile_counter set last_profile_id = last_profile_id + 1'

/** No binds. Answers: last_profile_id. */
export const SELECT_PROFILE_COUNTER = 'select last_profile_id from profile_counter'

/** Binds: profile_id, settings. */
export const INSERT_PROFILE = `insert into profiles
  (profile_id, revision, position, stream_count, settings, folded_projections, has_negative_sums)
  values (?, 0, 0, 0, ?, '[]', 0)`

/** Binds: profile_id, name. */
export const INSERT_PROFILE_NAME = 'insert into profile_names (profile_id, name) values (?, ?)'

/** Binds: profile_id. Of a table that is keyed by profile. */
export function deleteOfProfile(dialect: SqlDialect, table: string): string {
  return dialect.text(`delete from ${table} where profile_id = ?`)
}

/** Binds: headBinds. Changes no row unless the head is at the revision before. */
export const UPDATE_HEAD = `update profiles
  set revision = ?, position = ?, stream_count = ?, settings = ?, folded_projections = ?
  where profile_id = ? and revision = ?`

/** Binds: profile_id. From then on every sum written is checked for being zero, not only those with a negative delta. */
export const NOTE_NEGATIVE_SUMS = 'update profiles set has_negative_sums = 1 where profile_id = ?'

/** Writes rows of the table in one of the ways of TableWrites. Binds: `count` rows; `remove` and `remove-range` take one. */
export function writeRows(dialect: SqlDialect, { table, how }: TableKind, count = 1): string {
  if (how === 'remove') return dialect.text(`delete from ${table.name} where ${matches(keyNames(table))}`)
  if (how === 'remove-range') return deleteEvents(dialect)
  const names = columnNames(dialect, table)
  const rows = list(Array(count).fill(`(${binds(names)})`))
  return dialect.text(
    `insert into ${table.name} (${list(names)}) values ${rows}${conflictClause(dialect, { table, how })}`,
  )
}

type TableKind = Pick<TableWrites, 'table' | 'how'>

/** Behind an insert: a row with the same key gets the values of the new one (`put`), or its measures added (`add`). */
export function conflictClause(dialect: SqlDialect, { table, how }: TableKind): string {
  if (how !== 'put' && how !== 'add') return ''
  const replaced = table.columns.slice(table.keyLength).filter(({ changes }) => changes !== 'never')
  const assignments =
    how === 'put'
      ? replaced.map(({ name }) => `${name} = ${dialect.inserted(name)}`)
      : MEASURE_COLUMNS.map((column) => `${column} = ${table.name}.${column} + ${dialect.inserted(column)}`)
  return dialect.upsert(keyNames(table), assignments)
}

/** Binds: the keys of `count` rows. Deletes those whose measures are all 0. */
export function deleteZeroRows(dialect: SqlDialect, table: LogTable, count = 1): string {
  const zero = MEASURE_COLUMNS.map((column) => `${column} = 0`).join(' and ')
  return dialect.text(`delete from ${table.name} where ${anyOf(keyNames(table), count)} and ${zero}`)
}

/** Binds: the keys of `count` rows. Answers a row for each that has a negative measure. */
export function selectNegativeRows(dialect: SqlDialect, table: LogTable, count = 1): string {
  const negative = MEASURE_COLUMNS.map((column) => `${column} < 0`).join(' or ')
  return dialect.text(`select 1 from ${table.name} where ${anyOf(keyNames(table), count)} and (${negative})`)
}

/** Written out, because not every database finds rows by a list of pairs through the index. */
function anyOf(key: readonly string[], count: number): string {
  if (count === 1) return matches(key)
  return `(${Array.from({ length: count }, () => `(${matches(key)})`).join(' or ')})`
}

/** Binds: the range's (eventKey.rangeBinds): positions above the first and up to the last. */
export function deleteEvents(dialect: SqlDialect): string {
  return dialect.text(`delete from events where ${dialect.eventKey.range}`)
}

/** Binds: the range's (eventKey.rangeBinds), the stream if `ofStream`, limit. Answers: columnNames of EVENTS. */
export function selectEvents(dialect: SqlDialect, ofStream: boolean): string {
  const { range, order } = dialect.eventKey
  const condition = ofStream ? `${range} and stream = ?` : range
  return dialect.text(
    `select ${list(columnNames(dialect, EVENTS))} from events where ${condition} order by ${order} limit ?`,
  )
}

/** Columns of an answer: all but profile_id. */
const answer = ({ columns }: LogTable): string => list(columns.slice(1).map(({ name }) => name))

/** Columns of every answer about streams, as streamOf reads them. */
export const STREAM_ANSWER = answer(STREAMS)

/** Binds: profile_id, `count` values of the column. In no order. */
export function selectStreamsWith(dialect: SqlDialect, column: 'uuid' | 'stream', count = 1): string {
  return dialect.text(`select ${STREAM_ANSWER} from streams where ${ofProfile(column, count)}`)
}

/** Binds: profile_id, a value of each column, after, limit. Few streams have the last column's value. */
export function selectStreams(dialect: SqlDialect, ...columns: readonly ('kind' | 'video_key')[]): string {
  const equal = columns.map((column) => `${column} = ?`)
  const last = equal.splice(-1).map(dialect.selective)
  const where = ['profile_id = ?', ...equal, ...last, 'stream > ?'].join(' and ')
  return dialect.text(`select ${STREAM_ANSWER} from streams where ${where} order by stream limit ?`)
}

/** Binds: profile_id, `count` streams; all for 0. Answers: stream, quarter, utc_offset_min, the measures. */
export function selectLedger(dialect: SqlDialect, count = 0): string {
  const where = ofProfile('stream', count)
  return dialect.text(`select ${answer(LEDGER)} from ledger where ${where} order by stream, quarter, utc_offset_min`)
}

/** Columns of every answer about videos, as videoOf reads them. */
export const VIDEO_ANSWER = answer(VIDEOS)

/** Binds: profile_id, `count` video keys; all for 0. Answers: video_key, facts, first_seen_at_ms, last_seen_at_ms. */
export function selectVideos(dialect: SqlDialect, count = 0): string {
  const order = count === 1 ? '' : ' order by video_key'
  return dialect.text(`select ${VIDEO_ANSWER} from videos where ${ofProfile('video_key', count)}${order}`)
}

/** No binds. Answers: type_id, type. */
export const SELECT_EVENT_TYPES = 'select type_id, type from event_types'

/** Binds: type_id, type. */
export const INSERT_EVENT_TYPE = 'insert into event_types (type_id, type) values (?, ?)'
