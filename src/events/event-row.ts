// An event as a row of the log and back. The ledger's append and reads go through here; layout.ts places the measures. A row names its stream by number, an event by id, so the reader brings the id.

import { checksumOf } from './checksum.js'
import { ImmersionError } from './errors.js'
import { measuresOfRow, rowIsWithinLayout, rowMeasures } from './layout.js'
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
