// Sessions in answers: sums from the read model `sessions`, facts and moments from their streams, titles from the table of
// videos. For any number of sessions that is one read of streams and one of videos.

import { localDayOf } from '../events/calendar.js'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { measuresOf } from '../events/measures.js'
import { lastVersionIn } from '../ledger/coverage.js'
import { sessionOf } from '../ledger/facts.js'
import type { SessionStatus, SessionSummary } from '../ports/analytics-types.js'
import type { ReadModelRow, StreamRow } from '../ports/event-log.js'
import { integerAt, type Reading, textAt } from './reading.js'
import { withRates } from './sums.js'
import { type KnownVideo, readVideos, titleOf } from './titles.js'

/** `rows` are complete rows of the read model `sessions`, whose order stays. `known` are their streams, where they are read already. */
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

function sessionIdOf(row: ReadModelRow): string {
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
  const startedAtMs = integerAt(row, 0)
  const { measures, rates } = withRates(measuresOf(row.measures))
  const goesOn = session.endVersion !== null && lastVersionIn(stream.coverage) > session.endVersion
  const { endedAtMs, status } = endOf(session.endedAtMs, goesOn, stream.lastAtMs, reading.nowMs)
  const summary = {
    sessionId: sessionIdOf(row),
    videoKey: videoKeyOf(row),
    title: titleOf(videoKeyOf(row), video),
    series: video?.facts.series ?? null,
    language: textAt(row, 3),
    startedAtMs,
    utcOffsetMin: session.utcOffsetMin,
    localDay: localDayOf(startedAtMs, session.utcOffsetMin, reading.head.settings.dayStartsAtHour),
    endedAtMs,
    status,
    measures,
    rates,
  }
  // Spreading the few facts into the literal would make its properties slow to set: a third of the time of an answer.
  Object.assign(summary, session.session)
  // The learner may have corrected the player's language.
  if (session.session.targetLanguage === undefined || session.session.targetLanguage === '') return summary
  return Object.assign(summary, { targetLanguage: summary.language })
}

/**
 * A session with an end is `ended`. Without one it is `active` until nothing has come for five minutes, then `silent`. A
 * session that goes on after its end is `active` while it does. Its versions show that, and not its moments, because measured
 * time may reach a millisecond past the end. A last moment in the future is not silence: another device's clock may be ahead.
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
    hint: 'Run verify. A rebuild computes the sums again.',
    details: { sessionId: sessionIdOf(row) },
  })
}
