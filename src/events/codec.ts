// Events as they are stored: the payload as superjson text below its cap, the measures counted and in order, the checksum
// made. The worker encodes, and every reader of a payload decodes it here, in its type's current version. The stored text
// is never rewritten: an old version is upcast on each reading.

import superjson from 'superjson'
import { checksumOf } from './checksum.js'
import { countedMeasures } from './counting.js'
import { ImmersionError } from './errors.js'
import { entryOfType, type Payload } from './event-types.js'
import { canonicalMeasures } from './measures.js'
import { isPlainObject } from './plain-data.js'
import { fitsBytes } from './text.js'
import { encodeTruncated, payloadMaxBytes, splitIdentifiers } from './truncation.js'
import type { NewEvent, TrackingEvent } from './types.js'

export interface EncodedEvent {
  /** The event in the form in which it is stored. */
  readonly event: NewEvent
  /** Identifiers that did not fit, as further events without measures, each of which fits. Usually empty. */
  readonly overflow: readonly TrackingEvent[]
}

/** The event as it will be stored. Never refuses a validated one. `payloadText`: its shortPayloadText, where known. */
export function encodeEvent(tracked: TrackingEvent, version: number, payloadText?: string | undefined): EncodedEvent {
  const [event = tracked, ...overflow] = splitIdentifiers(tracked)
  const content = {
    streamId: event.streamId,
    version,
    type: event.type,
    payloadVersion: payloadVersionOf(event.type),
    occurredAtMs: event.occurredAtMs,
    utcOffsetMin: event.utcOffsetMin,
    measures: canonicalMeasures(countedMeasures(event)),
    payload: payloadText ?? encodePayload(event),
    checksum: 0,
  }
  content.checksum = checksumOf(content)
  return { event: content, overflow }
}

/** The payload in its type's current version. STORAGE_CORRUPT for a text that was never written by encodeEvent. */
export function decodePayload(type: string, payloadVersion: number, text: string | null): Payload {
  if (payloadVersion > payloadVersionOf(type)) {
    throw new ImmersionError(
      'STORAGE_CORRUPT',
      `payloadVersion of ${type} is ${payloadVersion}; this program knows 1 to ${payloadVersionOf(type)}`,
      { hint: 'A newer version of immersion-log wrote it: update this program.', details: { type, payloadVersion } },
    )
  }
  return upcastPayload(type, payloadVersion, text === null ? null : parsePayload(text))
}

/** The version in which payloads of a type are written now: 1 without upcasts, open types included. */
export function payloadVersionOf(type: string): number {
  return (entryOfType(type)?.upcasts?.length ?? 0) + 1
}

/** A payload of version `payloadVersion` (1 to the current one) in the current version. */
export function upcastPayload(type: string, payloadVersion: number, payload: Payload): Payload {
  const steps = entryOfType(type)?.upcasts?.slice(payloadVersion - 1) ?? []
  return steps.reduce((current, step) => step(current), payload)
}

/** The stored text of a payload that needs no superjson and is below its cap; undefined for any other payload. */
export function shortPayloadText({ type, payload }: TrackingEvent): string | undefined {
  if (payload === null || !isPlainJson(payload, [])) return undefined
  const maxBytes = payloadMaxBytes(type)
  if (isLonger(payload.text, maxBytes)) return undefined
  const text = JSON.stringify({ json: payload })
  return fitsBytes(text, maxBytes) ? text : undefined
}

/** superjson's text of a payload, by a shorter way where nothing in it needs superjson. */
export function stringifyPayload(payload: Readonly<Record<string, unknown>>): string {
  return isPlainJson(payload, []) ? JSON.stringify({ json: payload }) : superjson.stringify(payload)
}

function encodePayload(event: TrackingEvent): string | null {
  const { payload } = event
  if (payload === null) return null
  const maxBytes = payloadMaxBytes(event.type)
  if (isLonger(payload.text, maxBytes)) return encodeTruncated(event, payload, stringifyPayload)
  const text = stringifyPayload(payload)
  return fitsBytes(text, maxBytes) ? text : encodeTruncated(event, payload, stringifyPayload)
}

/** A text that is too long by itself is not encoded first, because it may be an entire book. */
function isLonger(text: unknown, maxBytes: number): boolean {
  return typeof text === 'string' && text.length > maxBytes
}

/** More objects than this in one payload are left to superjson, so that the search for repeated ones stays short. */
const PLAIN_OBJECTS_MAX = 32

/** Whether superjson would write the same as JSON. It notes where an object stands twice, so each may stand once. */
function isPlainJson(value: unknown, seen: object[]): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value) && (value !== 0 || 1 / value > 0)
  if (typeof value !== 'object') return false
  if (seen.length >= PLAIN_OBJECTS_MAX || seen.includes(value)) return false
  seen.push(value)
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlainJson(value[index], seen)) return false
    return true
  }
  if (!isPlainObject(value)) return false
  for (const key in value) {
    // superjson refuses these three; the validation did so before.
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') return false
    if (!isPlainJson(value[key], seen)) return false
  }
  return true
}

function parsePayload(text: string): Payload {
  try {
    const parsed: unknown = JSON.parse(text)
    if (!isPlainObject(parsed)) throw new SyntaxError('not an object')
    // Checked by its shape: a text of superjson has `json`, and `meta` only where JSON is not enough.
    const payload: unknown =
      parsed.meta === undefined ? parsed.json : superjson.deserialize(parsed as unknown as SuperJsonResult)
    if (!isPlainObject(payload)) throw new SyntaxError('its payload is not an object')
    return payload
  } catch (cause) {
    throw new ImmersionError('STORAGE_CORRUPT', `a payload cannot be read: ${text.slice(0, 100)}`, {
      hint: 'Run `immersion verify`: it names every damaged event.',
      cause,
    })
  }
}

type SuperJsonResult = Parameters<typeof superjson.deserialize>[0]
