// Days of all videos, from the read model `calendar`, for the queries calendar, trend, streak and overview.

import { MEASURE_INDEX, MEASURE_NAMES, type MeasureName, type Measures } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { DaySums } from '../ports/analytics-types.js'
import { equalsOf, integerAt, measuresOfRow, READ_MODELS, type Reading, rangeOf } from './reading.js'

export interface DaysQuery {
  readonly language: string | undefined
  readonly fromDay?: number | undefined
  /** Exclusive. */
  readonly toDay?: number | undefined
}

/** Ascending, without empty days. Languages are summed. */
export async function readDays(reading: Reading, query: DaysQuery): Promise<readonly DaySums[]> {
  const rows = await readRows(reading, query, MEASURE_NAMES)
  return rows.map((row) => ({ localDay: integerAt(row, 0), measures: measuresOfRow(row) }))
}

/** The days with at least this many active minutes, ascending. */
export async function readActiveDays(
  reading: Reading,
  query: DaysQuery,
  minimumMinutes: number,
): Promise<readonly number[]> {
  const rows = await readRows(reading, query, ['activeMs'])
  const minimumMs = minimumMinutes * MINUTE_MS
  return rows.filter((row) => (row.measures[MEASURE_INDEX.activeMs] ?? 0) >= minimumMs).map((row) => integerAt(row, 0))
}

function readRows(reading: Reading, { language, fromDay, toDay }: DaysQuery, measures: readonly MeasureName[]) {
  return reading.rows({
    projection: READ_MODELS.calendar,
    ...equalsOf({ language }),
    ...rangeOf('localDay', fromDay, toDay),
    groupBy: ['localDay'],
    measures,
  })
}

export function isActive(measures: Measures, minimumMinutes: number): boolean {
  return measures.activeMs >= minimumMinutes * MINUTE_MS
}
