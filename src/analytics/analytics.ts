// Questions about one profile's log, each answered from one snapshot. The log engine creates it; every question has a file
// of its own with two parts: one checks the arguments before anything is read, one reads and shapes the answer.

import type { WallClock } from '../events/clock.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { EventLog } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'
import { answerCalendar, answerHours, readCalendarQuery, readHoursQuery } from './calendar.js'
import { createLearnerOffsets } from './learner-offsets.js'
import { answerOverview, readOverviewQuery } from './overview.js'
import { ProjectionBehind } from './projection-behind.js'
import { beginReading, type Reading } from './reading.js'
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
  /** Those whose rows may be asked for by `rows`. */
  readonly projections: readonly Projection[]
  readonly clock: WallClock
}

/** Rejects with ProjectionBehind where a read model lags behind the head: whoever can rebuild it does so and asks again. */
export function createAnalytics({ log, profile, projections, clock }: AnalyticsOptions): Analytics {
  const offsets = createLearnerOffsets()

  function question<Given, Checked, Found>(
    check: (given: Given) => Checked,
    answer: (reading: Reading, checked: Checked) => Promise<Found>,
  ): (given: Given) => Promise<Found> {
    return async (given) => {
      const checked = check(given)
      const outcome = await log.read(profile, async (snapshot) => {
        try {
          return { found: await answer(await beginReading(snapshot, clock), checked) }
        } catch (error) {
          // Carried out of the snapshot as a value: an adapter may take what is thrown inside it for its own failure.
          if (error instanceof ProjectionBehind) return { behind: error }
          throw error
        }
      })
      if ('behind' in outcome) throw outcome.behind
      return outcome.found
    }
  }

  return {
    overview: question(readOverviewQuery, (reading, query) => answerOverview(reading, offsets, query)),
    sessions: question(readSessionsQuery, answerSessions),
    session: question((id: string) => readSessionId('session', id), answerSession),
    timeline: question(readTimelineQuery, answerTimeline),
    videos: question(readVideosQuery, answerVideos),
    video: question(readVideoKey, answerVideo),
    daily: question(readDailyQuery, answerDaily),
    monthly: question(readMonthlyQuery, answerMonthly),
    throughput: question(readThroughputQuery, answerThroughput),
    streak: question(readStreakQuery, (reading, query) => answerStreak(reading, offsets, query)),
    trend: question(readTrendQuery, answerTrend),
    hours: question(readHoursQuery, answerHours),
    calendar: question(readCalendarQuery, answerCalendar),
    rows: question(
      (query) => readRowsQuery(projections, query),
      (reading, query) => answerRows(reading, query, projections),
    ),
  }
}
