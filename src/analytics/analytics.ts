// The queries of one profile's log, each answered from one snapshot. The engine creates it. Every query has a file of its own
// with two functions: one checks the arguments before anything is read, one reads and shapes the answer.

import type { WallClock } from '../events/clock.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { EventLog } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'
import { answerCalendar, answerHours, readCalendarQuery, readHoursQuery } from './calendar.js'
import { createSkippedDates } from './learner-offsets.js'
import { answerLanguages, answerOverview, readLanguagesQuery, readOverviewQuery } from './overview.js'
import { beginReading, ProjectionBehind, type Reading } from './reading.js'
import { answerRows, readRowsQuery } from './rows.js'
import { answerSession, answerSessions, readSessionId, readSessionsQuery } from './sessions.js'
import { answerStreak, readStreakQuery } from './streak.js'
import { answerThroughput, readThroughputQuery } from './throughput.js'
import { answerTimeline, readTimelineQuery } from './timeline.js'
import { answerTrend, readTrendQuery } from './trend.js'
import { answerDaily, answerMonthly, readDailyQuery, readMonthlyQuery } from './video-periods.js'
import { answerVideo, answerVideos, readVideoKey, readVideosQuery } from './videos.js'

export interface AnalyticsOptions {
  readonly log: EventLog
  readonly profile: string
  /** The projections whose rows the query `rows` may read. */
  readonly projections: readonly Projection[]
  readonly clock: WallClock
}

/** Rejects with ProjectionBehind where a read model is behind the head. The engine rebuilds it and queries again. */
export function createAnalytics({ log, profile, projections, clock }: AnalyticsOptions): Analytics {
  const skippedDates = createSkippedDates()

  function query<Given, Checked, Found>(
    check: (given: Given) => Checked,
    answer: (reading: Reading, checked: Checked) => Promise<Found>,
  ): (given: Given) => Promise<Found> {
    return async (given) => {
      const checked = check(given)
      const outcome = await log.read(profile, async (snapshot) => {
        try {
          return { found: await answer(await beginReading(snapshot, clock), checked) }
        } catch (error) {
          // Returned and not thrown: an adapter may take an error in its snapshot for a failure of its own.
          if (error instanceof ProjectionBehind) return { behind: error }
          throw error
        }
      })
      if ('behind' in outcome) throw outcome.behind
      return outcome.found
    }
  }

  return {
    overview: query(readOverviewQuery, (reading, checked) => answerOverview(reading, skippedDates, checked)),
    sessions: query(readSessionsQuery, answerSessions),
    session: query(readSessionId, answerSession),
    timeline: query(readTimelineQuery, answerTimeline),
    videos: query(readVideosQuery, answerVideos),
    video: query(readVideoKey, answerVideo),
    daily: query(readDailyQuery, answerDaily),
    monthly: query(readMonthlyQuery, answerMonthly),
    throughput: query(readThroughputQuery, answerThroughput),
    streak: query(readStreakQuery, (reading, checked) => answerStreak(reading, skippedDates, checked)),
    trend: query(readTrendQuery, answerTrend),
    hours: query(readHoursQuery, answerHours),
    calendar: query(readCalendarQuery, answerCalendar),
    languages: query(readLanguagesQuery, answerLanguages),
    rows: query(
      (given) => readRowsQuery(projections, given),
      (reading, checked) => answerRows(reading, checked, projections),
    ),
  }
}
