// The table of the built-in event types. It describes each type completely: how long its events are kept, the fields of
// its payload, its measures and the columns that hold them, and the moment that it reaches. The types of payloads, the
// validation, the truncation, the stored layout and the versions of payloads are all derived from it, so a new type is
// one entry here. What describes stored events is frozen: `columns` and `always` keep the meaning of existing rows.

import type { MeasureName } from './measures.js'

/** How long an event is worth keeping: facts forever, detail for days, telemetry for weeks. */
export type EventClass = 'fact' | 'detail' | 'telemetry'

/** Why a session ended. */
export const END_REASONS = ['finished', 'stopped', 'replaced', 'closed', 'silent', 'error'] as const

export type EndReason = (typeof END_REASONS)[number]

/** The kinds of payload fields, with the values that each of them holds. payload-check.ts checks them. */
export interface FieldValues {
  /** Free text: characters that cannot be stored are replaced, and it is cut where the payload is too long. */
  text: string
  videoKey: string
  /** A BCP 47 tag. */
  language: string
  /** Milliseconds within the video. Negative where a subtitle delay moves a cue before the start. */
  moment: number
  /** An integer of 0 or more. */
  count: number
  /** A number of 0 or more, with a fraction where needed: episode 12.5 exists. */
  number: number
  noteIds: readonly number[]
  /** 64 lower-case hexadecimal digits. */
  sha256: string
  /** A UUID in lower case. */
  streamId: string
  /** `YYYY-MM-DD`. */
  date: string
  /** A time with the range of `occurredAtMs`. */
  epochMs: number
  sourceType: 'local' | 'remote'
  endReason: EndReason
  /** Plain values of any shape. */
  metadata: Readonly<Record<string, unknown>>
  mark: true
}

export type FieldKind = keyof FieldValues

export type Fields = Readonly<Record<string, FieldKind>>

/** The values of some fields, all of them optional. */
export type ValuesOf<F extends Fields> = { readonly [Name in keyof F]?: FieldValues[F[Name]] }

/** A payload as the codec and the validation handle it. */
export type Payload = Readonly<Record<string, unknown>> | null

/** Turns a payload of one version into the next version. Pure. */
export type Upcast = (payload: Payload) => Payload

export interface EventTypeEntry {
  readonly class: EventClass
  /** Whether a learner states it afterwards, in a stream of its own. */
  readonly isCorrection?: true
  readonly fields: Fields
  /** The event is refused without these fields. */
  readonly required?: readonly string[]
  /**
   * Free text in the order in which it is cut, the least missed first. Each field is cut as far as needed, and left out
   * where even that is not enough, before the next is touched. Metadata goes before all of them.
   */
  readonly cut?: readonly string[]
  /** Measures that are 1 in every event of this type, so that no column stores them. Frozen. */
  readonly always?: readonly MeasureName[]
  /** Measures in the row's columns measure1 to measure3, in the order of MEASURE_NAMES. Frozen. */
  readonly columns?: readonly MeasureName[]
  /** The event covers this many milliseconds from `occurredAtMs` on. Without it, the event is a moment. */
  readonly covers?: MeasureName
  /** Where an event has this measure alone, the learner was away; such an event does not prolong the session. */
  readonly away?: MeasureName
  /** The first step leads from payload version 1 to 2, the next from 2 to 3. Add a step at the end to change a payload. */
  readonly upcasts?: readonly Upcast[]
}

export const VIDEO_FIELDS = {
  /** Title of the episode or film. */
  title: 'text',
  series: 'text',
  /** 0 or more. */
  season: 'number',
  /** 0 or more. May have a fraction: episode 12.5 exists. */
  episode: 'number',
  /** Whether the video is a file or has an address. */
  sourceType: 'sourceType',
  /** Absolute path of the file. */
  path: 'text',
  /** Address of a remote video, without a user's name and password. */
  url: 'text',
  /** Milliseconds, an integer of 0 or more. */
  durationMs: 'count',
  /** Bytes, an integer of 0 or more. */
  fileSizeBytes: 'count',
  /** Name of the video codec. */
  codec: 'text',
  /** Name of the container format. */
  container: 'text',
  /** Pixels, an integer of 0 or more. */
  widthPx: 'count',
  /** Pixels, an integer of 0 or more. */
  heightPx: 'count',
  /** Frames per second × 100, an integer of 0 or more: 23.976 is 2398. */
  fpsX100: 'count',
  /** Kilobits per second, an integer of 0 or more. */
  bitrateKbps: 'count',
  /** Name of the audio codec. */
  audioCodec: 'text',
  /** SHA-256 of the file: 64 lower-case hexadecimal digits. */
  hashSha256: 'sha256',
  /** Path of a picture of the video. */
  screenshotPath: 'text',
  /** Any other plain values: strings, numbers, booleans, arrays and objects of them. */
  metadata: 'metadata',
} as const satisfies Fields

export const SESSION_FIELDS = {
  /** Language of the learner's interface, a BCP 47 tag. */
  locale: 'language',
  /** Language being learned, a BCP 47 tag; `und` where unknown. It decides how words are counted and is in every row's key. */
  targetLanguage: 'language',
  /** Difficulty, in the host's own words. */
  difficultyTier: 'text',
  /** Kind of subtitles, in the host's own words. */
  subtitleMode: 'text',
} as const satisfies Fields

const POSITION = {
  /** Position of the video, in milliseconds. */
  positionMs: 'moment',
} as const satisfies Fields

const TARGET = {
  /** The stream that the correction is about. */
  targetStreamId: 'streamId',
} as const satisfies Fields

export const EVENT_TYPES = {
  'session.started': {
    class: 'fact',
    fields: {
      ...SESSION_FIELDS,
      videoKey: 'videoKey',
      /** The key before it was hashed because of its length. */
      originalVideoKey: 'text',
    },
    required: ['videoKey'],
    cut: ['originalVideoKey', 'subtitleMode', 'difficultyTier'],
    always: ['sessions'],
  },
  'session.described': { class: 'fact', fields: SESSION_FIELDS, cut: ['subtitleMode', 'difficultyTier'] },
  'session.ended': { class: 'fact', fields: { reason: 'endReason' }, required: ['reason'] },
  'video.described': {
    class: 'fact',
    fields: VIDEO_FIELDS,
    cut: ['screenshotPath', 'audioCodec', 'codec', 'container', 'url', 'path', 'series', 'title'],
  },
  'session.adjusted': {
    class: 'fact',
    isCorrection: true,
    fields: {
      /** The session; without it, a video and a date. */
      ...TARGET,
      videoKey: 'videoKey',
      date: 'date',
      /** The moment in whose quarter hour the measures count. `utcOffsetMin` is the offset of this moment. */
      countedAtMs: 'epochMs',
      targetLanguage: 'language',
    },
    required: ['countedAtMs'],
  },
  'stream.discarded': { class: 'fact', isCorrection: true, fields: TARGET, required: ['targetStreamId'] },
  'stream.restored': { class: 'fact', isCorrection: true, fields: TARGET, required: ['targetStreamId'] },
  'stream.erased': {
    class: 'fact',
    isCorrection: true,
    // With the hash, the names that the learner gave the video before are erased too, on whatever device.
    fields: { ...TARGET, videoKeySha256: 'sha256' },
    required: ['targetStreamId'],
  },
  'video.renamed': {
    class: 'fact',
    isCorrection: true,
    fields: { videoKey: 'videoKey', title: 'text', series: 'text', season: 'number', episode: 'number' },
    required: ['videoKey'],
    cut: ['series', 'title'],
  },
  'video.merged': {
    class: 'fact',
    isCorrection: true,
    fields: { videoKey: 'videoKey', intoVideoKey: 'videoKey' },
    required: ['videoKey', 'intoVideoKey'],
  },
  'subtitle.shown': {
    class: 'detail',
    fields: {
      text: 'text',
      startMs: 'moment',
      endMs: 'moment',
      /** Name of the tokenizer that counted `tokens`. */
      tokenizer: 'text',
    },
    cut: ['text', 'tokenizer'],
    always: ['lines'],
    columns: ['chars', 'words', 'tokens'],
  },
  'lookup.performed': {
    class: 'detail',
    fields: { term: 'text', dictionary: 'text' },
    cut: ['term', 'dictionary'],
    always: ['lookups'],
    columns: ['lookupHits'],
  },
  'card.mined': { class: 'detail', fields: { noteIds: 'noteIds' }, columns: ['cards'], upcasts: [noteIdToNoteIds] },
  'playback.paused': { class: 'detail', fields: POSITION, always: ['pauses'] },
  'playback.resumed': { class: 'detail', fields: POSITION },
  'playback.seeked': {
    class: 'detail',
    fields: { fromMs: 'moment', toMs: 'moment' },
    columns: ['seeksForward', 'seeksBackward'],
  },
  'playback.speed-changed': {
    class: 'detail',
    fields: {
      /** The new speed × 100, so that 1.25 is 125. */
      speedX100: 'count',
    },
  },
  'playback.buffered': { class: 'detail', fields: POSITION, always: ['buffers'] },
  'telemetry.sampled': {
    class: 'telemetry',
    fields: {
      ...POSITION,
      /** How many events that overflow shed are summed up here. */
      shed: 'count',
    },
    columns: ['watchedMs', 'activeMs', 'pausedMs'],
    covers: 'watchedMs',
    away: 'idleMs',
  },
} as const satisfies Readonly<Record<string, EventTypeEntry>>

const ENTRIES: ReadonlyMap<string, EventTypeEntry> = new Map(Object.entries(EVENT_TYPES))

/** The entry of a built-in type. A Map, because names come from outside and `constructor` must find nothing. */
export function entryOfType(type: string): EventTypeEntry | undefined {
  return ENTRIES.get(type)
}

/** Something derived from the entry of each type, by type. */
export function byType<T>(derive: (entry: EventTypeEntry) => T): ReadonlyMap<string, T> {
  return new Map([...ENTRIES].map(([type, entry]) => [type, derive(entry)]))
}

/** Version 1 named one note, `{ noteId }`. One call may mine several cards, so version 2 has a list. */
function noteIdToNoteIds(payload: Payload): Payload {
  if (payload === null || !('noteId' in payload)) return payload
  const { noteId, ...rest } = payload
  return { ...rest, noteIds: [noteId] }
}
