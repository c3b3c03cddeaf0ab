// The queries `calendar` (days of all videos, for a heat map) and `hours` (weekday × hour of the clock). Each reads one small
// read model, grouped so that languages are summed.

import type { CalendarAnswer, CalendarQuery, HoursAnswer, HoursQuery } from '../ports/analytics-types.js'
import * as argument from './arguments.js'
import { CALENDAR_DEFAULT_DAYS, SPAN_MAX_DAYS } from './limits.js'
import { readDays } from './local-days.js'
import { equalsOf, integerAt, measuresOfRow, READ_MODELS, type Reading } from './reading.js'

export function readCalendarQuery(query: CalendarQuery | undefined) {
  const read = argument.readWithRange('calendar', query, ['fromDay', 'toDay'], {
    language: argument.optional(argument.text),
    fromDay: argument.optionalDay,
    toDay: argument.optionalDay,
    today: argument.optional(argument.localDay),
  })
  const length = read.fromDay === undefined || read.toDay === undefined ? 0 : read.toDay - read.fromDay
  if (length > SPAN_MAX_DAYS) {
    const at = { query: 'calendar', argument: 'toDay' }
    throw argument.refusal(at, read.toDay, `fromDay plus at most ${SPAN_MAX_DAYS} days`)
  }
  return read
}

export async function answerCalendar(
  reading: Reading,
  query: ReturnType<typeof readCalendarQuery>,
): Promise<CalendarAnswer> {
  const today = query.today ?? reading.today
  const toDay = query.toDay ?? (query.fromDay === undefined ? today + 1 : query.fromDay + CALENDAR_DEFAULT_DAYS)
  const fromDay = query.fromDay ?? toDay - CALENDAR_DEFAULT_DAYS
  const days = await readDays(reading, { language: query.language, fromDay, toDay })
  return { fromDay, toDay, days, asOfRevision: reading.head.revision }
}

export function readHoursQuery(query: HoursQuery | undefined) {
  return argument.readArguments('hours', query, { language: argument.optional(argument.text) })
}

export async function answerHours(reading: Reading, query: ReturnType<typeof readHoursQuery>): Promise<HoursAnswer> {
  const rows = await reading.rows({
    projection: READ_MODELS.hours,
    ...equalsOf({ language: query.language }),
    groupBy: ['weekday', 'hour'],
  })
  const cells = rows.map((row) => ({
    weekday: integerAt(row, 0),
    hour: integerAt(row, 1),
    measures: measuresOfRow(row),
  }))
  return { cells, asOfRevision: reading.head.revision }
}
