// What crosses between the caller's thread and a worker: requests and answers by id, and batches of events. A batch goes
// as one flat array of primitives, which structured clone copies several times faster than objects; payloads go as the
// texts that will be stored, but for the few that take more than JSON. docs/reference/benchmarks.md has the figures.

import { decodePayload, payloadVersionOf, shortPayloadText } from '../events/codec.js'
import type { ErrorShape } from '../events/errors.js'
import { MEASURE_INDEX, MEASURE_NAMES, type MeasureName } from '../events/measures.js'
import type { EventType, TrackingEvent, VersionedEvent } from '../events/types.js'
import type { EngineMethod, SentEvent } from '../ports/log-engine.js'
import type { OpenedSettings } from '../ports/profile-settings.js'
import type { PassProgress } from '../ports/report-types.js'

/** A call of one of the engine's methods, as it crosses: with the method's arguments, but for a batch, which is flat. */
export interface Call {
  readonly method: EngineMethod
  readonly args: readonly unknown[]
}

/** The end. `atOnce` does not wait for the writes that were sent before it. */
export interface Close {
  readonly method: 'close'
  readonly atOnce: boolean
}

/** To the worker. */
export type Request = (Call | Close) & { readonly id: number }

/** From the worker. `opened` or `open-failed` comes first, once; then answers, in any order. */
export type Reply =
  | { readonly kind: 'opened'; readonly sharedBetweenThreads: boolean; readonly settings: OpenedSettings }
  | { readonly kind: 'open-failed'; readonly error: ErrorShape }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorShape }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: PassProgress }

export type FlatBatch = readonly unknown[]

/**
 * Streams first (their count, then their ids), then for each event: the stream's index, version, type, time, offset,
 * countIn or null, its measures (their count, then index and value of each), its payload.
 */
export function encodeBatch(events: readonly VersionedEvent[]): FlatBatch {
  const streams = new Map<string, number>()
  for (const { event } of events) if (!streams.has(event.streamId)) streams.set(event.streamId, streams.size)
  const flat: unknown[] = [streams.size, ...streams.keys()]
  for (const { event, version } of events) {
    flat.push(streams.get(event.streamId), version, event.type, event.occurredAtMs, event.utcOffsetMin)
    flat.push(event.countIn ?? null)
    encodeMeasures(flat, event)
    // The payload as the text that will be stored, where the caller's thread makes that as fast as a copy; else as it is.
    flat.push(shortPayloadText(event) ?? event.payload)
  }
  return flat
}

function encodeMeasures(flat: unknown[], event: TrackingEvent): void {
  const countAt = flat.push(0) - 1
  let count = 0
  for (const name in event.measures) {
    const value = event.measures[name as MeasureName]
    if (value === undefined) continue
    flat.push(MEASURE_INDEX[name as MeasureName], value)
    count += 1
  }
  flat[countAt] = count
}

export function decodeBatch(flat: FlatBatch): readonly SentEvent[] {
  const streamCount = flat[0] as number
  const events: SentEvent[] = []
  let at = 1 + streamCount
  while (at < flat.length) {
    const streamId = flat[1 + (flat[at] as number)] as string
    const version = flat[at + 1] as number
    const type = flat[at + 2] as EventType
    const occurredAtMs = flat[at + 3] as number
    const utcOffsetMin = flat[at + 4] as number
    const countIn = flat[at + 5] as string | null
    const measures: Partial<Record<MeasureName, number>> = {}
    const measureCount = flat[at + 6] as number
    at += 7
    for (const end = at + 2 * measureCount; at < end; at += 2) {
      measures[MEASURE_NAMES[flat[at] as number] as MeasureName] = flat[at + 1] as number
    }
    const sent = flat[at++] as string | TrackingEvent['payload']
    const payload = typeof sent === 'string' ? payloadToCount(type, sent, countIn) : sent
    const event = { streamId, type, occurredAtMs, utcOffsetMin, measures, payload }
    events.push({
      event: countIn === null ? event : { ...event, countIn },
      version,
      payloadText: typeof sent === 'string' ? sent : undefined,
    })
  }
  return events
}

/** Only a line that is still to be counted is taken apart again. */
function payloadToCount(type: EventType, text: string, countIn: string | null): TrackingEvent['payload'] {
  return countIn === null ? null : decodePayload(type, payloadVersionOf(type), text)
}
