// The queries of one profile's log, each answered from one snapshot. The engine creates it. Every query is one
// function. It checks its arguments before reading anything, and returns a function that reads and shapes the answer.

import type { ProfileLog } from '../ledger/profile-log.js'
import type { Analytics } from '../ports/analytics-types.js'
import { calendar, hours, trend } from './calendar.js'
import { createSkippedDates } from './learner-offsets.js'
import { languages, overview } from './overview.js'
import { beginReading, ProjectionBehind, type Query } from './reading.js'
import { rows } from './rows.js'
import { session, sessions } from './sessions.js'
import { streak } from './streak.js'
import { throughput } from './throughput.js'
import { timeline } from './timeline.js'
import { daily, monthly } from './video-periods.js'
import { video, videos } from './videos.js'

const QUERIES: { readonly [Name in keyof Analytics]: Query<Name> } = {
  ...{ overview, sessions, session, timeline, videos, video, daily, monthly, throughput },
  ...{ streak, trend, hours, calendar, languages, rows },
}

/** Rejects with ProjectionBehind where a read model is behind the head. The engine rebuilds it and queries again. */
export function createAnalytics({ log, profile, projections, clock }: ProfileLog): Analytics {
  const skippedDates = createSkippedDates()

  async function answer(query: Query<keyof Analytics>, given: unknown) {
    const answerFrom = query(given, projections)
    const outcome = await log.read(profile, async (snapshot) => {
      try {
        const reading = await beginReading(snapshot, clock, skippedDates)
        return { found: { ...(await answerFrom(reading)), asOfRevision: reading.head.revision } }
      } catch (error) {
        // Returned and not thrown: an adapter may take an error in its snapshot for a failure of its own.
        if (error instanceof ProjectionBehind) return { behind: error }
        throw error
      }
    })
    if ('behind' in outcome) throw outcome.behind
    return outcome.found
  }

  const answers = Object.entries(QUERIES).map(([name, query]) => [name, (given: unknown) => answer(query, given)])
  // Each query has the name and the answer of its method, by the type of QUERIES, and checks what it is given.
  return Object.fromEntries(answers) as Analytics
}
