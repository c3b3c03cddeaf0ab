// The statements that all SQL adapters share, one function each, with its binds documented. They say what to write and in
// which order the binds and the answer's columns stand; how they are prepared and sent is the adapter's affair.

import type { RowTable } from '../../src/ports/event-log.js'
import { MEASURE_COLUMNS, rowKeyColumns, rowTableName } from './columns.js'
import type { SqlDialect } from './dialect.js'

/** Columns of an event behind its key. */
export const EVENT_COLUMNS = [
  'stream',
  'version',
  'type_id',
  'payload_version',
  'occurred_at_ms',
  'utc_offset_min',
  'measure1',
  'measure2',
  'measure3',
  'more_measures',
  'payload',
  'checksum',
] as const

/** Columns of a stream that any batch may change. */
export const STREAM_VALUE_COLUMNS = [
  'facts',
  'coverage',
  'first_at_ms',
  'last_at_ms',
  'held_count',
  'held_checksum',
  'counted_checksum',
  'ledger_checksum',
  'row_checksum',
  'first_position',
  'last_position',
  'revision',
] as const

const STREAM_KEY_COLUMNS = ['profile_id', 'stream'] as const
const LEDGER_KEY_COLUMNS = ['profile_id', 'stream', 'quarter', 'utc_offset_min'] as const

const list = (columns: readonly string[]): string => columns.join(', ')
const binds = (columns: readonly string[]): string => columns.map(() => '?').join(', ')
const rows = (columns: readonly string[], count: number): string =>
  Array.from({ length: count }, () => `(${binds(columns)})`).join(', ')
const matches = (columns: readonly string[]): string => columns.map((column) => `${column} = ?`).join(' and ')

const oneOf = (column: string, count: number): string =>
  count === 1 ? `${column} = ?` : `${column} in (${Array.from({ length: count }, () => '?').join(', ')})`

/** No binds. Answers: name. The row 0 is no profile, see retireProfileId. */
export const SELECT_PROFILES = 'select name from profiles where profile_id > 0 order by name'

/** Binds: name. Answers: profile_id, revision, position, stream_count, settings, projections, has_negative_sums. */
export const SELECT_HEAD =
  'select profile_id, revision, position, stream_count, settings, projections, has_negative_sums from profiles where name = ? and profile_id > 0'

/** Binds: name. Answers: profile_id, revision, position, has_negative_sums: what a commit has to know. */
export const SELECT_STANDING =
  'select profile_id, revision, position, has_negative_sums from profiles where name = ? and profile_id > 0'

/** Binds: name, settings. Makes the profile; its id is one past the highest that ever was (row 0 knows those deleted). */
export const INSERT_PROFILE = `insert into profiles (profile_id, name, revision, position, stream_count, settings, projections, has_negative_sums)
  select coalesce(max(case when profile_id = 0 then position else profile_id end), 0) + 1, ?, 0, 0, 0, ?, '[]', 0 from profiles`

/** Binds: profile_id. Of a table that is keyed by profile. */
export function deleteOfProfile(dialect: SqlDialect, table: string): string {
  return dialect.text(`delete from ${table} where profile_id = ?`)
}

/**
 * Binds: the profile_id that is deleted. An id is given out once, so that what another process remembers of a deleted
 * profile never fits one made later: row 0, which no profile has and whose name none can have, holds the highest.
 */
export function retireProfileId(dialect: SqlDialect): string {
  const id = dialect.inserted('position')
  const higher = `position = case when profiles.position < ${id} then ${id} else profiles.position end`
  return dialect.text(
    `insert into profiles (profile_id, name, revision, position, stream_count, settings, projections, has_negative_sums)
  values (0, '', 0, ?, 0, '{}', '[]', 0)${dialect.upsert(['profile_id'], [higher])}`,
  )
}

/** Binds: revision, position, stream_count, settings, projections, profile_id, the revision before. Changes no row when stale. */
export const UPDATE_HEAD = `update profiles set revision = ?, position = ?, stream_count = ?, settings = ?, projections = ?
  where profile_id = ? and revision = ?`

/** Binds: profile_id. From then on every sum written is looked at for being zero, not only those with a negative delta. */
export const NOTE_NEGATIVE_SUMS = 'update profiles set has_negative_sums = 1 where profile_id = ?'

/** Binds: for each of `count` events its key, then EVENT_COLUMNS. */
export function insertEvents(dialect: SqlDialect, count: number): string {
  const columns = [...dialect.eventKey.columns, ...EVENT_COLUMNS]
  return dialect.text(`insert into events (${list(columns)}) values ${rows(columns, count)}`)
}

/** Binds: the range's (eventKey.pushRange), the stream if `ofStream`, limit. Answers: the event's key, then EVENT_COLUMNS. */
export function selectEvents(dialect: SqlDialect, ofStream: boolean): string {
  const { columns, range, order } = dialect.eventKey
  const condition = ofStream ? `${range} and stream = ?` : range
  return dialect.text(
    `select ${list([...columns, ...EVENT_COLUMNS])} from events where ${condition} order by ${order} limit ?`,
  )
}

/** Binds: the range's (eventKey.pushRange): positions above the first and up to the last. */
export function deleteEvents(dialect: SqlDialect): string {
  return dialect.text(`delete from events where ${dialect.eventKey.range}`)
}

/** Binds: for each of `count` streams profile_id, stream, uuid, kind, video_key, then STREAM_VALUE_COLUMNS. */
export function upsertStream(dialect: SqlDialect, count = 1): string {
  const columns = [...STREAM_KEY_COLUMNS, 'uuid', 'kind', 'video_key', ...STREAM_VALUE_COLUMNS]
  const changed = ['kind', 'video_key', ...STREAM_VALUE_COLUMNS]
  const replaced = changed.map((column) => `${column} = ${dialect.inserted(column)}`)
  return dialect.text(
    `insert into streams (${list(columns)}) values ${rows(columns, count)}${dialect.upsert(STREAM_KEY_COLUMNS, replaced)}`,
  )
}

/**
 * Binds: STREAM_VALUE_COLUMNS, profile_id, stream, kind, video_key. The usual case: the stream is there, its kind and its
 * video stay, and so no index is touched. When it changes no row, the upsert is due.
 */
export function updateStream(dialect: SqlDialect, isSame: string): string {
  const assignments = list(STREAM_VALUE_COLUMNS.map((column) => `${column} = ?`))
  return dialect.text(
    `update streams set ${assignments} where ${matches(STREAM_KEY_COLUMNS)} and kind = ? and video_key ${isSame} ?`,
  )
}

/** Columns of every answer about streams, as streamOf reads them. */
export const STREAM_ANSWER = list(['stream', 'uuid', 'kind', 'video_key', ...STREAM_VALUE_COLUMNS])

/** Binds: profile_id, stream. Answers: stream, uuid, kind, video_key, STREAM_VALUE_COLUMNS; so do the four below. */
export function selectStreamByNumber(dialect: SqlDialect): string {
  return dialect.text(`select ${STREAM_ANSWER} from streams where ${matches(STREAM_KEY_COLUMNS)}`)
}

/** Binds: profile_id, uuid. */
export function selectStreamById(dialect: SqlDialect): string {
  return selectStreamsWith(dialect, 'uuid', 1)
}

/** Binds: profile_id, `count` values of the column. In no order. */
export function selectStreamsWith(dialect: SqlDialect, column: 'uuid' | 'stream', count: number): string {
  return dialect.text(`select ${STREAM_ANSWER} from streams where profile_id = ? and ${oneOf(column, count)}`)
}

/** Binds: profile_id, kind, after, limit. */
export function selectStreamsOfKind(dialect: SqlDialect): string {
  const condition = `profile_id = ? and ${dialect.selective('kind = ?')} and stream > ?`
  return dialect.text(`select ${STREAM_ANSWER} from streams where ${condition} order by stream limit ?`)
}

/** Binds: profile_id, kind, video_key, after, limit. */
export function selectStreamsOfVideo(dialect: SqlDialect): string {
  const condition = `profile_id = ? and kind = ? and ${dialect.selective('video_key = ?')} and stream > ?`
  return dialect.text(`select ${STREAM_ANSWER} from streams where ${condition} order by stream limit ?`)
}

/** Binds: profile_id, after, limit. */
export function selectStreams(dialect: SqlDialect): string {
  return dialect.text(
    `select ${STREAM_ANSWER} from streams where profile_id = ? and stream > ? order by stream limit ?`,
  )
}

/** Binds: for each of `count` entries profile_id, stream, quarter, utc_offset_min, fifteen measures. */
export function addLedger(dialect: SqlDialect, count = 1): string {
  return addSums(dialect, 'ledger', LEDGER_KEY_COLUMNS, count)
}

const LEDGER_ANSWER = list(['stream', 'quarter', 'utc_offset_min', ...MEASURE_COLUMNS])

/** Binds: profile_id. Answers: stream, quarter, utc_offset_min, fifteen measures. */
export function selectLedger(dialect: SqlDialect): string {
  return dialect.text(
    `select ${LEDGER_ANSWER} from ledger where profile_id = ? order by stream, quarter, utc_offset_min`,
  )
}

/** Binds: profile_id, `count` streams. Answers as above. */
export function selectLedgerOfStream(dialect: SqlDialect, count = 1): string {
  return dialect.text(
    `select ${LEDGER_ANSWER} from ledger where profile_id = ? and ${oneOf('stream', count)} order by stream, quarter, utc_offset_min`,
  )
}

/** Binds: for each of `count` rows profile_id, key, language, fifteen measures. */
export function addRow(dialect: SqlDialect, table: RowTable, count = 1): string {
  return addSums(dialect, rowTableName(table), rowKeyColumns(table), count)
}

function addSums(dialect: SqlDialect, table: string, key: readonly string[], count: number): string {
  const columns = [...key, ...MEASURE_COLUMNS]
  const added = MEASURE_COLUMNS.map((column) => `${column} = ${table}.${column} + ${dialect.inserted(column)}`)
  return dialect.text(
    `insert into ${table} (${list(columns)}) values ${rows(columns, count)}${dialect.upsert(key, added)}`,
  )
}

/** Binds: the keys of `count` entries. Deletes those whose measures are all 0. */
export function deleteZeroLedger(dialect: SqlDialect, count = 1): string {
  return deleteZero(dialect, 'ledger', LEDGER_KEY_COLUMNS, count)
}

/** Binds: for each of `count` rows profile_id, key, language. */
export function deleteZeroRow(dialect: SqlDialect, table: RowTable, count = 1): string {
  return deleteZero(dialect, rowTableName(table), rowKeyColumns(table), count)
}

function deleteZero(dialect: SqlDialect, table: string, key: readonly string[], count: number): string {
  const zero = MEASURE_COLUMNS.map((column) => `${column} = 0`).join(' and ')
  return dialect.text(`delete from ${table} where ${anyOf(key, count)} and ${zero}`)
}

/** Binds: the keys of `count` entries. Answers a row for each that has a negative measure. */
export function selectNegativeLedger(dialect: SqlDialect, count = 1): string {
  return selectNegative(dialect, 'ledger', LEDGER_KEY_COLUMNS, count)
}

/** Binds: for each of `count` rows profile_id, key, language. */
export function selectNegativeRow(dialect: SqlDialect, table: RowTable, count = 1): string {
  return selectNegative(dialect, rowTableName(table), rowKeyColumns(table), count)
}

function selectNegative(dialect: SqlDialect, table: string, key: readonly string[], count: number): string {
  const negative = MEASURE_COLUMNS.map((column) => `${column} < 0`).join(' or ')
  return dialect.text(`select 1 from ${table} where ${anyOf(key, count)} and (${negative})`)
}

/** Spelt out, because not every database finds rows by a list of pairs through the index. */
function anyOf(key: readonly string[], count: number): string {
  if (count === 1) return matches(key)
  return `(${Array.from({ length: count }, () => `(${matches(key)})`).join(' or ')})`
}

const VIDEO_COLUMNS = ['profile_id', 'video_key', 'facts', 'first_seen_at_ms', 'last_seen_at_ms'] as const

/** Columns of every answer about videos, as videoOf reads them. */
export const VIDEO_ANSWER = list(VIDEO_COLUMNS.slice(1))

/** Binds: for each of `count` videos profile_id, video_key, facts, first_seen_at_ms, last_seen_at_ms. */
export function upsertVideo(dialect: SqlDialect, count = 1): string {
  const replaced = VIDEO_COLUMNS.slice(2).map((column) => `${column} = ${dialect.inserted(column)}`)
  const clause = dialect.upsert(VIDEO_COLUMNS.slice(0, 2), replaced)
  return dialect.text(`insert into videos (${list(VIDEO_COLUMNS)}) values ${rows(VIDEO_COLUMNS, count)}${clause}`)
}

/** Binds: profile_id, video_key. */
export function deleteVideo(dialect: SqlDialect): string {
  return dialect.text('delete from videos where profile_id = ? and video_key = ?')
}

/** Binds: profile_id. Answers: video_key, facts, first_seen_at_ms, last_seen_at_ms. */
export function selectVideos(dialect: SqlDialect): string {
  return dialect.text(`select ${VIDEO_ANSWER} from videos where profile_id = ? order by video_key`)
}

/** Binds: profile_id, `count` video keys. Answers as above. */
export function selectVideo(dialect: SqlDialect, count = 1): string {
  const order = count === 1 ? '' : ' order by video_key'
  return dialect.text(
    `select ${VIDEO_ANSWER} from videos where profile_id = ? and ${oneOf('video_key', count)}${order}`,
  )
}

/** No binds. Answers: type_id, type. */
export const SELECT_EVENT_TYPES = 'select type_id, type from event_types'

/** Binds: type_id, type. */
export const INSERT_EVENT_TYPE = 'insert into event_types (type_id, type) values (?, ?)'
