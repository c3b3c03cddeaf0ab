// Days of all videos, from the read model `calendar`, for the queries calendar, trend, streak and overview.

import { MEASURE_INDEX, type MeasureName, type Measures } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import { READ_MODELS } from './read-models.js'
import { equalsOf, integerAt, measuresOfRow, type Reading, rangeOf } from './reading.js'

export interface DaySums {
  readonly localDay: number
  readonly measures: Measures
}

export interface DaysQuery {
  readonly language: string | undefined
  readonly fromDay?: number | undefined
  /** Exclusive. */
  readonly toDay?: number | undefined
}

/** Ascending, without empty days. Languages are summed. */
export async function readDays(reading: Reading, { language, fromDay, toDay }: DaysQuery): Promise<readonly DaySums[]> {
  const rows = await reading.rows({
    projection: READ_MODELS.calendar,
    ...equalsOf({ language }),
    ...rangeOf('localDay', fromDay, toDay),
    groupBy: ['localDay'],
  })
  return rows.map((row) => ({ localDay: integerAt(row, 0), measures: measuresOfRow(row) }))
}

const ONLY_ACTIVE_TIME: readonly MeasureName[] = ['activeMs']

/** The days with at least this many active minutes, ascending. */
export async function readActiveDays(
  reading: Reading,
  { language, toDay }: DaysQuery,
  minimumMinutes: number,
): Promise<readonly number[]> {
  const rows = await reading.rows({
    projection: READ_MODELS.calendar,
    ...equalsOf({ language }),
    ...rangeOf('localDay', undefined, toDay),
    groupBy: ['localDay'],
    measures: ONLY_ACTIVE_TIME,
  })
  const minimumMs = minimumMinutes * MINUTE_MS
  return rows.filter((row) => (row.measures[MEASURE_INDEX.activeMs] ?? 0) >= minimumMs).map((row) => integerAt(row, 0))
}

export function isActive(measures: Measures, minimumMinutes: number): boolean {
  return measures.activeMs >= minimumMinutes * MINUTE_MS
}
