// The queries `calendar` (days of all videos, for a heat map) and `hours` (weekday × hour of the clock). Each reads one small
// read model, grouped so that languages are summed. Streak, trend and overview read the same days.

import { MEASURE_NAMES, type MeasureName, measuresOf } from '../events/measures.js'
import type { DaySums } from '../ports/analytics-types.js'
import type { ReadModelRow } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { CALENDAR_DEFAULT_DAYS, SPAN_MAX_DAYS } from './limits.js'
import { integerAt, type Query, READ_MODELS, type Reading } from './reading.js'

export const calendar: Query<'calendar'> = (given) => {
  const { language, today, ...range } = argument.readArguments('calendar', given, {
    language: argument.optionalText,
    fromDay: argument.optionalDay,
    toDay: argument.optionalDay,
    today: argument.today,
  })
  const length = range.fromDay === undefined || range.toDay === undefined ? 0 : range.toDay - range.fromDay
  if (length > SPAN_MAX_DAYS) {
    const at = { query: 'calendar', argument: 'toDay' }
    throw argument.refusal(at, range.toDay, `fromDay plus at most ${SPAN_MAX_DAYS} days`)
  }
  return async (reading) => {
    const lastDay = range.fromDay === undefined ? (today ?? reading.today) + 1 : range.fromDay + CALENDAR_DEFAULT_DAYS
    const { toDay = lastDay } = range
    const { fromDay = toDay - CALENDAR_DEFAULT_DAYS } = range
    return { fromDay, toDay, days: await readDays(reading, { language, fromDay, toDay }) }
  }
}

export const hours: Query<'hours'> = (given) => {
  const equals = argument.readArguments('hours', given, { language: argument.optionalText })
  return async (reading) => {
    const rows = await reading.rows({ projection: READ_MODELS.hours, equals, groupBy: ['weekday', 'hour'] })
    const cells = rows.map((row) => ({
      weekday: integerAt(row, 0),
      hour: integerAt(row, 1),
      measures: measuresOf(row.measures),
    }))
    return { cells }
  }
}

interface DaysFilter {
  readonly language: string | undefined
  readonly fromDay?: number
  /** Exclusive. */
  readonly toDay: number
}

/** Ascending, without empty days. Languages are summed. */
export async function readDays(reading: Reading, filter: DaysFilter): Promise<readonly DaySums[]> {
  const rows = await dayRows(reading, filter, MEASURE_NAMES)
  return rows.map((row) => ({ localDay: integerAt(row, 0), measures: measuresOf(row.measures) }))
}

export function dayRows(
  reading: Reading,
  { language, fromDay, toDay }: DaysFilter,
  measures: readonly MeasureName[],
): Promise<readonly ReadModelRow[]> {
  return reading.rows({
    projection: READ_MODELS.calendar,
    equals: { language },
    range: { column: 'localDay', from: fromDay, to: toDay },
    groupBy: ['localDay'],
    measures,
  })
}
