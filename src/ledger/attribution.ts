// For which session, video and language the entries of a stream count. The only place that decides it: live appends,
// rebuild, verify and analytics all ask here. Today a stream's own facts say all; what a learner says later about a
// session (discarded, its language corrected, its video merged) would come in as a further argument.

import type { StreamRow } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'
import { parseFacts, type StreamFacts, sessionOfFacts } from './facts.js'

export const UNKNOWN_LANGUAGE = 'und'

/** Null while the stream has no start: then it counts nowhere, until that comes. */
export function attribute(row: Pick<StreamRow, 'streamId' | 'facts'>): Attribution | null {
  return attributionOf(row.streamId, parseFacts(row.facts))
}

export function attributionOf(streamId: string, facts: StreamFacts): Attribution | null {
  const session = sessionOfFacts(facts)
  if (session === null) return null
  const language = session.session.targetLanguage
  return {
    sessionId: streamId,
    startedAtMs: session.startedAtMs,
    videoKey: session.videoKey,
    language: language === undefined || language === '' ? UNKNOWN_LANGUAGE : language,
  }
}

export function sameAttribution(left: Attribution | null, right: Attribution | null): boolean {
  if (left === right) return true
  if (left === null || right === null) return false
  return (
    left.sessionId === right.sessionId &&
    left.startedAtMs === right.startedAtMs &&
    left.videoKey === right.videoKey &&
    left.language === right.language
  )
}
