// The queries `sessions` (newest first, paged) and `session` (one session, with the number of its events). Both read the
// primary key of the read model, which begins with the moment of the start.

import { ImmersionError } from '../events/errors.js'
import { DAY_MS, HOUR_MS } from '../events/time-units.js'
import { attributionOf } from '../ledger/attribution.js'
import { coveredCount, parseCoverage } from '../ledger/coverage.js'
import { parseFacts } from '../ledger/facts.js'
import { readStandingCorrections, type StandingCorrections } from '../ledger/standing-corrections.js'
import type { SessionAnswer, SessionsAnswer, SessionsQuery } from '../ports/analytics-types.js'
import type { ProfileSettings, RowQuery, StreamRow } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { cursorOf, cursorReader, pageOf } from './cursors.js'
import { ANALYTICS_LIMITS } from './limits.js'
import { afterOf, equalsOf, READ_MODELS, type Reading, rangeOf } from './reading.js'
import { summarizeSessions } from './session-summaries.js'

export const NEWEST_SESSION_FIRST = [{ column: 'startedAtMs', descending: true }] as const

/** The largest offset that an event may have (src/events/validation.ts). */
const OFFSET_MAX_MS = 18 * HOUR_MS

/** The moments between which all sessions of these local days began, at any offset. Too wide by up to a day at both ends. */
export function startRangeOfDays(
  settings: ProfileSettings,
  fromDay: number | undefined,
  toDay: number | undefined,
): Pick<RowQuery, 'range'> {
  const shiftMs = settings.dayStartsAtHour * HOUR_MS
  const fromMs = fromDay === undefined ? undefined : fromDay * DAY_MS + shiftMs - OFFSET_MAX_MS
  const toMs = toDay === undefined ? undefined : toDay * DAY_MS + shiftMs + OFFSET_MAX_MS
  return rangeOf('startedAtMs', fromMs, toMs)
}

export function readSessionsQuery(query: SessionsQuery | undefined) {
  return argument.readWithRange('sessions', query, ['fromMs', 'toMs'], {
    language: argument.optional(argument.text),
    videoKey: argument.optional(argument.videoKey),
    fromMs: argument.optionalMoment,
    toMs: argument.optionalMoment,
    limit: argument.limit(ANALYTICS_LIMITS.sessions),
    cursor: cursorReader('sessions', ['integer', 'text', 'text', 'text']),
  })
}

export async function answerSessions(
  reading: Reading,
  query: ReturnType<typeof readSessionsQuery>,
): Promise<SessionsAnswer> {
  const { language, videoKey, fromMs, toMs, limit, cursor } = query
  const found = await reading.rows({
    projection: READ_MODELS.sessions,
    ...equalsOf({ language, videoKey }),
    ...rangeOf('startedAtMs', fromMs, toMs),
    orderBy: NEWEST_SESSION_FIRST,
    ...afterOf(cursor),
    limit: limit + 1,
  })
  const { page, nextCursor } = pageOf(found, limit, (row) => cursorOf('sessions', row.key))
  return { sessions: await summarizeSessions(reading, page), nextCursor, asOfRevision: reading.head.revision }
}

export function readSessionId(sessionId: unknown): string {
  return argument.sessionId(sessionId, { query: 'session', argument: 'sessionId' })
}

export async function answerSession(reading: Reading, sessionId: string): Promise<SessionAnswer> {
  const stream = await sessionStream(reading, sessionId)
  // The query names the session's start too, so that the primary key is used.
  const equals = { startedAtMs: stream.startedAtMs, sessionId }
  const rows = await reading.rows({ projection: READ_MODELS.sessions, equals, limit: 1 })
  const [session] = await summarizeSessions(reading, rows, [stream.row])
  if (session === undefined) throw unknownSession(sessionId)
  return {
    session,
    eventsHeld: stream.row.heldCount,
    eventsRecorded: coveredCount(parseCoverage(stream.row.coverage)),
    asOfRevision: reading.head.revision,
  }
}

/** The stream of a session that counts; UNKNOWN_SESSION where there is none. */
export async function sessionStream(
  reading: Reading,
  sessionId: string,
): Promise<{ readonly row: StreamRow; readonly startedAtMs: number; readonly corrections: StandingCorrections }> {
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
