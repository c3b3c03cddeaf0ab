// The events of one session as they go to admission: its stream, the offset of the learner's clock, measures, payload.
// Called by session.ts with arguments that are checked; only texts that are not storable as they are still go through
// the door of events here, which mends and marks them. Measures that are always the same are shared, not made anew.

import type { SparseMeasures } from '../events/measures.js'
import type { EventType, TrackingEvent } from '../events/types.js'
import { checkTrackingEvent } from '../events/validation.js'
import type { AdmissionAnswer, SubtitleLine } from '../ports/tracker-types.js'
import { isStorable } from './call-checks.js'
import type { Heartbeat } from './watch-clock.js'

type Payload = Readonly<Record<string, unknown>> | null

export const NOTHING: SparseMeasures = Object.freeze({})
export const ONE_SESSION: SparseMeasures = Object.freeze({ sessions: 1 })
export const ONE_PAUSE: SparseMeasures = Object.freeze({ pauses: 1 })
export const ONE_BUFFER: SparseMeasures = Object.freeze({ buffers: 1 })
export const ONE_SEEK_FORWARD: SparseMeasures = Object.freeze({ seeksForward: 1 })
export const ONE_SEEK_BACKWARD: SparseMeasures = Object.freeze({ seeksBackward: 1 })
const ONE_LOOKUP: SparseMeasures = Object.freeze({ lookups: 1 })
const ONE_HIT: SparseMeasures = Object.freeze({ lookups: 1, lookupHits: 1 })

export interface SessionEvents {
  /** Whether it was admitted. */
  send(type: EventType, occurredAtMs: number, measures: SparseMeasures, payload: Payload): boolean
  /** The same through the door of events: for types and payloads of other programs. */
  sendChecked(type: EventType, occurredAtMs: number, measures: SparseMeasures, payload: Payload): void
  line(
    line: SubtitleLine,
    startMs: number | undefined,
    endMs: number | undefined,
    nowMs: number,
    language: string,
  ): void
  lookup(nowMs: number, hit: boolean, term: string | undefined, dictionary: string | undefined): void
  heartbeat(heartbeat: Heartbeat, positionMs: number | null): void
}

export function createSessionEvents(
  streamId: string,
  utcOffsetMin: (epochMs: number) => number,
  sink: (event: TrackingEvent) => AdmissionAnswer,
): SessionEvents {
  function eventOf(
    type: EventType,
    occurredAtMs: number,
    measures: SparseMeasures,
    payload: Payload,
    countIn?: string,
  ): TrackingEvent {
    const offsetMin = utcOffsetMin(occurredAtMs)
    // Two literals, because adding a field to a finished object costs as much as all of it.
    return countIn === undefined
      ? { streamId, type, occurredAtMs, utcOffsetMin: offsetMin, measures, payload }
      : { streamId, type, occurredAtMs, utcOffsetMin: offsetMin, measures, payload, countIn }
  }

  function sendTexts(event: TrackingEvent, first: string | undefined, second: string | undefined): void {
    sink(isStorable(first) && isStorable(second) ? event : checkTrackingEvent(event))
  }

  return {
    send: (type, occurredAtMs, measures, payload) =>
      sink(eventOf(type, occurredAtMs, measures, payload)) === 'admitted',
    sendChecked(type, occurredAtMs, measures, payload) {
      const event = checkTrackingEvent(eventOf(type, occurredAtMs, measures, payload))
      // A copy: what the host changes in it afterwards changes nothing here.
      sink(structuredClone(event))
    },
    line(line, startMs, endMs, nowMs, language) {
      const { text, chars, words, tokens, tokenizer } = line
      const measures: { lines: number; chars?: number; words?: number; tokens?: number } = { lines: 1 }
      if (chars !== undefined) measures.chars = chars
      if (words !== undefined) measures.words = words
      if (tokens !== undefined) measures.tokens = tokens
      const payload: { text: string; startMs?: number; endMs?: number; tokenizer?: string } = { text }
      if (startMs !== undefined) payload.startMs = startMs
      if (endMs !== undefined) payload.endMs = endMs
      if (tokenizer !== undefined) payload.tokenizer = tokenizer
      const counted = chars !== undefined && words !== undefined
      sendTexts(eventOf('subtitle.shown', nowMs, measures, payload, counted ? undefined : language), text, tokenizer)
    },
    lookup(nowMs, hit, term, dictionary) {
      let payload: { term?: string; dictionary?: string } | null = null
      if (term !== undefined) payload = { term }
      if (dictionary !== undefined) payload = { ...payload, dictionary }
      sendTexts(eventOf('lookup.performed', nowMs, hit ? ONE_HIT : ONE_LOOKUP, payload), term, dictionary)
    },
    heartbeat({ startMs, utcOffsetMin: offsetMin, watchedMs, activeMs, pausedMs }, positionMs) {
      const measures: { watchedMs: number; activeMs?: number; pausedMs?: number } = { watchedMs }
      if (activeMs > 0) measures.activeMs = activeMs
      if (pausedMs > 0) measures.pausedMs = pausedMs
      sink({
        streamId,
        type: 'telemetry.sampled',
        occurredAtMs: startMs,
        // The one it was counted under: in the next quarter hour it may be another.
        utcOffsetMin: offsetMin,
        measures,
        payload: positionMs === null ? null : { positionMs: Math.round(positionMs) },
      })
    },
  }
}
