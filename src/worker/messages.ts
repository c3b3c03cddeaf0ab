// What crosses between the caller's thread and a worker: requests and answers by id, and batches of events. A batch goes
// as one flat array of primitives, which structured clone copies several times faster than objects; only payloads that
// hold more than primitives go as they are. docs/benchmarks.md has the figures.

import type { ErrorShape } from '../events/errors.js'
import { MEASURE_INDEX, MEASURE_NAMES, type MeasureName } from '../events/measures.js'
import type { EventType, TrackingEvent } from '../events/types.js'
import type { VersionedEvent } from '../pipeline/diagnostics.js'
import type { ProfileSettings } from '../ports/event-log.js'

/** Methods of LogEngine that are called across the boundary, and `appendTracked` for batches. */
export type EngineMethod =
  | 'appendTracked'
  | 'append'
  | 'analyze'
  | 'events'
  | 'exportPage'
  | 'rebuild'
  | 'verify'
  | 'settings'
  | 'configure'
  | 'stats'
  | 'profiles'
  | 'deleteProfile'
  | 'close'

export interface Request {
  readonly id: number
  readonly method: EngineMethod
  readonly args: readonly unknown[]
}

/** From the worker. `opened` or `open-failed` comes first, once; then answers, in any order. */
export type Reply =
  | { readonly kind: 'opened'; readonly sharedBetweenThreads: boolean; readonly settings: ProfileSettings }
  | { readonly kind: 'open-failed'; readonly error: ErrorShape }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorShape }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }

export type FlatBatch = readonly unknown[]

/**
 * Streams first (their count, then their ids), then for each event: the stream's index, version, type, time, offset,
 * countIn or null, its measures (their count, then index and value of each), its payload (see encodePayload).
 */
export function encodeBatch(events: readonly VersionedEvent[]): FlatBatch {
  const streams = new Map<string, number>()
  for (const { event } of events) if (!streams.has(event.streamId)) streams.set(event.streamId, streams.size)
  const flat: unknown[] = [streams.size, ...streams.keys()]
  for (const { event, version } of events) {
    flat.push(streams.get(event.streamId), version, event.type, event.occurredAtMs, event.utcOffsetMin)
    flat.push(event.countIn ?? null)
    encodeMeasures(flat, event)
    encodePayload(flat, event.payload)
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

/** No payload, or one that goes as it is. */
const NO_PAYLOAD = -1
const WHOLE_PAYLOAD = -2

/** NO_PAYLOAD; or the count of its fields, then name and value of each; or WHOLE_PAYLOAD and the object. */
function encodePayload(flat: unknown[], payload: TrackingEvent['payload']): void {
  if (payload === null) {
    flat.push(NO_PAYLOAD)
    return
  }
  if (!isFlat(payload)) {
    flat.push(WHOLE_PAYLOAD, payload)
    return
  }
  const names = Object.keys(payload)
  flat.push(names.length)
  for (const name of names) flat.push(name, payload[name])
}

function isFlat(payload: Readonly<Record<string, unknown>>): boolean {
  for (const name in payload) {
    const value = payload[name]
    if ((typeof value === 'object' && value !== null) || name === '__proto__') return false
  }
  return true
}

export function decodeBatch(flat: FlatBatch): readonly VersionedEvent[] {
  const streamCount = flat[0] as number
  const events: VersionedEvent[] = []
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
    const payloadForm = flat[at++] as number
    let payload: Record<string, unknown> | null = null
    if (payloadForm === WHOLE_PAYLOAD) {
      payload = flat[at++] as Record<string, unknown>
    } else if (payloadForm !== NO_PAYLOAD) {
      payload = {}
      for (const end = at + 2 * payloadForm; at < end; at += 2) payload[flat[at] as string] = flat[at + 1]
    }
    const event = { streamId, type, occurredAtMs, utcOffsetMin, measures, payload }
    events.push({ event: countIn === null ? event : { ...event, countIn }, version })
  }
  return events
}
