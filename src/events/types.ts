// What happened, as types: the event as the tracker makes it, as it is written, and as it is stored. A type's payload
// holds only what is not a measure. Everything that is stored is one of these; src/events/codec.ts turns payloads into
// text and back.

import type { SparseMeasures } from './measures.js'

/** Metadata of a video. Any part may become known late; later facts win field by field. */
export interface VideoFacts {
  readonly title?: string
  readonly series?: string
  readonly season?: number
  readonly episode?: number
  /** Where it comes from. */
  readonly sourceType?: 'local' | 'remote'
  readonly path?: string
  readonly url?: string
  readonly durationMs?: number
  readonly fileSizeBytes?: number
  readonly codec?: string
  readonly container?: string
  readonly widthPx?: number
  readonly heightPx?: number
  /** Frames a second × 100, so that 23.976 is 2398. */
  readonly fpsX100?: number
  readonly bitrateKbps?: number
  readonly audioCodec?: string
  /** Lower-case hexadecimal. */
  readonly hashSha256?: string
  readonly screenshotPath?: string
  /** Anything else that is plain: strings, numbers, booleans, arrays and objects of them. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface SessionFacts {
  /** Language of the learner's interface, BCP 47. */
  readonly locale?: string
  /** Language that is learned, BCP 47; `und` where unknown. It decides how words are counted and is part of every row's key. */
  readonly targetLanguage?: string
  readonly difficultyTier?: string
  readonly subtitleMode?: string
}

/** What the doors and the codec did to a payload's free text; see docs/reference/events.md. */
export interface TextMarks {
  /** Something was cut, or left out, to stay below the cap. */
  readonly truncated?: true
  /** NUL or lone surrogates became U+FFFD. */
  readonly mended?: true
}

/**
 * Payloads by type, in their current version; the codec may add TextMarks to each that holds free text. `null`
 * where the type and its measures say everything.
 */
export interface EventPayloads {
  // Facts: kept for ever.
  'session.started': SessionFacts & {
    readonly videoKey: string /** The key before it was hashed for its length. */
    readonly originalVideoKey?: string
  }
  'session.described': SessionFacts
  'session.ended': { readonly reason: EndReason }
  'video.described': VideoFacts
  // Facts that the learner states afterwards, each in a stream of its own.
  'session.adjusted': {
    /** The session, or else a video and a date. */
    readonly targetStreamId?: string
    readonly videoKey?: string
    /** `YYYY-MM-DD`. */
    readonly date?: string
    /** The moment in whose quarter hour the measures count, epoch milliseconds; utcOffsetMin is that of this moment. */
    readonly countedAtMs: number
    readonly targetLanguage?: string
  }
  'stream.discarded': { readonly targetStreamId: string }
  'stream.restored': { readonly targetStreamId: string }
  'stream.erased': { readonly targetStreamId: string }
  'video.renamed': { readonly videoKey: string } & Pick<VideoFacts, 'title' | 'series' | 'season' | 'episode'>
  'video.merged': { readonly videoKey: string; readonly intoVideoKey: string }
  // Detail: kept for days.
  'subtitle.shown': {
    readonly text?: string
    readonly startMs?: number
    readonly endMs?: number
    /** Who counted `tokens`. */
    readonly tokenizer?: string
  } | null
  'lookup.performed': { readonly term?: string; readonly dictionary?: string } | null
  'card.mined': { readonly noteIds?: readonly number[] } | null
  'playback.paused': { readonly positionMs?: number } | null
  'playback.resumed': { readonly positionMs?: number } | null
  'playback.seeked': { readonly fromMs?: number; readonly toMs?: number } | null
  'playback.buffered': { readonly positionMs?: number } | null
  // Telemetry: kept for weeks.
  'telemetry.sampled': {
    readonly positionMs?: number /** Detail events that overflow summed up here. */
    readonly shed?: number
  } | null
}

export type EndReason = 'finished' | 'stopped' | 'replaced' | 'closed' | 'silent' | 'error'

export type BuiltInType = keyof EventPayloads
/** Types that other programs write, under `x.`; they may carry measures too. */
export type OpenType = `x.${string}`
export type EventType = BuiltInType | OpenType

export type EventClass = 'fact' | 'detail' | 'telemetry'

/** What a learner states about streams and videos that are there: corrections, which can be undone but for an erasure. */
export const CORRECTION_TYPES = [
  'session.adjusted',
  'stream.discarded',
  'stream.restored',
  'stream.erased',
  'video.renamed',
  'video.merged',
] as const satisfies readonly BuiltInType[]

export type CorrectionType = (typeof CORRECTION_TYPES)[number]

const COMMANDS: ReadonlySet<string> = new Set(CORRECTION_TYPES)
const FACTS: ReadonlySet<string> = new Set<BuiltInType>([
  'session.started',
  'session.described',
  'session.ended',
  'video.described',
  ...CORRECTION_TYPES,
])
const DETAIL: ReadonlySet<string> = new Set<BuiltInType>([
  'subtitle.shown',
  'lookup.performed',
  'card.mined',
  'playback.paused',
  'playback.resumed',
  'playback.seeked',
  'playback.buffered',
])

export function isBuiltInType(type: string): type is BuiltInType {
  return FACTS.has(type) || DETAIL.has(type) || type === 'telemetry.sampled'
}

export function isCorrectionType(type: string): type is CorrectionType {
  return COMMANDS.has(type)
}

/** How long an event is worth keeping, and whether overflow may shed it. Open types are detail. */
export function eventClass(type: EventType): EventClass {
  if (FACTS.has(type)) return 'fact'
  return type === 'telemetry.sampled' ? 'telemetry' : 'detail'
}

/** What an id of a stream looks like. */
export const STREAM_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Until the year 6429: quarter hours stay below 2^31, and a time in microseconds or nanoseconds is refused. */
export const OCCURRED_AT_MAX_MS = 2 ** 47

/** An event as the tracker makes it: no version yet, payload still an object. */
export interface TrackingEvent {
  /** UUID, lower case. */
  readonly streamId: string
  readonly type: EventType
  /** Epoch milliseconds UTC. */
  readonly occurredAtMs: number
  /** Minutes east of UTC of the learner's clock at that moment, a multiple of 15, −1080 to 1080. */
  readonly utcOffsetMin: number
  readonly measures: SparseMeasures
  readonly payload: Readonly<Record<string, unknown>> | null
  /**
   * Set on a line whose chars and words nobody has counted yet: they are counted from payload.text in this language when
   * the payload is encoded, on the worker thread (or at once, where overflow sheds the line).
   */
  readonly countIn?: string
}

/**
 * An event in the form in which it is stored, compared, exported and replicated, before the store gave it a position.
 * Its content, which the checksum covers, is everything in here but the checksum.
 */
export interface NewEvent {
  readonly streamId: string
  /** 1-based place in the stream. */
  readonly version: number
  readonly type: EventType
  readonly payloadVersion: number
  readonly occurredAtMs: number
  readonly utcOffsetMin: number
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
export interface VersionedEvent {
  readonly event: TrackingEvent
  readonly version: number
}
