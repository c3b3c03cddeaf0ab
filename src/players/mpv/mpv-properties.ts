// The properties of mpv that are followed, and pure readings of their values (video facts, the subtitle track). Called by
// mpv.ts and mpv-file.ts. Values come from outside, so each reading checks its type and answers undefined for any other.

import * as path from 'node:path'
import { withoutUndefined } from '../../events/plain-data.js'
import type { VideoFacts } from '../../events/types.js'
import { seriesFacts } from '../file-name.js'
import { normaliseLanguage } from '../language.js'
import { isUrl, pathOf } from '../location.js'

/**
 * In this order on purpose, because mpv sends changes of one moment in the order of observation: a track before its
 * lines, the end of a file before the pause that keep-open makes, and the three of a cue as subtitle-cues.ts wants them.
 */
export const FOLLOWED_PROPERTIES = [
  'eof-reached',
  'current-tracks/sub',
  'pause',
  'paused-for-cache',
  'speed',
  'sub-text',
  'sub-start',
  'sub-end',
] as const

/** The facts of a video. They are read at its start, and followed because a stream's title comes late. */
export const FACT_PROPERTIES = [
  'media-title',
  'duration',
  'file-size',
  'file-format',
  'video-format',
  'audio-codec-name',
  'width',
  'height',
  'container-fps',
] as const

/** Nobody but the learner changes these, so a change is a sign of the learner. */
export const PRESENCE_PROPERTIES = [
  'volume',
  'mute',
  'fullscreen',
  'sub-delay',
  'sub-visibility',
  'audio-delay',
] as const

/** The latest value of each property; absent where it is unavailable. */
export type PropertyValues = ReadonlyMap<string, unknown>

export interface SubtitleTrack {
  readonly selected: boolean
  /** mpv's number of it, among the subtitles of this file; undefined where none is selected. */
  readonly id: number | undefined
  /** Undefined where none is selected, or the track has no language. */
  readonly language: string | undefined
}

export function subtitleTrack(value: unknown): SubtitleTrack {
  if (typeof value !== 'object' || value === null) return { selected: false, id: undefined, language: undefined }
  const lang = 'lang' in value ? textOf(value.lang) : undefined
  return {
    selected: true,
    id: 'id' in value ? numberOf(value.id) : undefined,
    language: lang === undefined ? undefined : normaliseLanguage(lang),
  }
}

/** Only the known facts. */
export function videoFacts(location: string, values: PropertyValues): VideoFacts {
  const remote = isUrl(location)
  const seconds = numberOf(values.get('duration'))
  const bytes = numberOf(values.get('file-size'))
  const fps = numberOf(values.get('container-fps'))
  return withoutUndefined({
    title: titleOf(location, textOf(values.get('media-title'))),
    ...seriesFacts(location),
    sourceType: remote ? 'remote' : 'local',
    path: remote ? undefined : location,
    url: remote ? location : undefined,
    durationMs: rounded(seconds, 1000),
    fileSizeBytes: rounded(bytes, 1),
    container: textOf(values.get('file-format')),
    codec: textOf(values.get('video-format')),
    audioCodec: textOf(values.get('audio-codec-name')),
    widthPx: rounded(numberOf(values.get('width')), 1),
    heightPx: rounded(numberOf(values.get('height')), 1),
    fpsX100: rounded(fps, 100),
    bitrateKbps: seconds === undefined || bytes === undefined ? undefined : rounded(bytes / seconds, 8 / 1000),
  })
}

/**
 * The facts that have become known since, or undefined. A title may change (a stream's next programme); a duration that
 * grows with every second of a live stream is no news.
 */
export function newFacts(before: VideoFacts, now: VideoFacts): VideoFacts | undefined {
  const news = Object.entries(now).filter(
    ([name, value]) => !(name in before) || (name === 'title' && value !== before.title),
  )
  return news.length === 0 ? undefined : Object.fromEntries(news)
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/**
 * Without a title in the file, mpv gives the file's name; its extension is of no use to a reader. Of an address it gives the end,
 * whose query may hold a secret.
 */
function titleOf(location: string, mediaTitle: string | undefined): string | undefined {
  const title = isUrl(location) ? mediaTitle?.replace(QUERY_OF_ADDRESS, '$1') : mediaTitle
  return title !== undefined && title === path.basename(pathOf(location)) ? path.parse(title).name : title
}

/** A text without spaces that ends like an address: `stream.mp4?api_key=1`. */
const QUERY_OF_ADDRESS = /^([^\s?]+)\?\S*=\S*$/

/** Undefined for an unknown or senseless value: a picture has no duration, a broken file a negative one. */
function rounded(value: number | undefined, factor: number): number | undefined {
  if (value === undefined) return undefined
  const rounded = Math.round(value * factor)
  return rounded > 0 && Number.isSafeInteger(rounded) ? rounded : undefined
}
