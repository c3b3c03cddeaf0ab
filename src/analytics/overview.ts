// The queries `overview` (today, the week, the total, the streak and the latest sessions, on one screen) and `languages` (what
// was watched in each). Their sums come from `calendar`, which has one row per day and language, whatever the log's size.

import type { LanguagesAnswer, OverviewAnswer, OverviewQuery } from '../ports/analytics-types.js'
import * as argument from './arguments.js'
import type { SkippedDates } from './learner-offsets.js'
import { OVERVIEW_SESSIONS, STREAK_DEFAULT_MINUTES, WEEK_DAYS } from './limits.js'
import { readDays } from './local-days.js'
import { equalsOf, measuresOfRow, READ_MODELS, type Reading, textAt } from './reading.js'
import { summarizeSessions } from './session-summaries.js'
import { NEWEST_SESSION_FIRST } from './sessions.js'
import { answerStreak } from './streak.js'
import { sumMeasures, sumRows, withRates } from './sums.js'
import { BY_LANGUAGE, languagesOf } from './videos.js'

export function readOverviewQuery(query: OverviewQuery | undefined) {
  return argument.readArguments('overview', query, {
    language: argument.optional(argument.text),
    today: argument.optional(argument.localDay),
  })
}

export async function answerOverview(
  reading: Reading,
  skippedDates: SkippedDates,
  { language, today = reading.today }: ReturnType<typeof readOverviewQuery>,
): Promise<OverviewAnswer> {
  const conditions = equalsOf({ language })
  const [week, languages, videos, streak, sessions] = await Promise.all([
    readDays(reading, { language, fromDay: today + 1 - WEEK_DAYS, toDay: today + 1 }),
    reading.rows({ projection: READ_MODELS.calendar, ...conditions, ...BY_LANGUAGE }),
    reading.rows({ projection: READ_MODELS.videos, ...conditions, groupBy: ['videoKey'], measures: [] }),
    answerStreak(reading, skippedDates, { language, today, minimumMinutes: STREAK_DEFAULT_MINUTES }),
    reading.rows({
      projection: READ_MODELS.sessions,
      ...conditions,
      orderBy: NEWEST_SESSION_FIRST,
      limit: OVERVIEW_SESSIONS,
    }),
  ])
  const ofToday = week.filter(({ localDay }) => localDay === today).map((day) => day.measures)
  return {
    today: { localDay: today, ...withRates(sumMeasures(ofToday)) },
    week: withRates(sumMeasures(week.map((day) => day.measures))),
    total: withRates(sumRows(languages)),
    videos: videos.length,
    activeDays: streak.activeDays,
    streak: { current: streak.current, longest: streak.longest },
    languages: languagesOf(languages),
    latestSessions: await summarizeSessions(reading, sessions),
    asOfRevision: reading.head.revision,
  }
}

export function readLanguagesQuery(query: Readonly<Record<string, never>> | undefined) {
  return argument.readArguments('languages', query, {})
}

export async function answerLanguages(reading: Reading): Promise<LanguagesAnswer> {
  const [sums, videos] = await Promise.all([
    reading.rows({ projection: READ_MODELS.calendar, ...BY_LANGUAGE }),
    reading.rows({ projection: READ_MODELS.videos, groupBy: ['language', 'videoKey'], measures: [] }),
  ])
  const videosOf = (language: string) => videos.filter((row) => textAt(row, 0) === language).length
  const languages = sums.map((row) => {
    const language = textAt(row, 0)
    return { language, videos: videosOf(language), ...withRates(measuresOfRow(row)) }
  })
  return { languages, asOfRevision: reading.head.revision }
}
