// The query `trend`: the span of days that ends with today against the span before it.

import { MEASURE_NAMES, type MeasureName, type Measures } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { DaySums, TrendSpan } from '../ports/analytics-types.js'
import * as argument from './arguments.js'
import { readDays } from './calendar.js'
import { SPAN_MAX_DAYS, STREAK_DEFAULT_MINUTES, TREND_DEFAULT_DAYS } from './limits.js'
import type { Query } from './reading.js'
import { divide, sumMeasures, withRates } from './sums.js'

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

function spanOf(fromDay: number, toDay: number, days: readonly DaySums[]): TrendSpan {
  const activeDays = days.filter(({ measures }) => measures.activeMs >= STREAK_DEFAULT_MINUTES * MINUTE_MS).length
  return { fromDay, toDay, activeDays, ...withRates(sumMeasures(days)) }
}

function changeOf(current: Measures, previous: Measures): Record<MeasureName, number | null> {
  const change = {} as Record<MeasureName, number | null>
  for (const name of MEASURE_NAMES) change[name] = divide(current[name] - previous[name], previous[name])
  return change
}
