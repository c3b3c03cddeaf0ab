// All of LogWrites as one statement: a chain of common table expressions that all hang on the update of the head. When the
// head is not at the revision before, the update finds no row and neither does anything else; when another transaction
// holds it, the update waits, and so does all the rest. A few rows of a table are listed; more are bound as one array for
// each column, so that batches of any size have few texts, which the server prepares once each.

import type { LogWrites, RowTable } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import type { ServerBind, TypeCodeOf } from '../server/database.js'
import { keyColumn, MEASURE_COLUMNS, rowKeyColumns, rowTableName } from '../sql/columns.js'
import type { SqlDialect } from '../sql/dialect.js'
import { type Bind, pushEvent, pushStreamValues, type StoredHead } from '../sql/mapping.js'
import { EVENT_COLUMNS, STREAM_VALUE_COLUMNS } from '../sql/statements.js'
import { type ArrayType, arrayText, digitsOf } from './array-text.js'

export interface WriteAtOnce {
  readonly text: string
  readonly binds: readonly ServerBind[]
}

interface Column {
  readonly name: string
  readonly type: ArrayType
}

/** One table's share: its columns behind profile_id, and the rows for them. */
interface Part {
  readonly table: string
  readonly columns: readonly Column[]
  /** What stands behind the select: what to do with a row that is there. */
  readonly conflict: string
  readonly rows: readonly (readonly Bind[])[]
}

/**
 * So few rows are listed one by one, which the server reads faster than arrays of them; more would be too many texts. Usual
 * are one or two rows of each table beside the events.
 */
const LISTED_ROWS_MAX = 4

const HEAD = `head as (update profiles
  set revision = ?, position = ?, stream_count = ?, settings = ?, projections = ?
  where profile_id = ? and revision = ? returning profile_id)`

const REMOVED_VIDEOS = `removed_videos as (delete from videos using head
  where videos.profile_id = head.profile_id and video_key = any(?::text[]))`

const of = (type: ArrayType, names: readonly string[]): readonly Column[] => names.map((name) => ({ name, type }))

const TEXT_COLUMNS: ReadonlySet<string> = new Set(['more_measures', 'payload', 'facts', 'coverage'])
const typed = (name: string): Column => ({ name, type: TEXT_COLUMNS.has(name) ? 'text' : 'bigint' })

const EVENTS: readonly Column[] = [...of('bigint', ['position']), ...EVENT_COLUMNS.map(typed)]
const STREAMS: readonly Column[] = [
  ...of('bigint', ['stream']),
  ...of('uuid', ['uuid']),
  ...of('text', ['kind', 'video_key']),
  ...STREAM_VALUE_COLUMNS.map(typed),
]
const MEASURES = of('bigint', MEASURE_COLUMNS)
const LEDGER: readonly Column[] = [...of('bigint', ['stream', 'quarter', 'utc_offset_min']), ...MEASURES]
const VIDEOS: readonly Column[] = [
  ...of('text', ['video_key', 'facts']),
  ...of('bigint', ['first_seen_at_ms', 'last_seen_at_ms']),
]

/** Answers one row when the head was at the revision before, else none. */
export function createWriteAtOnce(
  dialect: SqlDialect,
  tables: readonly RowTable[],
): (stored: StoredHead, writes: LogWrites, codeOf: TypeCodeOf) => WriteAtOnce {
  const byProjection = new Map(tables.map((table) => [projectionId(table), rowPart(table)]))
  const streamsConflict = replacing(['profile_id', 'stream'], ['kind', 'video_key', ...STREAM_VALUE_COLUMNS])
  const videosConflict = replacing(['profile_id', 'video_key'], ['facts', 'first_seen_at_ms', 'last_seen_at_ms'])
  const ledgerConflict = adding('ledger', ['profile_id', 'stream', 'quarter', 'utc_offset_min'])
  const texts = new Map<string, string>()

  function replacing(key: readonly string[], columns: readonly string[]): string {
    return dialect.upsert(
      key,
      columns.map((column) => `${column} = ${dialect.inserted(column)}`),
    )
  }

  function adding(table: string, key: readonly string[]): string {
    return dialect.upsert(
      key,
      MEASURE_COLUMNS.map((column) => `${column} = ${table}.${column} + ${dialect.inserted(column)}`),
    )
  }

  function rowPart(table: RowTable): Omit<Part, 'rows'> {
    const keys = table.key.map(({ name, type }) => ({ name: keyColumn(name), type: arrayTypeOf(type) }))
    return {
      table: rowTableName(table),
      columns: [...keys, ...of('text', ['language']), ...MEASURES],
      conflict: adding(rowTableName(table), rowKeyColumns(table)),
    }
  }

  function partsOf(writes: LogWrites, codeOf: TypeCodeOf): readonly Part[] {
    const parts: Part[] = [
      { table: 'events', columns: EVENTS, conflict: '', rows: writes.events.map((event) => eventRow(event, codeOf)) },
      { table: 'streams', columns: STREAMS, conflict: streamsConflict, rows: writes.streams.map(streamRow) },
      { table: 'ledger', columns: LEDGER, conflict: ledgerConflict, rows: writes.ledger.map(ledgerRow) },
      { table: 'videos', columns: VIDEOS, conflict: videosConflict, rows: writes.videos.map(videoRow) },
    ]
    for (const { projection, rows } of writes.rows) {
      const part = byProjection.get(projection)
      if (part) parts.push({ ...part, rows: rows.map(({ key, measures }) => [...key, ...measures]) })
    }
    return parts.filter(({ rows }) => rows.length > 0)
  }

  function textOf(parts: readonly Part[], removesVideos: boolean): string {
    const shape = `${parts.map((part) => `${part.table} ${listedRows(part)}`).join()} ${removesVideos}`
    let text = texts.get(shape)
    if (text === undefined) {
      const steps = [HEAD, ...parts.map(insertStep), ...(removesVideos ? [REMOVED_VIDEOS] : [])]
      text = dialect.text(`with ${steps.join(',\n')}\nselect profile_id from head`)
      texts.set(shape, text)
    }
    return text
  }

  return (stored, writes, codeOf) => {
    const { head, removedVideoKeys = [] } = writes
    const parts = partsOf(writes, codeOf)
    const settings = [JSON.stringify(head.settings), JSON.stringify(head.projections)]
    const binds: ServerBind[] = [head.revision, head.position, head.streamCount, ...settings]
    binds.push(stored.profileId, head.revision - 1)
    for (const part of parts) pushRows(binds, part)
    const removed = removedVideoKeys.map((videoKey) => [videoKey])
    if (removed.length > 0) binds.push(arrayText('text', removed, 0))
    return { text: textOf(parts, removed.length > 0), binds }
  }
}

/** Of rows that are listed one by one: how many. 0: their columns are bound as arrays. */
function listedRows({ rows }: Part): number {
  return rows.length <= LISTED_ROWS_MAX ? rows.length : 0
}

function insertStep(part: Part): string {
  const { table, columns, conflict } = part
  const names = columns.map(({ name }) => name).join(', ')
  const values = columns.map(({ name, type }) => (type === 'uuid' ? `decode(${name}, 'hex')` : name)).join(', ')
  return `new_${table} as (insert into ${table} (profile_id, ${names})
  select head.profile_id, ${values} from head, ${givenRows(part)} as given (${names})${conflict})`
}

function givenRows(part: Part): string {
  const { columns } = part
  const listed = listedRows(part)
  const types = columns.map(({ type }) => (type === 'bigint' ? 'bigint' : 'text'))
  if (listed === 0) return `unnest(${types.map((type) => `?::${type}[]`).join(', ')})`
  const row = `(${types.map((type) => `?::${type}`).join(', ')})`
  return `(values ${Array.from({ length: listed }, () => row).join(', ')})`
}

function pushRows(binds: ServerBind[], part: Part): void {
  const { columns, rows } = part
  if (listedRows(part) === 0) {
    for (const [place, { type }] of columns.entries()) binds.push(arrayText(type, rows, place))
    return
  }
  for (const row of rows) {
    for (const [place, { type }] of columns.entries()) {
      const value = row[place] ?? null
      binds.push(type === 'uuid' ? digitsOf(value) : value)
    }
  }
}

function arrayTypeOf(type: string): ArrayType {
  return type === 'text' ? 'text' : 'bigint'
}

function eventRow(event: LogWrites['events'][number], codeOf: TypeCodeOf): readonly Bind[] {
  const binds: Bind[] = [event.position]
  pushEvent(binds, event, codeOf(event.type))
  return binds
}

function streamRow(row: LogWrites['streams'][number]): readonly Bind[] {
  const binds: Bind[] = [row.stream, row.streamId, row.kind, row.videoKey]
  pushStreamValues(binds, row)
  return binds
}

function ledgerRow({ stream, quarter, utcOffsetMin, measures }: LogWrites['ledger'][number]): readonly Bind[] {
  return [stream, quarter, utcOffsetMin, ...measures]
}

function videoRow(row: LogWrites['videos'][number]): readonly Bind[] {
  return [row.videoKey, row.facts, row.firstSeenAtMs, row.lastSeenAtMs]
}
