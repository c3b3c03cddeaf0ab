// The table of videos: what is known of each, and when it was first and last watched. It is no sum: a row is worked out
// whole from the streams that count for the video. Called by append, rebuild and verify.

import type { StreamRow, VideoRow } from '../ports/event-log.js'
import { type Said, type StreamFacts, videoFactsText, videoFields, videoFieldsOfText, videoKeyOf } from './facts.js'
import type { StandingCorrections } from './standing-corrections.js'

export interface VideoStream {
  readonly row: Pick<StreamRow, 'streamId' | 'firstAtMs' | 'lastAtMs'>
  readonly facts: StreamFacts
}

/**
 * The row of a video from all streams that count for it; null when there is none. Their order makes no difference. What
 * the learner calls it beats what players said, and streams that name another key, merged into this one, only widen when
 * it was watched.
 */
export function videoRowOf(
  videoKey: string,
  streams: Iterable<VideoStream>,
  corrections: StandingCorrections,
): VideoRow | null {
  const latest = new Map<string, { readonly said: Said; readonly streamId: string }>()
  let firstSeenAtMs = Number.POSITIVE_INFINITY
  let lastSeenAtMs = Number.NEGATIVE_INFINITY
  for (const { row, facts } of streams) {
    firstSeenAtMs = Math.min(firstSeenAtMs, row.firstAtMs)
    lastSeenAtMs = Math.max(lastSeenAtMs, row.lastAtMs)
    if (videoKeyOf(facts) !== videoKey) continue
    for (const [field, said] of videoFields(facts)) {
      const held = latest.get(field)
      if (held === undefined || isLater(said, row.streamId, held.said, held.streamId)) {
        latest.set(field, { said, streamId: row.streamId })
      }
    }
  }
  if (firstSeenAtMs === Number.POSITIVE_INFINITY) return null
  const fields = new Map([...latest].map(([field, { said }]) => [field, said[0]]))
  for (const [field, value] of corrections.namesOf(videoKey)) fields.set(field, value)
  return { videoKey, facts: videoFactsText(fields), firstSeenAtMs, lastSeenAtMs }
}

/** What a batch adds to a stream, of what concerns its video. */
export interface VideoAddition {
  readonly facts: StreamFacts
  /** When the earliest thing that the batch says of the video happened; Infinity when it says nothing. */
  readonly toldFromMs: number
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/**
 * The row after a stream that counts for the video, newly or as before, has been added to; null where that can only be
 * known from all its streams. What it gives equals the whole: moments only ever widen; and a fact that happened after the
 * last moment of all streams happened after every fact that any of them has told, so it stands.
 */
export function extendedVideo(videoKey: string, video: VideoRow | null, added: VideoAddition): VideoRow | null {
  if (video !== null && added.toldFromMs === Number.POSITIVE_INFINITY) return widened(video, video.facts, added)
  if (video !== null && added.toldFromMs <= video.lastSeenAtMs) return null
  const fields = video === null ? new Map<string, unknown>() : videoFieldsOfText(video.facts)
  if (fields === null) return null
  for (const [field, said] of videoFields(added.facts)) if (said[2] >= added.toldFromMs) fields.set(field, said[0])
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

/** What was said later, then by the higher stream, then in the higher version. */
function isLater(left: Said, leftStream: string, right: Said, rightStream: string): boolean {
  if (left[2] !== right[2]) return left[2] > right[2]
  if (leftStream !== rightStream) return leftStream > rightStream
  return left[3] > right[3]
}
