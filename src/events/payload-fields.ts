// Lookups over the payload fields of event-types.ts: the kind of each field (payload-check.ts checks it) and the order in
// which free text is cut when a payload is too long (truncation.ts cuts it). A field that is not in the table is refused.

import { BACKEND_DEFAULTS } from './defaults.js'
import { byType, entryOfType, type FieldKind } from './event-types.js'
import { type EventType, eventClass } from './types.js'

/** The marks on changed free text are fields of every payload. */
const MARKS = { truncated: 'mark', mended: 'mark' } as const
const NONE: readonly string[] = []

/** By type, and then by name. A Map, because names come from outside and `constructor` must find nothing. */
export const PAYLOAD_FIELDS: ReadonlyMap<string, ReadonlyMap<string, FieldKind>> = byType(
  ({ fields }) => new Map(Object.entries({ ...fields, ...MARKS })),
)

/** Without these fields the event is refused. */
export function requiredFields(type: EventType): readonly string[] {
  return entryOfType(type)?.required ?? NONE
}

/** Free text of this type in the order in which it is cut. */
export function cutOrder(type: EventType): readonly string[] {
  return entryOfType(type)?.cut ?? NONE
}

/** Bytes of UTF-8 that an encoded payload of this type may have. */
export function payloadMaxBytes(type: EventType): number {
  return eventClass(type) === 'fact' ? BACKEND_DEFAULTS.factPayloadMaxBytes : BACKEND_DEFAULTS.payloadMaxBytes
}
