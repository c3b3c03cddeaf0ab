// The one binding of LogWrites to rows of tables. Each adapter's writer executes the list in its own way: SQLite by prepared
// statements, MySQL as one text, PostgreSQL as one statement, and both servers in steps where sums have to be checked.

import type { EventRow, Head, LogWrites, RowTable, StreamRow } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { brokenWrites, unknownProjection } from '../port/refusals.js'
import { formatSettings } from '../port/stored-settings.js'
import type { Bind, Row, SqlDialect } from './dialect.js'
import { packPayload } from './payload-text.js'
import { EVENTS, LEDGER, type LogTable, rowTable, STREAMS, VIDEOS } from './tables.js'

export type TypeIdOf = (type: EventRow['type']) => number

/** Rows of one table, at least one, and the way in which they are written. */
export interface TableWrites {
  readonly table: LogTable
  /**
   * `insert`: none of the keys is there. `put`: inserted, or put in the place of the row with the same key. `add`: inserted,
   * or the measures added to those of the row with the same key; a row whose measures all become 0 is deleted. `remove`: a
   * row is only its key. `remove-range`: events only; a row has the binds of SqlDialect.eventKey.rangeBinds.
   */
  readonly how: 'insert' | 'put' | 'add' | 'remove' | 'remove-range'
  /** Each in the order of the table's columns. */
  readonly rows: readonly Row[]
}

/** Binds of UPDATE_HEAD: the update finds no row unless the head is at the revision before. */
export function headBinds(profileId: number, { revision, position, streamCount, settings, projections }: Head): Row {
  const before = revision - 1
  return [revision, position, streamCount, formatSettings(settings), JSON.stringify(projections), profileId, before]
}

/** The tables of the read models that a log was opened with, by projection id. */
export type RowTables = ReadonlyMap<string, LogTable>

export function rowTablesOf(tables: readonly RowTable[]): RowTables {
  return new Map(tables.map((table) => [projectionId(table), rowTable(table)]))
}

/** In an order in which they can be written one after another: removed events leave before new ones come. */
export function tableWrites(
  dialect: SqlDialect,
  rowTables: RowTables,
  profileId: number,
  writes: LogWrites,
  typeIdOf: TypeIdOf,
): readonly TableWrites[] {
  const { removedPositions = [], removedVideoKeys = [] } = writes
  const parts: TableWrites[] = []
  const write = (table: LogTable, how: TableWrites['how'], rows: readonly Row[]) => {
    if (rows.length > 0) parts.push({ table, how, rows })
  }
  const addSums = (table: LogTable, rows: readonly Row[]) => {
    for (const row of rows) {
      if (row.length !== table.columns.length) throw brokenWrites(`a row of ${table.name} lacks measures`)
    }
    write(table, 'add', rows)
  }
  const streams = writes.streams.map((row) => streamValues(profileId, row))
  write(STREAMS, 'put', streams)
  const removed = removedPositions.map(([from, through]) => dialect.eventKey.rangeBinds(profileId, from - 1, through))
  write(EVENTS, 'remove-range', removed)
  const events = writes.events.map((event) => eventValues(dialect, profileId, event, typeIdOf))
  write(EVENTS, 'insert', events)
  const ledger = writes.ledger.map((row) => [profileId, row.stream, row.quarter, row.utcOffsetMin, ...row.measures])
  addSums(LEDGER, ledger)
  for (const { projection, rows } of writes.rows) {
    const table = rowTables.get(projection)
    if (!table) throw unknownProjection(projection, rowTables)
    const values = rows.map(({ key, measures }) => [profileId, ...key, ...measures])
    addSums(table, values)
  }
  const removedKeys = new Set(removedVideoKeys)
  const kept = writes.videos.filter(({ videoKey }) => !removedKeys.has(videoKey))
  const videos = kept.map((row) => [profileId, row.videoKey, row.facts, row.firstSeenAtMs, row.lastSeenAtMs])
  write(VIDEOS, 'put', videos)
  const removedVideos = removedVideoKeys.map((videoKey) => [profileId, videoKey])
  write(VIDEOS, 'remove', removedVideos)
  return parts
}

function eventValues(dialect: SqlDialect, profileId: number, event: EventRow, typeIdOf: TypeIdOf): Row {
  const values: Bind[] = []
  dialect.eventKey.push(values, profileId, event.position)
  values.push(
    event.stream,
    event.version,
    typeIdOf(event.type),
    event.payloadVersion,
    event.occurredAtMs,
    event.utcOffsetMin,
    event.measure1,
    event.measure2,
    event.measure3,
    event.moreMeasures,
    packPayload(event.payload),
    // Signed, because half of all checksums would otherwise take six bytes instead of four.
    event.checksum | 0,
  )
  return values
}

/** Field by field, because a loop over the columns' names takes several times as long, for each stream of each batch. */
function streamValues(profileId: number, row: StreamRow): Row {
  return [
    profileId,
    row.stream,
    uuidBytes(row.streamId),
    row.kind,
    row.videoKey,
    row.facts,
    row.coverage,
    row.firstAtMs,
    row.lastAtMs,
    row.heldCount,
    row.heldChecksum,
    row.countedChecksum,
    row.ledgerChecksum,
    row.rowChecksum,
    row.firstPosition,
    row.lastPosition,
    row.revision,
  ]
}

/** The rows as one list, as drivers bind them. By `concat`, which makes the list in its size; `flat` takes ten times as long. */
export function valuesOf(rows: readonly Row[]): Row {
  return ([] as Bind[]).concat(...rows)
}

/** The sixteen bytes of a UUID. */
export function uuidBytes(streamId: string): Buffer {
  return Buffer.from(streamId.replaceAll('-', ''), 'hex')
}
