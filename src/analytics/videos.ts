// The queries `videos` (all of them, by a measure, paged) and `video` (one, with its languages and latest sessions). The
// database sums the rows of a video's languages.

import { ImmersionError } from '../events/errors.js'
import type { Measures } from '../events/measures.js'
import type { VideoAnswer, VideoSort, VideoSummary, VideosAnswer, VideosQuery } from '../ports/analytics-types.js'
import type { ReadModelRow } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { cursorOf, cursorReader, pageOf } from './cursors.js'
import { ANALYTICS_LIMITS, VIDEO_SESSIONS } from './limits.js'
import { afterOf, equalsOf, measuresOfRow, READ_MODELS, type Reading, textAt } from './reading.js'
import { summarizeSessions } from './session-summaries.js'
import { NEWEST_SESSION_FIRST } from './sessions.js'
import { ratesOf, sumRows } from './sums.js'
import { type KnownVideo, readVideos, titleOf } from './titles.js'

export const VIDEO_SORTS: readonly VideoSort[] = ['activeMs', 'lines', 'chars', 'words', 'cards', 'lookups', 'sessions']

export function readVideosQuery(query: VideosQuery | undefined) {
  const { sort, ...read } = argument.readArguments('videos', query, {
    language: argument.optional(argument.text),
    sort: argument.withDefault(argument.oneOf(VIDEO_SORTS), 'activeMs'),
    limit: argument.limit(ANALYTICS_LIMITS.videos),
    cursor: argument.optional(argument.text),
  })
  // The order is part of the cursor, and the sort decides the order.
  const at = { query: 'videos', argument: 'cursor' }
  return { ...read, sort, cursor: cursorReader(orderName(sort), ['integer', 'text'])(read.cursor, at) }
}

export async function answerVideos(reading: Reading, query: ReturnType<typeof readVideosQuery>): Promise<VideosAnswer> {
  const { language, sort, limit, cursor } = query
  const found = await reading.rows({
    projection: READ_MODELS.videos,
    ...equalsOf({ language }),
    groupBy: ['videoKey'],
    orderBy: [{ column: sort, descending: true }],
    ...afterOf(cursor),
    limit: limit + 1,
  })
  const { page, nextCursor } = pageOf(found, limit, (row) =>
    cursorOf(orderName(sort), [measuresOfRow(row)[sort], textAt(row, 0)]),
  )
  const videoKeys = page.map((row) => textAt(row, 0))
  const known = await readVideos(reading.snapshot, videoKeys)
  const videos = page.map((row) => summarizeVideo(textAt(row, 0), known.get(textAt(row, 0)), measuresOfRow(row)))
  return { videos, nextCursor, asOfRevision: reading.head.revision }
}

function orderName(sort: VideoSort): string {
  return `videos ${sort}`
}

export function readVideoKey(videoKey: unknown): string {
  return argument.videoKey(videoKey, { query: 'video', argument: 'videoKey' })
}

export async function answerVideo(reading: Reading, videoKey: string): Promise<VideoAnswer> {
  const [known, languages, sessions] = await Promise.all([
    readVideos(reading.snapshot, [videoKey]),
    reading.rows({ projection: READ_MODELS.videos, equals: { videoKey }, ...BY_LANGUAGE }),
    reading.rows({
      projection: READ_MODELS.sessions,
      equals: { videoKey },
      orderBy: NEWEST_SESSION_FIRST,
      limit: VIDEO_SESSIONS,
    }),
  ])
  const video = known.get(videoKey)
  if (video === undefined && languages.length === 0) throw unknownVideo(videoKey)
  return {
    video: summarizeVideo(videoKey, video, sumRows(languages)),
    languages: languagesOf(languages),
    sessions: await summarizeSessions(reading, sessions),
    asOfRevision: reading.head.revision,
  }
}

/** Sums by language, most active first. */
export const BY_LANGUAGE = {
  groupBy: ['language'],
  orderBy: [{ column: 'activeMs', descending: true }],
} as const

export function languagesOf(rows: readonly ReadModelRow[]): VideoAnswer['languages'] {
  return rows.map((row) => ({ language: textAt(row, 0), measures: measuresOfRow(row) }))
}

function summarizeVideo(videoKey: string, video: KnownVideo | undefined, measures: Measures): VideoSummary {
  if (video === undefined) {
    throw new ImmersionError('STORAGE_CORRUPT', `the video ${videoKey} has sums but no facts`, {
      hint: 'Run verify. A rebuild computes the table of videos again.',
      details: { videoKey },
    })
  }
  const { facts, firstSeenAtMs, lastSeenAtMs } = video
  return {
    videoKey,
    title: titleOf(videoKey, video),
    facts,
    firstSeenAtMs,
    lastSeenAtMs,
    measures,
    rates: ratesOf(measures),
  }
}

function unknownVideo(videoKey: string): ImmersionError {
  return new ImmersionError('UNKNOWN_VIDEO', `there is no video ${videoKey}`, {
    hint: '`immersion stats videos --json`, or analytics.videos(), lists the keys.',
    details: { videoKey },
  })
}
