// The titles of videos in answers: from the table of videos, else a label from the key, so that every video has a name. Facts
// of many videos are read in one query.

import { ImmersionError } from '../events/errors.js'
import type { VideoFacts } from '../events/types.js'
import type { VideoSummary } from '../ports/analytics-types.js'
import type { LogSnapshot } from '../ports/event-log.js'

export type KnownVideo = Pick<VideoSummary, 'facts' | 'firstSeenAtMs' | 'lastSeenAtMs'>

/** The videos with these keys, or all of them. A key without a row is not in the answer. */
export async function readVideos(
  snapshot: LogSnapshot,
  videoKeys?: readonly string[],
): Promise<ReadonlyMap<string, KnownVideo>> {
  const wanted = videoKeys === undefined ? {} : { videoKeys: [...new Set(videoKeys)] }
  const videos = new Map<string, KnownVideo>()
  if (wanted.videoKeys?.length === 0) return videos
  for (const { videoKey, facts, firstSeenAtMs, lastSeenAtMs } of await snapshot.videos(wanted)) {
    videos.set(videoKey, { facts: factsOf(videoKey, facts), firstSeenAtMs, lastSeenAtMs })
  }
  return videos
}

/** Written by this package alone, as JSON of VideoFacts. STORAGE_CORRUPT for any other text. */
function factsOf(videoKey: string, text: string): VideoFacts {
  try {
    return JSON.parse(text) as VideoFacts
  } catch (cause) {
    throw new ImmersionError('STORAGE_CORRUPT', `the facts of the video ${videoKey} cannot be read`, {
      hint: '`immersion rebuild`, or maintenance.rebuild(), computes them again.',
      details: { videoKey },
      cause,
    })
  }
}

export function titleOf(videoKey: string, video: KnownVideo | undefined): string {
  return video?.facts.title || labelOf(videoKey)
}

/** Enough of a hash to distinguish the videos of one learner. */
const HASH_SHOWN_CHARS = 12

/** `local:` by its file name, `remote:` by its address without scheme and user, `hash:` by its beginning. */
export function labelOf(videoKey: string): string {
  const [, kind, rest] = /^(local|remote|hash):(.+)$/s.exec(videoKey) ?? []
  if (rest === undefined) return videoKey
  if (kind === 'local') return rest.split(/[/\\]/).filter(Boolean).at(-1) ?? rest
  if (kind === 'hash') return `hash:${rest.slice(0, HASH_SHOWN_CHARS)}`
  return rest.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?/i, '').replace(/\/$/, '') || rest
}
