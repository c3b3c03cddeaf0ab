// The last moment that an event reaches. Append and rebuild keep the latest of them as a stream's last moment, by which a
// session without an end has ended.

import { byType } from './event-types.js'
import { measuresOfRow } from './layout.js'
import type { SparseMeasures } from './measures.js'
import type { EventRow } from './rows.js'

const COVERS = byType(({ covers }) => covers)

/** A heartbeat reaches to the end of the time that it covers. `atMs` is the moment in whose quarter hour it counts. */
export function lastMomentOf(type: string, atMs: number, measures: SparseMeasures): number {
  const covers = COVERS.get(type)
  return covers === undefined ? atMs : atMs + (measures[covers] ?? 0)
}

/** The same for a stored row. Only the rows of heartbeats are read for their measures. */
export function lastMomentOfRow(row: EventRow, atMs: number): number {
  return COVERS.get(row.type) === undefined ? atMs : lastMomentOf(row.type, atMs, measuresOfRow(row))
}
