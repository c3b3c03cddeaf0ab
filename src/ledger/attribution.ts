// For which session, video and language the entries of a stream count. The only place that decides it: live appends,
// rebuild, verify and analytics all ask here. A session's follows from its own facts and the learner's corrections; that
// of an adjustment from the session, or the video, that it adjusts.

import type { StreamRow } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'
import { countedMoment, parseFacts, type StreamFacts, sessionOfFacts } from './facts.js'
import { correctionOfStream, type StandingCorrections, standingCorrectionsOf } from './standing-corrections.js'

export const UNKNOWN_LANGUAGE = 'und'

/** Of a session's row. */
export function attribute(
  row: Pick<StreamRow, 'streamId' | 'facts'>,
  corrections: StandingCorrections,
): Attribution | null {
  return attributionOf(row.streamId, parseFacts(row.facts), corrections)
}

/** Of a session: null while it has no start, and where it was discarded or erased: then it counts nowhere, until that changes. */
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

/** What a stream is, of what attribution follows from. */
export interface AttributedStream {
  readonly row: Pick<StreamRow, 'stream' | 'streamId'>
  readonly facts: StreamFacts
}

/** Of all streams of a profile, by number: adjustments among them, for which their targets must be there. */
export function attributeAll(
  streams: readonly AttributedStream[],
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

/** Of what counts for a video on a date and for no session. */
export const NO_SESSION = ''

/** Whether the stream is a learner's correction: then other streams' attribution may change with it. */
export function isCorrectionStream(stream: AttributedStream): boolean {
  return correctionOfStream(stream) !== null
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
