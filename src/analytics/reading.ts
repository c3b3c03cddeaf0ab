// One reading has everything that a query needs to answer from one moment: the snapshot with its head, the time, the
// learner's today, and rows of read models. Rows behind the head throw ProjectionBehind. Every query names its read
// model by READ_MODELS, so a new version of a projection is taken over here.

import { calendar } from '../../projections/calendar.js'
import { daily } from '../../projections/daily.js'
import { hours } from '../../projections/hours.js'
import { monthly } from '../../projections/monthly.js'
import { sessions } from '../../projections/sessions.js'
import { videos } from '../../projections/videos.js'
import { localDayOf } from '../events/calendar.js'
import type { WallClock } from '../events/clock.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { Head, LogSnapshot, ReadModelRow, RowQuery } from '../ports/event-log.js'
import type { AnswerTo } from '../ports/log-engine.js'
import { type Projection, projectionId } from '../ports/projection.js'

export const READ_MODELS = {
  sessions: projectionId(sessions),
  videos: projectionId(videos),
  daily: projectionId(daily),
  monthly: projectionId(monthly),
  calendar: projectionId(calendar),
  hours: projectionId(hours),
} as const

/**
 * The signal that a query needs rows of a projection (`name@version`) that is behind the head, because the last program to
 * write does not know it. It never reaches a caller: the engine catches it, rebuilds the projection and queries again.
 */
export class ProjectionBehind extends Error {
  readonly projection: string

  constructor(projection: string) {
    super(`${projection} is not folded up to the head`)
    this.name = 'ProjectionBehind'
    this.projection = projection
  }
}

type OrUndefined<T> = { readonly [Key in keyof T]?: T[Key] | undefined }

/** A RowQuery; what is undefined in it is left out. */
export interface FilteredQuery extends OrUndefined<Omit<RowQuery, 'projection' | 'equals' | 'range'>> {
  readonly projection: string
  readonly equals?: Readonly<Record<string, string | number | undefined>> | undefined
  readonly range?: ({ readonly column: string } & OrUndefined<{ from: number; to: number }>) | undefined
}

/** Answers the dates among `dates` (ascending) that never existed. On `today` the learner's clock has its present offset. */
export type SkippedDates = (reading: Reading, dates: readonly number[], today: number) => Promise<ReadonlySet<number>>

export interface Reading {
  readonly snapshot: LogSnapshot
  readonly head: Head
  readonly nowMs: number
  /** The offset of the learner's clock now. */
  readonly utcOffsetMin: number
  /** The local day of now. */
  readonly today: number
  readonly skippedDates: SkippedDates
  rows(query: FilteredQuery): Promise<readonly ReadModelRow[]>
}

/**
 * One query. It checks its arguments (INVALID_ARGUMENT), and returns the function that reads and shapes the answer, so that
 * nothing is read for arguments that are wrong. `rows` may read the rows of `projections`. createAnalytics adds the revision.
 */
export type Query<Name extends keyof Analytics> = (
  given: unknown,
  projections: readonly Projection[],
) => (reading: Reading) => Promise<Omit<AnswerTo<Name>, 'asOfRevision'>>

export async function beginReading(
  snapshot: LogSnapshot,
  clock: WallClock,
  skippedDates: SkippedDates,
): Promise<Reading> {
  const head = await snapshot.head()
  const nowMs = clock.nowMs()
  const utcOffsetMin = clock.utcOffsetMin(nowMs)
  return {
    snapshot,
    head,
    nowMs,
    utcOffsetMin,
    today: localDayOf(nowMs, utcOffsetMin, head.settings.dayStartsAtHour),
    skippedDates,
    rows: async (query) => {
      if (!head.projections.includes(query.projection)) throw new ProjectionBehind(query.projection)
      return snapshot.rows(withoutOpenFilters(query))
    },
  }
}

function withoutOpenFilters({ projection, equals, range, ...query }: FilteredQuery): RowQuery {
  const bounds = given({ from: range?.from, to: range?.to })
  const filters = { equals: given({ ...equals }), range: range && bounds && { column: range.column, ...bounds } }
  return { projection, ...given({ ...query, ...filters }) }
}

/** The entries that have a value; undefined where none has. */
function given<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as never)
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
