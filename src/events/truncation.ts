// The cap on payloads. No event is refused for its size: free text is cut first and marked, identifiers continue in further
// events, and a payload of unknown shape is replaced by its mark. Measures are not part of the payload and always stay.
// codec.ts calls this only for payloads that are above the cap.

import { BACKEND_DEFAULTS } from './defaults.js'
import { entryOfType } from './event-types.js'
import { headOf } from './text.js'
import { type EventType, eventClass, type TrackingEvent } from './types.js'

type Payload = Readonly<Record<string, unknown>>
type Encode = (payload: Payload) => string

/** Bytes of UTF-8 that an encoded payload of this type may have. */
export function payloadMaxBytes(type: EventType): number {
  return eventClass(type) === 'fact' ? BACKEND_DEFAULTS.factPayloadMaxBytes : BACKEND_DEFAULTS.payloadMaxBytes
}

/** The text of a payload that is too long, cut to the type's cap and marked. */
export function encodeTruncated(event: TrackingEvent, payload: Payload, encode: Encode): string {
  const maxBytes = payloadMaxBytes(event.type)
  const order = entryOfType(event.type)?.cut ?? []
  let left = mark(payload, order, maxBytes)
  let text = encode(left)
  if (Buffer.byteLength(text) <= maxBytes) return text
  if (left.metadata !== undefined) {
    left = { ...left, metadata: { truncated: true } }
    text = encode(left)
  }
  for (const field of order) {
    if (Buffer.byteLength(text) <= maxBytes) return text
    left = withCut(left, field, maxBytes, encode)
    text = encode(left)
  }
  // Open payloads have no field that is known to be free text.
  return Buffer.byteLength(text) <= maxBytes ? text : encode({ truncated: true })
}

/** Marks, and removes at once the part that cannot fit anyway, so that no megabyte is encoded only to be cut. */
function mark(payload: Payload, order: readonly string[], maxBytes: number): Payload {
  const left: Record<string, unknown> = { ...payload, truncated: true }
  for (const field of order) {
    const value = left[field]
    if (typeof value === 'string') left[field] = headOf(value, maxBytes)
  }
  return left
}

/** One free text as short as needed; without the field, where the rest leaves no room for any of it. */
function withCut(payload: Payload, field: string, maxBytes: number, encode: Encode): Payload {
  const value = payload[field]
  if (typeof value !== 'string') return payload
  const { [field]: _cut, ...rest } = payload
  const syntaxBytes = `,"${field}":""`.length
  const cut = headOfJsonBytes(value, maxBytes - Buffer.byteLength(encode(rest)) - syntaxBytes)
  return cut === '' ? rest : { ...payload, [field]: cut }
}

/** The longest start of a text, in complete code points, that takes at most this many bytes inside JSON quotes. */
function headOfJsonBytes(text: string, maxBytes: number): string {
  let head = headOf(text, Math.max(0, maxBytes))
  for (;;) {
    const excess = head === '' ? 0 : Buffer.byteLength(JSON.stringify(head)) - 2 - maxBytes
    if (excess <= 0) return head
    // JSON writes a code unit in at most six bytes, so at least so many have to go.
    head = headOf(head, head.length - Math.ceil(excess / 6))
  }
}

/** The 16 digits of the greatest safe integer and a comma. */
const NOTE_ID_MAX_BYTES = 17
/** `{"json":{"noteIds":[` and its ends, with room for both marks. */
const NOTE_IDS_SYNTAX_BYTES = 64
/** So many ids always fit. */
const NOTE_IDS_ALWAYS_FIT = Math.floor((256 - NOTE_IDS_SYNTAX_BYTES) / NOTE_ID_MAX_BYTES)

/**
 * The event as one or more whose identifiers all fit: the first carries the measures, the further ones (`overflow`) only
 * note ids. Any other event is answered alone and unchanged. Call this before versions are assigned, so that each part gets
 * its own.
 */
export function splitIdentifiers(event: TrackingEvent): readonly TrackingEvent[] {
  const ids = event.payload?.noteIds
  if (!Array.isArray(ids) || ids.length <= NOTE_IDS_ALWAYS_FIT || event.type !== 'card.mined') return [event]
  const room = payloadMaxBytes(event.type) - NOTE_IDS_SYNTAX_BYTES
  return chunksOf(ids, room).map((noteIds, part) =>
    part === 0
      ? { ...event, payload: { ...event.payload, noteIds } }
      : { ...event, measures: {}, payload: { noteIds } },
  )
}

function chunksOf(ids: readonly unknown[], maxBytes: number): readonly unknown[][] {
  const chunks: unknown[][] = []
  let bytes = maxBytes
  for (const id of ids) {
    const idBytes = String(id).length + 1
    if (bytes + idBytes > maxBytes) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)?.push(id)
    bytes += idBytes
  }
  return chunks
}
