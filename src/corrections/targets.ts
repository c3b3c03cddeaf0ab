// What a learner's command names, looked up before it is stated: nothing is recorded about what is not there.

import type { WallClock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import { STREAM_ID } from '../events/types.js'
import { sessionOf } from '../ledger/facts.js'
import type { StandingCorrections } from '../ledger/standing-corrections.js'
import type { LogSnapshot, StreamRow } from '../ports/event-log.js'

export interface Reading {
  readonly snapshot: LogSnapshot
  readonly corrections: StandingCorrections
  readonly clock: WallClock
}

export async function sessionRow({ snapshot }: Reading, sessionId: string): Promise<StreamRow> {
  if (typeof sessionId !== 'string' || !STREAM_ID.test(sessionId)) throw unknownSession(String(sessionId))
  const [row] = await snapshot.streams({ streamIds: [sessionId] })
  if (row === undefined || sessionOf(row) === null) throw unknownSession(sessionId)
  return row
}

export async function refuseUnknownVideo({ snapshot }: Reading, videoKey: string): Promise<void> {
  if (typeof videoKey !== 'string' || videoKey === '') throw refusal('videoKey', 'the key of a video')
  const videos = await snapshot.videos({ videoKeys: [videoKey] })
  if (videos.length > 0 || (await snapshot.streams({ videoKey, limit: 1 })).length > 0) return
  throw new ImmersionError('UNKNOWN_VIDEO', `there is no video ${videoKey}`, {
    hint: 'The question videos lists the keys.',
    details: { videoKey },
  })
}

export function unknownSession(sessionId: string): ImmersionError {
  return new ImmersionError('UNKNOWN_SESSION', `there is no session ${sessionId}`, {
    hint: 'The question sessions lists the ids.',
    details: { sessionId },
  })
}

export function refusal(field: string, allowed: string): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `${field} is not as it has to be; allowed is ${allowed}`, {
    details: { field },
  })
}
