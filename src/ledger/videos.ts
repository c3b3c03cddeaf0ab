// The table of videos: the facts of each video, and when it was first and last watched. It is not a sum: a row is computed
// in full from the streams that count for the video. Called by append, rebuild and verify.

import type { VideoRow } from '../events/rows.js'
import {
  type FactValue,
  type StreamFacts,
  type StreamWithFacts,
  videoFactsText,
  videoFields,
  videoFieldsOfText,
  videoKeyOf,
} from './facts.js'
import type { StandingCorrections } from './standing-corrections.js'

/**
 * The row of a video from all streams that count for it, in any order; null when there is none. The learner's names beat
 * those from players. A stream that names another key, which was merged into this one, changes only the two moments.
 */
export function videoRowOf(
  videoKey: string,
  streams: Iterable<StreamWithFacts>,
  corrections: StandingCorrections,
): VideoRow | null {
  const latest = new Map<string, { readonly value: FactValue; readonly streamId: string }>()
  let firstSeenAtMs = Number.POSITIVE_INFINITY
  let lastSeenAtMs = Number.NEGATIVE_INFINITY
  for (const { row, facts } of streams) {
    firstSeenAtMs = Math.min(firstSeenAtMs, row.firstAtMs)
    lastSeenAtMs = Math.max(lastSeenAtMs, row.lastAtMs)
    if (videoKeyOf(facts) !== videoKey) continue
    for (const [field, value] of videoFields(facts)) {
      const held = latest.get(field)
      if (held === undefined || isLater(value, row.streamId, held.value, held.streamId)) {
        latest.set(field, { value, streamId: row.streamId })
      }
    }
  }
  if (firstSeenAtMs === Number.POSITIVE_INFINITY) return null
  const fields = new Map([...latest].map(([field, { value }]) => [field, value[0]]))
  for (const [field, name] of corrections.namesOf(videoKey)) fields.set(field, name)
  return { videoKey, facts: videoFactsText(fields), firstSeenAtMs, lastSeenAtMs }
}

/** The part of a batch's stream that concerns the video. */
export interface VideoAddition {
  readonly facts: StreamFacts
  /** Moment of the earliest video.described in the batch; Infinity without one. */
  readonly describedFromMs: number
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/**
 * The video's row after a batch adds to one of its streams. Null if computing it needs all streams of the video. The first
 * moment only gets earlier, and the last only later. A description that is later than the last moment of all streams is later than
 * every description in them, so its fields stay.
 */
export function extendedVideo(videoKey: string, video: VideoRow | null, added: VideoAddition): VideoRow | null {
  if (video !== null && added.describedFromMs === Number.POSITIVE_INFINITY) return widened(video, video.facts, added)
  if (video !== null && added.describedFromMs <= video.lastSeenAtMs) return null
  const fields = video === null ? new Map<string, unknown>() : videoFieldsOfText(video.facts)
  if (fields === null) return null
  for (const [field, value] of videoFields(added.facts)) {
    if (value[2] >= added.describedFromMs) fields.set(field, value[0])
  }
  const base = video ?? { videoKey, facts: '', firstSeenAtMs: added.firstAtMs, lastSeenAtMs: added.lastAtMs }
  return widened(base, videoFactsText(fields), added)
}

function widened(video: VideoRow, facts: string, { firstAtMs, lastAtMs }: VideoAddition): VideoRow {
  if (firstAtMs >= video.firstSeenAtMs && lastAtMs <= video.lastSeenAtMs && facts === video.facts) return video
  return {
    videoKey: video.videoKey,
    facts,
    firstSeenAtMs: Math.min(video.firstSeenAtMs, firstAtMs),
    lastSeenAtMs: Math.max(video.lastSeenAtMs, lastAtMs),
  }
}

/** The order between streams: by moment, then by stream, then by version. */
function isLater(left: FactValue, leftStream: string, right: FactValue, rightStream: string): boolean {
  if (left[2] !== right[2]) return left[2] > right[2]
  if (leftStream !== rightStream) return leftStream > rightStream
  return left[3] > right[3]
}
