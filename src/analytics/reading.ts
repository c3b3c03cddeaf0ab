// One reading: everything that a query needs to answer from one moment. The snapshot with its head, the time, the learner's
// today, and rows of read models, which throw ProjectionBehind where they are behind the head. Every query names its read
// model by READ_MODELS, so a new version of a projection is taken over here.

import { calendar } from '../../projections/calendar.js'
import { daily } from '../../projections/daily.js'
import { hours } from '../../projections/hours.js'
import { monthly } from '../../projections/monthly.js'
import { sessions } from '../../projections/sessions.js'
import { videos } from '../../projections/videos.js'
import { localDayOf } from '../events/calendar.js'
import type { WallClock } from '../events/clock.js'
import { type Measures, measuresOf } from '../events/measures.js'
import type { Head, LogSnapshot, ReadModelRow, RowQuery } from '../ports/event-log.js'
import { projectionId } from '../ports/projection.js'

export const READ_MODELS = {
  sessions: projectionId(sessions),
  videos: projectionId(videos),
  daily: projectionId(daily),
  monthly: projectionId(monthly),
  calendar: projectionId(calendar),
  hours: projectionId(hours),
} as const

/**
 * The signal that a query needs rows of a projection (`name@version`) that is behind the head, because a program that does
 * not know it wrote last. It never reaches a caller: the engine catches it, rebuilds the projection and queries again.
 */
export class ProjectionBehind extends Error {
  readonly projection: string

  constructor(projection: string) {
    super(`${projection} is not folded up to the head`)
    this.name = 'ProjectionBehind'
    this.projection = projection
  }
}

export interface Reading {
  readonly snapshot: LogSnapshot
  readonly head: Head
  readonly nowMs: number
  /** The offset of the learner's clock now. */
  readonly utcOffsetMin: number
  /** The local day of now. */
  readonly today: number
  rows(query: RowQuery): Promise<readonly ReadModelRow[]>
}

export async function beginReading(snapshot: LogSnapshot, clock: WallClock): Promise<Reading> {
  const head = await snapshot.head()
  const nowMs = clock.nowMs()
  const utcOffsetMin = clock.utcOffsetMin(nowMs)
  return {
    snapshot,
    head,
    nowMs,
    utcOffsetMin,
    today: localDayOf(nowMs, utcOffsetMin, head.settings.dayStartsAtHour),
    rows: async (query) => {
      if (!head.projections.includes(query.projection)) throw new ProjectionBehind(query.projection)
      return snapshot.rows(query)
    },
  }
}

/** Conditions on key columns, without those that are undefined. */
export function equalsOf(conditions: Readonly<Record<string, string | number | undefined>>): Pick<RowQuery, 'equals'> {
  const given: Record<string, string | number> = {}
  for (const [column, value] of Object.entries(conditions)) if (value !== undefined) given[column] = value
  return Object.keys(given).length === 0 ? {} : { equals: given }
}

export function rangeOf(column: string, from: number | undefined, to: number | undefined): Pick<RowQuery, 'range'> {
  if (from === undefined && to === undefined) return {}
  return { range: { column, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) } }
}

export function afterOf(after: readonly (string | number)[] | undefined): Pick<RowQuery, 'after'> {
  return after === undefined ? {} : { after }
}

/** The day or month at which rows begin, for an answer from `from` on (undefined: from the first). Null if nothing is left out. */
export function rowsFromOf({ head }: Reading, unit: 'day' | 'month', from: number | undefined): number | null {
  const kept = head.settings.retained?.rowsFrom[unit] ?? null
  return kept === null || (from !== undefined && from >= kept) ? null : kept
}

/** An integer in a row's key: a day, a month, an hour. */
export function integerAt(row: ReadModelRow, place: number): number {
  return Number(row.key[place])
}

export function textAt(row: ReadModelRow, place: number): string {
  return String(row.key[place])
}

export function measuresOfRow(row: ReadModelRow): Measures {
  return measuresOf(row.measures)
}
