// The queries `calendar` (days of all videos, for a heat map), `hours` (weekday × hour of the clock) and `trend` (the span of
// days that ends with today against the span before it). Each reads one small read model, grouped so that languages are
// summed. Streak and overview read the same days.

import { MEASURE_NAMES, type MeasureName, type Measures, measuresOf } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { DaySums, TrendSpan } from '../ports/analytics-types.js'
import type { ReadModelRow } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { CALENDAR_DEFAULT_DAYS, SPAN_MAX_DAYS, STREAK_DEFAULT_MINUTES, TREND_DEFAULT_DAYS } from './limits.js'
import { integerAt, type Query, READ_MODELS, type Reading } from './reading.js'
import { divide, sumMeasures, withRates } from './sums.js'

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

export const trend: Query<'trend'> = (given) => {
  const {
    language,
    days: length,
    today,
  } = argument.readArguments('trend', given, {
    language: argument.optionalText,
    days: argument.withDefault(argument.integer(1, SPAN_MAX_DAYS), TREND_DEFAULT_DAYS),
    today: argument.today,
  })
  return async (reading) => {
    const toDay = (today ?? reading.today) + 1
    const fromDay = toDay - length
    // Both spans in one query: they are adjacent in the primary key.
    const both = await readDays(reading, { language, fromDay: fromDay - length, toDay })
    const days = both.filter(({ localDay }) => localDay >= fromDay)
    const before = both.filter(({ localDay }) => localDay < fromDay)
    const current = spanOf(fromDay, toDay, days)
    const previous = spanOf(fromDay - length, fromDay, before)
    return { current, previous, change: changeOf(current.measures, previous.measures), days }
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

function spanOf(fromDay: number, toDay: number, days: readonly DaySums[]): TrendSpan {
  const activeDays = days.filter(({ measures }) => measures.activeMs >= STREAK_DEFAULT_MINUTES * MINUTE_MS).length
  return { fromDay, toDay, activeDays, ...withRates(sumMeasures(days)) }
}

function changeOf(current: Measures, previous: Measures): Record<MeasureName, number | null> {
  const change = {} as Record<MeasureName, number | null>
  for (const name of MEASURE_NAMES) change[name] = divide(current[name] - previous[name], previous[name])
  return change
}
