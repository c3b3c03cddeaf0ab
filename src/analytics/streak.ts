// The query `streak`: the number of successive days with enough active time. An unfinished today does not break a streak, nor
// does a date that never existed for the learner (learner-offsets.ts).

import { MEASURE_INDEX } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { StreakAnswer, StreakSpan } from '../ports/analytics-types.js'
import * as argument from './arguments.js'
import { dayRows } from './calendar.js'
import { STREAK_DEFAULT_MINUTES, STREAK_MAX_MINUTES } from './limits.js'
import { integerAt, type Query, type Reading } from './reading.js'

export const streak: Query<'streak'> = (given) => {
  const { minimumMinutes, today, ...filter } = argument.readArguments('streak', given, {
    language: argument.optionalText,
    minimumMinutes: argument.withDefault(argument.integer(1, STREAK_MAX_MINUTES), STREAK_DEFAULT_MINUTES),
    today: argument.today,
  })
  return (reading) => readStreak(reading, filter, today ?? reading.today, minimumMinutes)
}

export async function readStreak(
  reading: Reading,
  filter: { readonly language: string | undefined },
  today: number,
  minimumMinutes = STREAK_DEFAULT_MINUTES,
): Promise<Omit<StreakAnswer, 'asOfRevision'>> {
  const rows = await dayRows(reading, { ...filter, toDay: today + 1 }, ['activeMs'])
  const minimumMs = minimumMinutes * MINUTE_MS
  const days = rows
    .filter(({ measures }) => (measures[MEASURE_INDEX.activeMs] ?? 0) >= minimumMs)
    .map((row) => integerAt(row, 0))
  const skipped = await reading.skippedDates(reading, datesAlone(days, today), today)
  return { minimumMinutes, today, ...streaksOf(days, today, skipped) }
}

/** Dates alone between two active days, or between the last one and today. Only a skipped date among them joins two streaks. */
function datesAlone(days: readonly number[], today: number): readonly number[] {
  return days.filter((day, index) => (days[index + 1] ?? today) === day + 2).map((day) => day + 1)
}

/** `days` ascending and up to today; `skipped` are the dates that never existed. */
export function streaksOf(
  days: readonly number[],
  today: number,
  skipped: ReadonlySet<number>,
): Pick<StreakAnswer, 'todayCounts' | 'current' | 'longest' | 'activeDays'> {
  const spans = spansOf(days, skipped)
  const latest = spans.at(-1) ?? NO_SPAN
  // The first of equally long spans, because a record stands until it is broken.
  const longest = spans.reduce((best, span) => (span.days > best.days ? span : best), NO_SPAN)
  return {
    todayCounts: latest.lastDay === today,
    current: latest.lastDay !== null && reachesToday(latest.lastDay, today, skipped) ? latest : NO_SPAN,
    longest,
    activeDays: days.length,
  }
}

const NO_SPAN: StreakSpan = { days: 0, fromDay: null, lastDay: null }

function spansOf(days: readonly number[], skipped: ReadonlySet<number>): readonly StreakSpan[] {
  const spans: StreakSpan[] = []
  for (const day of days) {
    const span = spans.at(-1)
    if (span !== undefined && span.lastDay !== null && follows(day, span.lastDay, skipped)) {
      spans[spans.length - 1] = { days: span.days + 1, fromDay: span.fromDay, lastDay: day }
    } else {
      spans.push({ days: 1, fromDay: day, lastDay: day })
    }
  }
  return spans
}

function follows(day: number, before: number, skipped: ReadonlySet<number>): boolean {
  return day === before + 1 || (day === before + 2 && skipped.has(before + 1))
}

function reachesToday(lastDay: number, today: number, skipped: ReadonlySet<number>): boolean {
  return lastDay === today || follows(today, lastDay, skipped)
}
