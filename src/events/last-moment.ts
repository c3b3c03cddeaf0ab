// The last moment that an event reaches. Append and rebuild keep the latest of them as a stream's last moment: without a
// session.ended, the session has ended then, and five minutes after it the session is silent.

import { byType, type EventTypeEntry } from './event-types.js'
import { measuresOfRow } from './layout.js'
import type { SparseMeasures } from './measures.js'
import type { EventRow } from './rows.js'

/** Before every moment that an event may have, and still an integer that every database stores. */
const NO_MOMENT = 0

/** Only these types reach another moment than their own. */
const REACHING = new Map([...byType((entry) => entry)].filter(([, { covers }]) => covers !== undefined))

/** A heartbeat reaches to the end of the time that it covers. `atMs` is the moment in whose quarter hour it counts. */
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
