// The targets of corrections, looked up before a correction is recorded.

import { refusal } from '../events/argument-checks.js'
import type { WallClock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import type { StreamRow } from '../events/rows.js'
import { STREAM_ID } from '../events/types.js'
import { type SessionStreamFacts, sessionOf } from '../ledger/facts.js'
import type { StandingCorrections } from '../ledger/standing-corrections.js'
import type { LogSnapshot } from '../ports/event-log.js'

/** One moment of the log, in which targets are looked up. */
export interface Targets {
  readonly snapshot: LogSnapshot
  readonly corrections: StandingCorrections
  readonly clock: WallClock
}

export interface FoundSession {
  readonly row: StreamRow
  readonly session: SessionStreamFacts
}

/** UNKNOWN_SESSION where there is none. */
export async function findSession({ snapshot }: Targets, sessionId: string): Promise<FoundSession> {
  if (typeof sessionId !== 'string' || !STREAM_ID.test(sessionId)) throw unknownSession(String(sessionId))
  const [row] = await snapshot.streams({ streamIds: [sessionId] })
  const session = row === undefined ? null : sessionOf(row)
  if (row === undefined || session === null) throw unknownSession(sessionId)
  return { row, session }
}

/** UNKNOWN_VIDEO where there is none. */
export async function checkVideoExists({ snapshot }: Targets, videoKey: string): Promise<void> {
  if (typeof videoKey !== 'string' || videoKey === '') {
    throw refusal('videoKey', videoKey, 'the key of a video', '', { field: 'videoKey' })
  }
  const videos = await snapshot.videos({ videoKeys: [videoKey] })
  if (videos.length > 0 || (await snapshot.streams({ videoKey, limit: 1 })).length > 0) return
  throw new ImmersionError('UNKNOWN_VIDEO', `there is no video ${videoKey}`, {
    hint: '`immersion stats videos --json`, or analytics.videos(), lists the keys.',
    details: { videoKey },
  })
}

function unknownSession(sessionId: string): ImmersionError {
  return new ImmersionError('UNKNOWN_SESSION', `there is no session ${sessionId}`, {
    hint: '`immersion stats sessions`, or analytics.sessions(), lists the ids.',
    details: { sessionId },
  })
}
