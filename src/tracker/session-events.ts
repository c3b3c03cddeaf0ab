// Makes the events of one session and hands them to admission: its stream, the offset of the learner's clock, measures,
// payload. session.ts calls it with arguments that are checked. Only texts that cannot be stored unchanged go through
// the validation of events, which replaces the bad characters and marks the payload. Measures that never vary are shared objects.

import type { Payload } from '../events/event-types.js'
import type { SparseMeasures } from '../events/measures.js'
import type { EventType, TrackingEvent } from '../events/types.js'
import { checkTrackingEvent } from '../events/validation.js'
import type { AdmissionAnswer } from '../ports/tracker-types.js'
import { type CheckedLine, isStorable } from './call-checks.js'
import type { CheckedClock } from './checked-clock.js'
import type { Heartbeat } from './watch-clock.js'

export const NOTHING: SparseMeasures = Object.freeze({})

/** The measures of an event that counts one thing. */
export const ONE = {
  session: { sessions: 1 },
  pause: { pauses: 1 },
  buffer: { buffers: 1 },
  seekForward: { seeksForward: 1 },
  seekBackward: { seeksBackward: 1 },
  lookup: { lookups: 1 },
  lookupHit: { lookups: 1, lookupHits: 1 },
} as const satisfies Record<string, SparseMeasures>

export class SessionEvents {
  readonly #streamId: string
  readonly #clock: CheckedClock
  readonly #sink: (event: TrackingEvent) => AdmissionAnswer

  constructor(
    streamId: string,
    { clock, sink }: { clock: CheckedClock; sink: (event: TrackingEvent) => AdmissionAnswer },
  ) {
    this.#streamId = streamId
    this.#clock = clock
    this.#sink = sink
  }

  /** Answers whether the event was admitted. */
  send(type: EventType, occurredAtMs: number, measures: SparseMeasures, payload: Payload): boolean {
    return this.#sink(this.#eventOf(type, occurredAtMs, measures, payload)) === 'admitted'
  }

  /** The same with validation, for types and payloads of other programs. */
  sendChecked(type: EventType, occurredAtMs: number, measures: SparseMeasures, payload: Payload): void {
    this.#sink(checkTrackingEvent(this.#eventOf(type, occurredAtMs, measures, payload)))
  }

  line(line: CheckedLine, nowMs: number, language: string): void {
    const { text, startMs, endMs, chars, words, tokens, tokenizer } = line
    const measures: { lines: number; chars?: number; words?: number; tokens?: number } = { lines: 1 }
    if (chars !== undefined) measures.chars = chars
    if (words !== undefined) measures.words = words
    if (tokens !== undefined) measures.tokens = tokens
    const payload: { text: string; startMs?: number; endMs?: number; tokenizer?: string } = { text }
    if (startMs !== undefined) payload.startMs = startMs
    if (endMs !== undefined) payload.endMs = endMs
    if (tokenizer !== undefined) payload.tokenizer = tokenizer
    const countIn = chars !== undefined && words !== undefined ? undefined : language
    this.#sendTexts(this.#eventOf('subtitle.shown', nowMs, measures, payload, countIn), text, tokenizer)
  }

  lookup(nowMs: number, hit: boolean, term: string | undefined, dictionary: string | undefined): void {
    let payload: { term?: string; dictionary?: string } | null = null
    if (term !== undefined) payload = { term }
    if (dictionary !== undefined) payload = { ...payload, dictionary }
    this.#sendTexts(
      this.#eventOf('lookup.performed', nowMs, hit ? ONE.lookupHit : ONE.lookup, payload),
      term,
      dictionary,
    )
  }

  heartbeat({ startMs, utcOffsetMin, watchedMs, activeMs, pausedMs }: Heartbeat, positionMs: number | null): void {
    const measures: { watchedMs: number; activeMs?: number; pausedMs?: number } = { watchedMs }
    if (activeMs > 0) measures.activeMs = activeMs
    if (pausedMs > 0) measures.pausedMs = pausedMs
    this.#sink({
      streamId: this.#streamId,
      type: 'telemetry.sampled',
      occurredAtMs: startMs,
      // The offset that the time was counted with: in the next quarter hour it may be another.
      utcOffsetMin,
      measures,
      payload: positionMs === null ? null : { positionMs: Math.round(positionMs) },
    })
  }

  #eventOf(
    type: EventType,
    occurredAtMs: number,
    measures: SparseMeasures,
    payload: Payload,
    countIn?: string,
  ): TrackingEvent {
    const streamId = this.#streamId
    const utcOffsetMin = this.#clock.utcOffsetMin(occurredAtMs)
    // Two literals, because adding a field to a finished object costs as much as all of it.
    return countIn === undefined
      ? { streamId, type, occurredAtMs, utcOffsetMin, measures, payload }
      : { streamId, type, occurredAtMs, utcOffsetMin, measures, payload, countIn }
  }

  #sendTexts(event: TrackingEvent, first: string | undefined, second: string | undefined): void {
    this.#sink(isStorable(first) && isStorable(second) ? event : checkTrackingEvent(event))
  }
}
