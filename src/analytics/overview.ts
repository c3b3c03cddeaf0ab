// The queries `overview` (today, the week, the total, the streak and the latest sessions, on one screen) and `languages` (what
// was watched in each). Their sums come from `calendar`, which has one row per day and language, whatever the log's size.

import { measuresOf } from '../events/measures.js'
import * as argument from './arguments.js'
import { readDays } from './calendar.js'
import { OVERVIEW_SESSIONS, WEEK_DAYS } from './limits.js'
import { type Query, READ_MODELS, textAt } from './reading.js'
import { summarizeSessions } from './session-summaries.js'
import { NEWEST_SESSIONS } from './sessions.js'
import { readStreak } from './streak.js'
import { sumMeasures, sumRows, withRates } from './sums.js'
import { BY_LANGUAGE, languagesOf } from './videos.js'

export const overview: Query<'overview'> = (given) => {
  const { today: givenToday, ...equals } = argument.readArguments('overview', given, {
    language: argument.optionalText,
    today: argument.today,
  })
  return async (reading) => {
    const today = givenToday ?? reading.today
    const [week, byLanguage, videos, { activeDays, current, longest }, sessions] = await Promise.all([
      readDays(reading, { ...equals, fromDay: today + 1 - WEEK_DAYS, toDay: today + 1 }),
      reading.rows({ projection: READ_MODELS.calendar, equals, ...BY_LANGUAGE }),
      reading.rows({ projection: READ_MODELS.videos, equals, groupBy: ['videoKey'], measures: [] }),
      readStreak(reading, equals, today),
      reading.rows({ ...NEWEST_SESSIONS, equals, limit: OVERVIEW_SESSIONS }),
    ])
    return {
      today: { localDay: today, ...withRates(sumMeasures(week.filter(({ localDay }) => localDay === today))) },
      week: withRates(sumMeasures(week)),
      total: withRates(sumRows(byLanguage)),
      videos: videos.length,
      activeDays,
      streak: { current, longest },
      languages: languagesOf(byLanguage),
      latestSessions: await summarizeSessions(reading, sessions),
    }
  }
}

export const languages: Query<'languages'> = (given) => {
  argument.readArguments('languages', given, {})
  return async (reading) => {
    const [sums, videos] = await Promise.all([
      reading.rows({ projection: READ_MODELS.calendar, ...BY_LANGUAGE }),
      reading.rows({ projection: READ_MODELS.videos, groupBy: ['language', 'videoKey'], measures: [] }),
    ])
    const videosOf = (language: string) => videos.filter((row) => textAt(row, 0) === language).length
    return {
      languages: sums.map((row) => {
        const language = textAt(row, 0)
        return { language, videos: videosOf(language), ...withRates(measuresOf(row.measures)) }
      }),
    }
  }
}
