// The targets of corrections, looked up before a correction is recorded.

import { refusal } from '../events/argument-checks.js'
import type { WallClock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import { STREAM_ID } from '../events/types.js'
import { sessionOf } from '../ledger/facts.js'
import type { StandingCorrections } from '../ledger/standing-corrections.js'
import type { LogSnapshot } from '../ports/event-log.js'

/** One moment of the log, in which targets are looked up. */
export interface Targets {
  readonly snapshot: LogSnapshot
  readonly corrections: StandingCorrections
  readonly clock: WallClock
}

/** UNKNOWN_SESSION where there is none. */
export async function findSession({ snapshot }: Targets, sessionId: string) {
  const [row] = STREAM_ID.test(sessionId) ? await snapshot.streams({ streamIds: [sessionId] }) : []
  const session = row === undefined ? null : sessionOf(row)
  if (row !== undefined && session !== null) return { row, session }
  throw new ImmersionError('UNKNOWN_SESSION', `there is no session ${sessionId}`, {
    hint: '`immersion stats sessions`, or analytics.sessions(), lists the ids.',
    details: { sessionId },
  })
}

/** UNKNOWN_VIDEO where there is none. */
export async function checkVideoExists({ snapshot }: Targets, videoKey: string): Promise<void> {
  if (videoKey === '') throw refusal('videoKey', videoKey, 'the key of a video', '', { field: 'videoKey' })
  const videos = await snapshot.videos({ videoKeys: [videoKey] })
  if (videos.length > 0 || (await snapshot.streams({ videoKey, limit: 1 })).length > 0) return
  throw new ImmersionError('UNKNOWN_VIDEO', `there is no video ${videoKey}`, {
    hint: '`immersion stats videos --json`, or analytics.videos(), lists the keys.',
    details: { videoKey },
  })
}
