// An event as a row of the log and back, and the last moment that it reaches. layout.ts places the measures. A row names its
// stream by number, an event by id, so the reader brings the id. Called by append, by rebuild and by everything that reads.

import { checksumOf } from './checksum.js'
import { ImmersionError } from './errors.js'
import { byType, type EventTypeEntry } from './event-types.js'
import { measuresOfRow, rowIsWithinLayout, rowMeasures } from './layout.js'
import type { SparseMeasures } from './measures.js'
import type { EventRow } from './rows.js'
import type { NewEvent, RecordedEvent } from './types.js'

export function rowOfEvent(event: NewEvent, stream: number, position: number): EventRow {
  const { measure1, measure2, measure3, moreMeasures } = rowMeasures(event.type, event.measures)
  return {
    position,
    stream,
    version: event.version,
    type: event.type,
    payloadVersion: event.payloadVersion,
    occurredAtMs: event.occurredAtMs,
    utcOffsetMin: event.utcOffsetMin,
    measure1,
    measure2,
    measure3,
    moreMeasures,
    payload: event.payload,
    checksum: event.checksum,
  }
}

/** STORAGE_CORRUPT when the row's measures cannot be read. */
export function eventOfRow(row: EventRow, streamId: string): RecordedEvent {
  return {
    streamId,
    version: row.version,
    type: row.type,
    payloadVersion: row.payloadVersion,
    occurredAtMs: row.occurredAtMs,
    utcOffsetMin: row.utcOffsetMin,
    measures: measuresOfRow(row),
    payload: row.payload,
    checksum: row.checksum,
    position: row.position,
  }
}

/** Whether the row is what was recorded: for verify, which must name a damaged row instead of failing on it. */
export function rowIsIntact(row: EventRow, streamId: string): boolean {
  return rowIsWithinLayout(row) && checksumOf(eventOfRow(row, streamId)) === row.checksum
}

/** The same, for a row that may not even be readable: false then. */
export function isIntactEvent(row: EventRow, streamId: string): boolean {
  try {
    return rowIsIntact(row, streamId)
  } catch (error) {
    if (error instanceof ImmersionError) return false
    throw error
  }
}

/** Before every moment that an event may have, and still an integer that every database stores. */
const NO_MOMENT = 0

/** Only these types reach another moment than their own. */
const REACHING = new Map([...byType((entry) => entry)].filter(([, { covers }]) => covers !== undefined))

/**
 * A heartbeat reaches to the end of the time that it covers. `atMs` is the moment in whose quarter hour it counts. The latest
 * last moment is the stream's: without a session.ended the session ended then, and five minutes later it is silent.
 */
export function lastMomentOf(type: string, atMs: number, measures: SparseMeasures): number {
  const entry = REACHING.get(type)
  return entry === undefined ? atMs : reachOf(entry, atMs, measures)
}

/** The same for a stored row. Only the rows of heartbeats are read for their measures. */
export function lastMomentOfRow(row: EventRow, atMs: number): number {
  const entry = REACHING.get(row.type)
  return entry === undefined ? atMs : reachOf(entry, atMs, measuresOfRow(row))
}

function reachOf({ covers, away }: EventTypeEntry, atMs: number, measures: SparseMeasures): number {
  if (away !== undefined && measures[away] && Object.keys(measures).length === 1) return NO_MOMENT
  return covers === undefined ? atMs : atMs + (measures[covers] ?? 0)
}
