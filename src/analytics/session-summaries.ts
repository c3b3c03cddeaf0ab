// Sessions as answers show them: sums from the read model `sessions`, facts and moments from their streams, titles from
// the table of videos. Whatever the number of sessions, that is one read of streams and one of videos.

import { localDayOf } from '../events/calendar.js'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { lastVersionIn } from '../ledger/coverage.js'
import { sessionOf } from '../ledger/facts.js'
import type { SessionStatus, SessionSummary } from '../ports/analytics-types.js'
import type { ReadModelRow, StreamRow } from '../ports/event-log.js'
import { ratesOf } from './rates.js'
import { integerAt, measuresOfRow, type Reading, textAt } from './reading.js'
import { type KnownVideo, readVideos, titleOf } from './titles.js'

/** Rows are whole rows of the read model `sessions`; the answer is in their order. `known` are their streams, if they were read before. */
export async function summarizeSessions(
  reading: Reading,
  rows: readonly ReadModelRow[],
  known?: readonly StreamRow[],
): Promise<readonly SessionSummary[]> {
  if (rows.length === 0) return []
  const [streams, videos] = await Promise.all([
    known ?? reading.snapshot.streams({ streamIds: rows.map(sessionIdOf) }),
    readVideos(reading.snapshot, rows.map(videoKeyOf)),
  ])
  const byId = new Map(streams.map((stream) => [stream.streamId, stream]))
  return rows.map((row) => summarize(reading, row, byId.get(sessionIdOf(row)), videos.get(videoKeyOf(row))))
}

export function startedAtOf(row: ReadModelRow): number {
  return integerAt(row, 0)
}

export function sessionIdOf(row: ReadModelRow): string {
  return textAt(row, 1)
}

function videoKeyOf(row: ReadModelRow): string {
  return textAt(row, 2)
}

function summarize(
  reading: Reading,
  row: ReadModelRow,
  stream: StreamRow | undefined,
  video: KnownVideo | undefined,
): SessionSummary {
  const session = stream === undefined ? null : sessionOf(stream)
  if (stream === undefined || session === null) throw factless(row)
  const measures = measuresOfRow(row)
  const goesOn = session.endVersion !== null && lastVersionIn(stream.coverage) > session.endVersion
  const { endedAtMs, status } = endOf(session.endedAtMs, goesOn, stream.lastAtMs, reading.nowMs)
  const summary = {
    sessionId: sessionIdOf(row),
    videoKey: videoKeyOf(row),
    title: titleOf(videoKeyOf(row), video),
    series: video?.facts.series ?? null,
    language: textAt(row, 3),
    startedAtMs: startedAtOf(row),
    utcOffsetMin: session.utcOffsetMin,
    localDay: localDayOf(startedAtOf(row), session.utcOffsetMin, reading.head.settings.dayStartsAtHour),
    endedAtMs,
    status,
    measures,
    rates: ratesOf(measures),
  }
  // Spread into the literal, the few facts would make each of its properties slow to set: a third of the whole answer.
  Object.assign(summary, session.session)
  // The learner may have corrected what its player said.
  if (session.session.targetLanguage === undefined || session.session.targetLanguage === '') return summary
  return Object.assign(summary, { targetLanguage: summary.language })
}

/**
 * `ended` says only what the session says itself; without its end it is `active` until nothing came for five minutes, then
 * `silent`. One that goes on after its end, by its versions, is `active` while it does; moments do not tell, because time
 * that was measured may reach a millisecond past the end that the clock says. The clock of another device may be ahead of
 * ours: a last moment in the future is not silence.
 */
export function endOf(
  endedAtMs: number | null,
  goesOn: boolean,
  lastAtMs: number,
  nowMs: number,
): { readonly endedAtMs: number; readonly status: SessionStatus } {
  const isQuiet = nowMs - lastAtMs >= BACKEND_DEFAULTS.silentAfterMs
  if (endedAtMs === null) return { endedAtMs: lastAtMs, status: isQuiet ? 'silent' : 'active' }
  if (goesOn && !isQuiet) return { endedAtMs: lastAtMs, status: 'active' }
  return { endedAtMs, status: 'ended' }
}

function factless(row: ReadModelRow): ImmersionError {
  return new ImmersionError('STORAGE_CORRUPT', `session ${sessionIdOf(row)} has sums but no start`, {
    hint: 'Run verify; rebuild works the sums out again.',
    details: { sessionId: sessionIdOf(row) },
  })
}
