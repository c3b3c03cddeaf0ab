// The queries `sessions` (newest first, paged) and `session` (one session, with the number of its events). Both read the
// primary key of the read model, which begins with the moment of the start.

import { ImmersionError } from '../events/errors.js'
import { DAY_MS, HOUR_MS } from '../events/time-units.js'
import { attributionOf } from '../ledger/attribution.js'
import { coveredCount, parseCoverage } from '../ledger/coverage.js'
import { parseFacts } from '../ledger/facts.js'
import { readStandingCorrections } from '../ledger/standing-corrections.js'
import type { ProfileSettings } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { pageOfRows, paging } from './cursors.js'
import { type Query, READ_MODELS, type Reading } from './reading.js'
import { summarizeSessions } from './session-summaries.js'

export const NEWEST_SESSIONS = {
  projection: READ_MODELS.sessions,
  orderBy: [{ column: 'startedAtMs', descending: true }],
} as const

/** The largest offset that an event may have (src/events/validation.ts). */
const OFFSET_MAX_MS = 18 * HOUR_MS

/** The moments between which all sessions of these local days began, at any offset. Too wide by up to a day at both ends. */
export function startRangeOfDays(settings: ProfileSettings, fromDay: number | undefined, toDay: number | undefined) {
  const shiftMs = settings.dayStartsAtHour * HOUR_MS
  const from = fromDay === undefined ? undefined : fromDay * DAY_MS + shiftMs - OFFSET_MAX_MS
  const to = toDay === undefined ? undefined : toDay * DAY_MS + shiftMs + OFFSET_MAX_MS
  return { column: 'startedAtMs', from, to }
}

export const sessions: Query<'sessions'> = (given) => {
  const { fromMs, toMs, limit, cursor, ...equals } = argument.readArguments('sessions', given, {
    language: argument.optionalText,
    videoKey: argument.optional(argument.videoKey),
    fromMs: argument.optionalMoment,
    toMs: argument.optionalMoment,
    ...paging('sessions', ['integer', 'text', 'text', 'text']),
  })
  const query = { ...NEWEST_SESSIONS, equals, range: { column: 'startedAtMs', from: fromMs, to: toMs } }
  return async (reading) => {
    const { page, nextCursor } = await pageOfRows(reading, 'sessions', { limit, cursor }, query)
    return { sessions: await summarizeSessions(reading, page), nextCursor }
  }
}

export const session: Query<'session'> = (given) => {
  const sessionId = argument.sessionId(given, { query: 'session', argument: 'sessionId' })
  return async (reading) => {
    const { row, startedAtMs } = await sessionStream(reading, sessionId)
    // The query names the session's start too, so that the primary key is used.
    const equals = { startedAtMs, sessionId }
    const rows = await reading.rows({ projection: READ_MODELS.sessions, equals, limit: 1 })
    const [found] = await summarizeSessions(reading, rows, [row])
    if (found === undefined) throw unknownSession(sessionId)
    return {
      session: found,
      eventsHeld: row.heldCount,
      eventsRecorded: coveredCount(parseCoverage(row.coverage)),
    }
  }
}

/** The stream of a session that counts; UNKNOWN_SESSION where there is none. */
export async function sessionStream(reading: Reading, sessionId: string) {
  const [[row], corrections] = await Promise.all([
    reading.snapshot.streams({ streamIds: [sessionId] }),
    readStandingCorrections(reading.snapshot),
  ])
  const attribution = row === undefined ? null : attributionOf(row.streamId, parseFacts(row.facts), corrections)
  if (row === undefined || attribution === null) throw unknownSession(sessionId)
  return { row, startedAtMs: attribution.startedAtMs, corrections }
}

function unknownSession(sessionId: string): ImmersionError {
  return new ImmersionError('UNKNOWN_SESSION', `there is no session ${sessionId}`, {
    hint: '`immersion stats sessions`, or analytics.sessions(), lists the ids.',
    details: { sessionId },
  })
}
