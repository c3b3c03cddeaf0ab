// The one binding of LogWrites to rows of tables. Each adapter's writer executes the list in its own way: SQLite by prepared
// statements, MySQL as one text, PostgreSQL as one statement, and both servers in steps where sums have to be checked.

import type { EventRow, Head, LogWrites, RowTable, StreamRow } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { unknownProjection } from '../port/refusals.js'
import type { Bind, Row, SqlDialect } from './dialect.js'
import { packPayload } from './payload-text.js'
import { EVENTS, LEDGER, type LogTable, rowTable, STREAMS, VIDEOS } from './tables.js'

export type TypeIdOf = (type: EventRow['type']) => number

/** Rows of one table and what becomes of them. No list is empty. */
export interface TableWrites {
  readonly table: LogTable
  /**
   * `insert`: none of the keys is there. `put`: inserted, or put in the place of the row with the same key. `add`: inserted,
   * or the measures added to those of the row with the same key; a row whose measures all become 0 is deleted. `remove`: a
   * row is only its key. `remove-range`: events only; a row is what SqlDialect.eventKey.pushRange binds.
   */
  readonly how: 'insert' | 'put' | 'add' | 'remove' | 'remove-range'
  readonly rows: readonly Row[]
}

/** Binds of UPDATE_HEAD: the update finds no row unless the head is at the revision before. */
export function headBinds(profileId: number, { revision, position, streamCount, settings, projections }: Head): Row {
  const texts = [JSON.stringify(settings), JSON.stringify(projections)]
  return [revision, position, streamCount, ...texts, profileId, revision - 1]
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
  const { streams, events, ledger, removedPositions = [] } = writes
  const removedKeys = new Set(writes.removedVideoKeys)
  const videos = writes.videos.filter(({ videoKey }) => !removedKeys.has(videoKey))
  const ofReadModels = writes.rows.map(({ projection, rows }): TableWrites => {
    const table = rowTables.get(projection)
    if (!table) throw unknownProjection(projection, rowTables)
    return { table, how: 'add', rows: rows.map(({ key, measures }) => [profileId, ...key, ...measures]) }
  })
  const all: TableWrites[] = [
    { table: STREAMS, how: 'put', rows: streams.map((row) => streamValues(profileId, row)) },
    {
      table: EVENTS,
      how: 'remove-range',
      rows: removedPositions.map((range) => rangeBinds(dialect, profileId, range)),
    },
    { table: EVENTS, how: 'insert', rows: eventRows(dialect, profileId, events, typeIdOf) },
    {
      table: LEDGER,
      how: 'add',
      rows: ledger.map((entry) => [profileId, entry.stream, entry.quarter, entry.utcOffsetMin, ...entry.measures]),
    },
    ...ofReadModels,
    {
      table: VIDEOS,
      how: 'put',
      rows: videos.map((row) => [profileId, row.videoKey, row.facts, row.firstSeenAtMs, row.lastSeenAtMs]),
    },
    { table: VIDEOS, how: 'remove', rows: [...removedKeys].map((videoKey) => [profileId, videoKey]) },
  ]
  return all.filter(({ rows }) => rows.length > 0)
}

/** Also for finding the one event that a database refuses. */
export function eventRows(
  dialect: SqlDialect,
  profileId: number,
  events: readonly EventRow[],
  typeIdOf: TypeIdOf,
): readonly Row[] {
  return events.map((event) => {
    const row: Bind[] = []
    dialect.eventKey.push(row, profileId, event.position)
    row.push(
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
    return row
  })
}

function rangeBinds(dialect: SqlDialect, profileId: number, [from, through]: readonly [number, number]): Row {
  const row: Bind[] = []
  dialect.eventKey.pushRange(row, profileId, from - 1, through)
  return row
}

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

/** The sixteen bytes of a UUID. */
export function uuidBytes(streamId: string): Buffer {
  return Buffer.from(streamId.replaceAll('-', ''), 'hex')
}
