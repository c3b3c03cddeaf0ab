// Attribution: whether a stream counts, and for which session, video and language. The only place that decides it; append,
// rebuild, verify and analytics all call it. A session's attribution follows from its own facts and the learner's
// corrections, an adjustment's from the session, or the video, that it adjusts.

import type { Attribution } from '../ports/projection.js'
import { countedMoment, type StreamFacts, type StreamWithFacts, sessionOfFacts } from './facts.js'
import { type StandingCorrections, standingCorrectionsOf } from './standing-corrections.js'

export const UNKNOWN_LANGUAGE = 'und'

/** The session of entries that count for a video on a date, and for no session. */
export const NO_SESSION = ''

/** Of a session. Null while it counts nowhere: without a start, discarded or erased. */
export function attributionOf(
  streamId: string,
  facts: StreamFacts,
  corrections: StandingCorrections,
): Attribution | null {
  const session = sessionOfFacts(facts)
  if (session === null || !corrections.isVisible(streamId)) return null
  return {
    sessionId: streamId,
    startedAtMs: session.startedAtMs,
    videoKey: corrections.keyOf(session.videoKey),
    language: corrections.languageOf(streamId) ?? languageOr(session.session.targetLanguage),
  }
}

/** Of all streams of a profile, by number. Adjustments are among them; the sessions that they adjust must be there. */
export function attributeAll(
  streams: readonly StreamWithFacts[],
  corrections = standingCorrectionsOf(streams),
): ReadonlyMap<number, Attribution> {
  const attributions = new Map<number, Attribution>()
  const sessions = new Map<string, Attribution>()
  for (const { row, facts } of streams) {
    const attribution = attributionOf(row.streamId, facts, corrections)
    if (attribution === null) continue
    attributions.set(row.stream, attribution)
    sessions.set(row.streamId, attribution)
  }
  for (const { streamId, stream, type, occurredAtMs, payload } of corrections.all) {
    if (type !== 'session.adjusted' || !corrections.isVisible(streamId)) continue
    const { targetStreamId, videoKey, targetLanguage } = payload
    const ofSession = typeof targetStreamId === 'string' ? sessions.get(targetStreamId) : undefined
    if (ofSession !== undefined) attributions.set(stream, ofSession)
    else if (typeof targetStreamId !== 'string' && typeof videoKey === 'string') {
      attributions.set(stream, {
        sessionId: NO_SESSION,
        startedAtMs: countedMoment(payload, occurredAtMs),
        videoKey: corrections.keyOf(videoKey),
        language: languageOr(targetLanguage),
      })
    }
  }
  return attributions
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

function languageOr(language: unknown): string {
  return typeof language !== 'string' || language === '' ? UNKNOWN_LANGUAGE : language
}
