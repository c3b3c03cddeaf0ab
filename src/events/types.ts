// Events as types: as the tracker makes them, as they are written, and as they are stored. What each built-in type carries
// is derived from the table in src/events/event-types.ts; src/events/codec.ts turns payloads into text and back.

import {
  byType,
  type EVENT_TYPES,
  type EventClass,
  entryOfType,
  type FieldValues,
  type Payload,
  type SESSION_FIELDS,
  type ValuesOf,
  type VIDEO_FIELDS,
} from './event-types.js'
import type { SparseMeasures } from './measures.js'

export type { EndReason, EventClass } from './event-types.js'

/** Metadata of a video. Any part may become known late; later facts win field by field. */
export type VideoFacts = ValuesOf<typeof VIDEO_FIELDS>

/** Facts of a session. Any part may become known late; later facts win field by field. */
export type SessionFacts = ValuesOf<typeof SESSION_FIELDS>

/** Marks on a payload whose free text the validation or the codec changed; see docs/reference/events.md. */
export interface TextMarks {
  /** Something was cut, or left out, to stay below the cap. */
  readonly truncated?: true
  /** NUL or lone surrogates became U+FFFD. */
  readonly mended?: true
}

type Table = typeof EVENT_TYPES

export type BuiltInType = keyof Table
/** Types that other programs write, under `x.`. They may carry measures too. */
export type OpenType = `x.${string}`
export type EventType = BuiltInType | OpenType

type PayloadOf<Entry extends Table[BuiltInType]> = ValuesOf<Entry['fields']> &
  (Entry extends { readonly required: readonly (infer Name)[] }
    ? { readonly [N in Name & keyof Entry['fields']]: FieldValues[Entry['fields'][N] & keyof FieldValues] }
    : unknown)

/**
 * Payloads by type, in their current version. The codec may add TextMarks to those that hold free text. Of detail and
 * telemetry, `null` says that the type and the measures are everything.
 */
export type EventPayloads = {
  readonly [T in BuiltInType]: Table[T]['class'] extends 'fact' ? PayloadOf<Table[T]> : PayloadOf<Table[T]> | null
}

/** A learner's act about existing streams and videos. All but an erasure can be undone. */
export type CorrectionType = {
  [T in BuiltInType]: Table[T] extends { readonly isCorrection: true } ? T : never
}[BuiltInType]

const CLASSES = byType((entry) => entry.class)

/** Whether this version of the program knows the type. */
export function isBuiltInType(type: string): type is BuiltInType {
  return CLASSES.has(type)
}

/** Whether an event of this type is one of the learner's corrections. */
export function isCorrectionType(type: string): type is CorrectionType {
  return entryOfType(type)?.isCorrection === true
}

/** How long an event is worth keeping, and whether overflow may shed it. Open types are detail. */
export function eventClass(type: EventType): EventClass {
  return CLASSES.get(type) ?? 'detail'
}

/** The form of a stream's id: a UUID in lower case. */
export const STREAM_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Until the year 6429: quarter hours stay below 2^31, and a time in microseconds or nanoseconds is refused. */
export const OCCURRED_AT_MAX_MS = 2 ** 47

/** An event as the tracker makes it: no version yet, payload still an object. */
export interface TrackingEvent {
  /** UUID, lower case. */
  readonly streamId: string
  /** What happened: a built-in type, or an open one under `x.`. */
  readonly type: EventType
  /** Epoch milliseconds UTC, 0 to 2^47. Of a heartbeat, the start of the time that it covers. */
  readonly occurredAtMs: number
  /** Minutes east of UTC of the learner's clock at that moment, a multiple of 15, −1080 to 1080. */
  readonly utcOffsetMin: number
  /** What the event counts; an absent measure is 0. */
  readonly measures: SparseMeasures
  /** The rest of what the event says, by the fields of its type; null where type and measures say everything. */
  readonly payload: Payload
  /** Set on a line whose chars and words nobody has counted yet: its text is counted in this language when it is encoded. */
  readonly countIn?: string
}

/** An event as it is stored, compared, exported and replicated. The checksum covers everything in here but itself. */
export interface NewEvent extends Omit<TrackingEvent, 'measures' | 'payload' | 'countIn'> {
  /** 1-based place in the stream. */
  readonly version: number
  /** The version of the type in which the payload is written, from 1. */
  readonly payloadVersion: number
  /** What the event counts, in the order of MEASURE_NAMES and without zeros. */
  readonly measures: SparseMeasures
  /** superjson text as first encoded, or null. */
  readonly payload: string | null
  /** 32-bit unsigned, see src/events/checksum.ts. */
  readonly checksum: number
}

export interface RecordedEvent extends NewEvent {
  /** 1-based place in the profile's log. */
  readonly position: number
}

/** An event that is cut into a batch: from here on it can be sent twice without harm. */
export interface VersionedEvent extends Pick<NewEvent, 'version'> {
  /** The event as the tracker made it. */
  readonly event: TrackingEvent
}
