// The fields of every built-in payload in its current version, as a table: what each may hold (validation.ts checks it) and
// which free text goes first when a payload is too long (truncation.ts cuts it). A field that is not here is refused.

import { BACKEND_DEFAULTS } from './defaults.js'
import type { BuiltInType, EndReason, EventType } from './types.js'
import { eventClass } from './types.js'

export type FieldKind =
  | 'text' // free text: mended and cut where it must be
  | 'videoKey'
  | 'language' // BCP 47 tag
  | 'moment' // ms within the video; negative where a subtitle delay moves a cue before the start
  | 'count' // non-negative integer
  | 'number' // non-negative, also in parts: episode 12.5 exists
  | 'noteIds'
  | 'sha256'
  | 'streamId' // UUID in lower case
  | 'date' // YYYY-MM-DD
  | 'epochMs' // a moment, as occurredAtMs
  | 'sourceType'
  | 'endReason'
  | 'metadata' // plain values of any shape
  | 'mark' // true

type Fields = Readonly<Record<string, FieldKind>>

const SESSION_FACTS: Fields = {
  locale: 'language',
  targetLanguage: 'language',
  difficultyTier: 'text',
  subtitleMode: 'text',
}
const POSITION: Fields = { positionMs: 'moment' }
const TARGET: Fields = { targetStreamId: 'streamId' }
const MARKS: Fields = { truncated: 'mark', mended: 'mark' }

const FIELDS: Readonly<Record<BuiltInType, Fields>> = {
  'session.started': { ...SESSION_FACTS, videoKey: 'videoKey', originalVideoKey: 'text' },
  'session.described': SESSION_FACTS,
  'session.ended': { reason: 'endReason' },
  'video.described': {
    title: 'text',
    series: 'text',
    season: 'number',
    episode: 'number',
    sourceType: 'sourceType',
    path: 'text',
    url: 'text',
    durationMs: 'count',
    fileSizeBytes: 'count',
    codec: 'text',
    container: 'text',
    widthPx: 'count',
    heightPx: 'count',
    fpsX100: 'count',
    bitrateKbps: 'count',
    audioCodec: 'text',
    hashSha256: 'sha256',
    screenshotPath: 'text',
    metadata: 'metadata',
  },
  'session.adjusted': {
    ...TARGET,
    videoKey: 'videoKey',
    date: 'date',
    countedAtMs: 'epochMs',
    targetLanguage: 'language',
  },
  'stream.discarded': TARGET,
  'stream.restored': TARGET,
  'stream.erased': TARGET,
  'video.renamed': { videoKey: 'videoKey', title: 'text', series: 'text', season: 'number', episode: 'number' },
  'video.merged': { videoKey: 'videoKey', intoVideoKey: 'videoKey' },
  'subtitle.shown': { text: 'text', startMs: 'moment', endMs: 'moment', tokenizer: 'text' },
  'lookup.performed': { term: 'text', dictionary: 'text' },
  'card.mined': { noteIds: 'noteIds' },
  'playback.paused': POSITION,
  'playback.resumed': POSITION,
  'playback.seeked': { fromMs: 'moment', toMs: 'moment' },
  'playback.buffered': POSITION,
  'telemetry.sampled': { ...POSITION, shed: 'count' },
}

/** By type, and then by name. A Map, because names come from outside and `constructor` must find nothing. */
export const PAYLOAD_FIELDS: ReadonlyMap<string, ReadonlyMap<string, FieldKind>> = new Map(
  Object.entries(FIELDS).map(([type, fields]) => [type, new Map(Object.entries({ ...fields, ...MARKS }))]),
)

/** Without these the event says nothing. */
export const REQUIRED_FIELDS: ReadonlyMap<string, readonly string[]> = new Map<BuiltInType, readonly string[]>([
  ['session.started', ['videoKey']],
  ['session.ended', ['reason']],
  ['session.adjusted', ['countedAtMs']],
  ['stream.discarded', ['targetStreamId']],
  ['stream.restored', ['targetStreamId']],
  ['stream.erased', ['targetStreamId']],
  ['video.renamed', ['videoKey']],
  ['video.merged', ['videoKey', 'intoVideoKey']],
])

/**
 * Free text by type, the least missed first: each is cut as far as needed, and left out where even that is not enough,
 * before the next is touched. A video's metadata goes before all of them.
 */
const CUT_ORDER: Readonly<Partial<Record<BuiltInType, readonly string[]>>> = {
  'session.started': ['originalVideoKey', 'subtitleMode', 'difficultyTier'],
  'session.described': ['subtitleMode', 'difficultyTier'],
  'video.described': ['screenshotPath', 'audioCodec', 'codec', 'container', 'url', 'path', 'series', 'title'],
  'video.renamed': ['series', 'title'],
  'subtitle.shown': ['text', 'tokenizer'],
  'lookup.performed': ['term', 'dictionary'],
}
const CUTS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(CUT_ORDER))
const NONE: readonly string[] = []

export function cutOrder(type: EventType): readonly string[] {
  return CUTS.get(type) ?? NONE
}

/** Bytes of UTF-8 that an encoded payload of this type may have. */
export function payloadMaxBytes(type: EventType): number {
  return eventClass(type) === 'fact' ? BACKEND_DEFAULTS.factPayloadMaxBytes : BACKEND_DEFAULTS.payloadMaxBytes
}

export const END_REASONS: ReadonlySet<unknown> = new Set<EndReason>([
  'finished',
  'stopped',
  'replaced',
  'closed',
  'silent',
  'error',
])
