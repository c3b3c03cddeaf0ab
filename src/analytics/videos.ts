// The queries `videos` (all of them, by a measure, paged) and `video` (one, with its languages and latest sessions). The
// database sums the rows of a video's languages.

import { ImmersionError } from '../events/errors.js'
import { type Measures, measuresOf } from '../events/measures.js'
import type { VideoAnswer, VideoSort, VideoSummary } from '../ports/analytics-types.js'
import type { ReadModelRow } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { cursorReader, pageOfRows } from './cursors.js'
import { ANALYTICS_LIMITS, VIDEO_SESSIONS } from './limits.js'
import { type Query, READ_MODELS, textAt } from './reading.js'
import { summarizeSessions } from './session-summaries.js'
import { NEWEST_SESSIONS } from './sessions.js'
import { sumRows, withRates } from './sums.js'
import { type KnownVideo, readVideos, titleOf } from './titles.js'

export const VIDEO_SORTS: readonly VideoSort[] = ['activeMs', 'lines', 'chars', 'words', 'cards', 'lookups', 'sessions']

export const videos: Query<'videos'> = (given) => {
  const { sort, limit, ...read } = argument.readArguments('videos', given, {
    language: argument.optionalText,
    sort: argument.withDefault(argument.oneOf(VIDEO_SORTS), 'activeMs'),
    limit: argument.limit(ANALYTICS_LIMITS.videos),
    cursor: argument.optionalText,
  })
  // The order is part of the cursor, and the sort decides the order.
  const order = `videos ${sort}`
  const cursor = cursorReader(order, ['integer', 'text'])(read.cursor, { query: 'videos', argument: 'cursor' })
  const query = {
    projection: READ_MODELS.videos,
    equals: { language: read.language },
    groupBy: ['videoKey'],
    orderBy: [{ column: sort, descending: true }],
  }
  return async (reading) => {
    const { page, nextCursor } = await pageOfRows(reading, order, { limit, cursor }, query, (row) => [
      measuresOf(row.measures)[sort],
      textAt(row, 0),
    ])
    const videoKeys = page.map((row) => textAt(row, 0))
    const known = await readVideos(reading.snapshot, videoKeys)
    const summaryOf = (row: ReadModelRow, index: number) => {
      const videoKey = videoKeys[index] ?? ''
      return summarizeVideo(videoKey, known.get(videoKey), measuresOf(row.measures))
    }
    return { videos: page.map(summaryOf), nextCursor }
  }
}

export const video: Query<'video'> = (given) => {
  const videoKey = argument.videoKey(given, { query: 'video', argument: 'videoKey' })
  const equals = { videoKey }
  return async (reading) => {
    const [known, languages, sessions] = await Promise.all([
      readVideos(reading.snapshot, [videoKey]),
      reading.rows({ projection: READ_MODELS.videos, equals, ...BY_LANGUAGE }),
      reading.rows({ ...NEWEST_SESSIONS, equals, limit: VIDEO_SESSIONS }),
    ])
    const found = known.get(videoKey)
    if (found === undefined && languages.length === 0) throw unknownVideo(videoKey)
    return {
      video: summarizeVideo(videoKey, found, sumRows(languages)),
      languages: languagesOf(languages),
      sessions: await summarizeSessions(reading, sessions),
    }
  }
}

/** Sums by language, most active first. */
export const BY_LANGUAGE = {
  groupBy: ['language'],
  orderBy: [{ column: 'activeMs', descending: true }],
} as const

export function languagesOf(rows: readonly ReadModelRow[]): VideoAnswer['languages'] {
  return rows.map((row) => ({ language: textAt(row, 0), measures: measuresOf(row.measures) }))
}

function summarizeVideo(videoKey: string, video: KnownVideo | undefined, measures: Measures): VideoSummary {
  if (video === undefined) {
    throw new ImmersionError('STORAGE_CORRUPT', `the video ${videoKey} has sums but no facts`, {
      hint: 'Run verify. A rebuild computes the table of videos again.',
      details: { videoKey },
    })
  }
  const { facts, firstSeenAtMs, lastSeenAtMs } = video
  const { rates } = withRates(measures)
  return { videoKey, title: titleOf(videoKey, video), facts, firstSeenAtMs, lastSeenAtMs, measures, rates }
}

function unknownVideo(videoKey: string): ImmersionError {
  return new ImmersionError('UNKNOWN_VIDEO', `there is no video ${videoKey}`, {
    hint: '`immersion stats videos --json`, or analytics.videos(), lists the keys.',
    details: { videoKey },
  })
}
