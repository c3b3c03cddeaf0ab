// Events for the tests of the pipeline, of one shape each, with a sum of their measures by another route.

import type { SparseMeasures } from '../../src/events/measures.js'
import type { TrackingEvent } from '../../src/events/types.js'

export const START_MS = Date.UTC(2026, 2, 1, 10, 0)
export const QUARTER_MS = 15 * 60_000

export function streamId(number: number): string {
  return `01990000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

export function tracked(event: Partial<TrackingEvent> & Pick<TrackingEvent, 'type'>): TrackingEvent {
  return { streamId: streamId(1), occurredAtMs: START_MS, utcOffsetMin: 540, measures: {}, payload: null, ...event }
}

export function started(stream = 1): TrackingEvent {
  return tracked({
    type: 'session.started',
    streamId: streamId(stream),
    measures: { sessions: 1 },
    payload: { videoKey: `local:/video-${stream}.mkv`, targetLanguage: 'ja' },
  })
}

export function ended(stream = 1): TrackingEvent {
  return tracked({ type: 'session.ended', streamId: streamId(stream), payload: { reason: 'stopped' } })
}

export function line(
  text = 'これはペンです',
  measures: SparseMeasures = { lines: 1, chars: 7, words: 4 },
): TrackingEvent {
  return tracked({ type: 'subtitle.shown', measures, payload: { text } })
}

export function lookup(atMs = START_MS, stream = 1): TrackingEvent {
  return tracked({
    type: 'lookup.performed',
    streamId: streamId(stream),
    occurredAtMs: atMs,
    measures: { lookups: 1, lookupHits: 1 },
    payload: { term: '猫' },
  })
}

export function sumOf(events: readonly TrackingEvent[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { measures } of events) {
    for (const [name, value] of Object.entries(measures)) sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}
