// The query `trend`: the span of days that ends with today against the span before it.

import { MEASURE_NAMES, type MeasureName, type Measures } from '../events/measures.js'
import type { DaySums, TrendAnswer, TrendQuery, TrendSpan } from '../ports/analytics-types.js'
import * as argument from './arguments.js'
import { SPAN_MAX_DAYS, STREAK_DEFAULT_MINUTES, TREND_DEFAULT_DAYS } from './limits.js'
import { isActive, readDays } from './local-days.js'
import type { Reading } from './reading.js'
import { divide, ratesOf, sumMeasures } from './sums.js'

export function readTrendQuery(query: TrendQuery | undefined) {
  return argument.readArguments('trend', query, {
    language: argument.optional(argument.text),
    days: argument.withDefault(argument.integer(1, SPAN_MAX_DAYS), TREND_DEFAULT_DAYS),
    today: argument.optional(argument.localDay),
  })
}

export async function answerTrend(reading: Reading, query: ReturnType<typeof readTrendQuery>): Promise<TrendAnswer> {
  const toDay = (query.today ?? reading.today) + 1
  const fromDay = toDay - query.days
  const previousFromDay = fromDay - query.days
  // Both spans in one query: they are adjacent in the primary key.
  const both = await readDays(reading, { language: query.language, fromDay: previousFromDay, toDay })
  const days = both.filter(({ localDay }) => localDay >= fromDay)
  const previousDays = both.filter(({ localDay }) => localDay < fromDay)
  const current = spanOf(fromDay, toDay, days)
  const previous = spanOf(previousFromDay, fromDay, previousDays)
  const change = changeOf(current.measures, previous.measures)
  return { current, previous, change, days, asOfRevision: reading.head.revision }
}

function spanOf(fromDay: number, toDay: number, days: readonly DaySums[]): TrendSpan {
  const measures = sumMeasures(days.map((day) => day.measures))
  const activeDays = days.filter((day) => isActive(day.measures, STREAK_DEFAULT_MINUTES)).length
  return { fromDay, toDay, activeDays, measures, rates: ratesOf(measures) }
}

function changeOf(current: Measures, previous: Measures): Record<MeasureName, number | null> {
  const change = {} as Record<MeasureName, number | null>
  for (const name of MEASURE_NAMES) change[name] = divide(current[name] - previous[name], previous[name])
  return change
}
