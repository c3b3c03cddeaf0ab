// The query `throughput`: rates by session, day, month, video or series. Each is the newest or most active few of one read
// model. With a range of days, months, videos and series are summed from a read model that has days.

import { dayToIso, monthOfDay, monthToIso } from '../events/calendar.js'
import { MEASURE_INDEX, type Measures, measuresOf } from '../events/measures.js'
import type {
  SessionSummary,
  ThroughputAnswer,
  ThroughputBy,
  ThroughputQuery,
  ThroughputRow,
} from '../ports/analytics-types.js'
import type { RowQuery } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { ANALYTICS_LIMITS } from './limits.js'
import {
  equalsOf,
  integerAt,
  measuresOfRow,
  READ_MODELS,
  type Reading,
  rangeOf,
  rowsFromOf,
  textAt,
} from './reading.js'
import { summarizeSessions } from './session-summaries.js'
import { NEWEST_SESSION_FIRST, startRangeOfDays } from './sessions.js'
import { sumByName, withRates } from './sums.js'
import { readAllVideos, readVideos, titleOf } from './titles.js'

export const THROUGHPUT_BY: readonly ThroughputBy[] = ['session', 'day', 'month', 'video', 'series']

export function readThroughputQuery(query: ThroughputQuery | undefined) {
  return argument.readWithRange('throughput', query, ['fromDay', 'toDay'], {
    language: argument.optional(argument.text),
    by: argument.withDefault(argument.oneOf(THROUGHPUT_BY), 'day'),
    fromDay: argument.optionalDay,
    toDay: argument.optionalDay,
    limit: argument.limit(ANALYTICS_LIMITS.throughput),
  })
}

type CheckedQuery = ReturnType<typeof readThroughputQuery>

export async function answerThroughput(reading: Reading, query: CheckedQuery): Promise<ThroughputAnswer> {
  const rows = await readThroughput(reading, query)
  return { by: query.by, rowsFrom: keptFrom(reading, query), rows, asOfRevision: reading.head.revision }
}

/** Among the read models that are read, those of months and of days by video have a window. */
function keptFrom(reading: Reading, query: CheckedQuery): number | null {
  if (isRanged(query)) return isOfVideos(query) ? rowsFromOf(reading, 'day', query.fromDay) : null
  return query.by === 'month' ? rowsFromOf(reading, 'month', undefined) : null
}

function isOfVideos({ by }: CheckedQuery): boolean {
  return by === 'video' || by === 'series'
}

function readThroughput(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  switch (query.by) {
    case 'session':
      return bySession(reading, query)
    case 'day':
      return byDay(reading, query)
    case 'month':
      return isRanged(query) ? byMonthOfDays(reading, query) : byMonth(reading, query)
    case 'video':
      return byVideo(reading, query)
    case 'series':
      return bySeries(reading, query)
  }
}

function isRanged({ fromDay, toDay }: CheckedQuery): boolean {
  return fromDay !== undefined || toDay !== undefined
}

/** Sessions are keyed by their start, so days give a range of moments that is a little too wide. */
async function bySession(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const { language, limit, fromDay = Number.NEGATIVE_INFINITY, toDay = Number.POSITIVE_INFINITY } = query
  const found: SessionSummary[] = []
  let after: readonly (string | number)[] | undefined
  do {
    const rows = await reading.rows({
      projection: READ_MODELS.sessions,
      ...equalsOf({ language }),
      ...startRangeOfDays(reading.head.settings, query.fromDay, query.toDay),
      orderBy: NEWEST_SESSION_FIRST,
      ...(after === undefined ? {} : { after }),
      limit,
    })
    const sessions = await summarizeSessions(reading, rows)
    found.push(...sessions.filter(({ localDay }) => localDay >= fromDay && localDay < toDay))
    after = rows.length < limit ? undefined : rows.at(-1)?.key
  } while (found.length < limit && after !== undefined)
  return found.slice(0, limit).map((session) => rowOf(session.sessionId, session.title, session.measures))
}

function byDay(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  return byPeriod(reading, { ...daysOf(query), limit: query.limit }, dayToIso)
}

function byMonth(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const months = { projection: READ_MODELS.monthly, ...equalsOf({ language: query.language }), limit: query.limit }
  return byPeriod(reading, { ...months, ...newestFirst('localMonth') }, monthToIso)
}

async function byPeriod(reading: Reading, query: RowQuery, nameOf: (period: number) => string) {
  const rows = await reading.rows(query)
  return rows.map((row) => {
    const name = nameOf(integerAt(row, 0))
    return rowOf(name, name, measuresOfRow(row))
  })
}

function daysOf({ language, fromDay, toDay }: CheckedQuery): RowQuery {
  const range = rangeOf('localDay', fromDay, toDay)
  return { projection: READ_MODELS.calendar, ...equalsOf({ language }), ...range, ...newestFirst('localDay') }
}

function newestFirst(column: string): Pick<RowQuery, 'groupBy' | 'orderBy'> {
  return { groupBy: [column], orderBy: [{ column, descending: true }] }
}

/** Only the days of the range count, also in its first and last month. */
async function byMonthOfDays(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const days = await reading.rows(daysOf(query))
  return [...sumByName(days, (row) => monthToIso(monthOfDay(integerAt(row, 0))))]
    .slice(0, query.limit)
    .map(([month, sums]) => rowOf(month, month, measuresOf(sums)))
}

async function byVideo(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const rows = await reading.rows({
    ...videoSumsOf(query),
    orderBy: [{ column: 'activeMs', descending: true }],
    limit: query.limit,
  })
  const videoKeys = rows.map((row) => textAt(row, 0))
  const known = await readVideos(reading.snapshot, videoKeys)
  return rows.map((row) => {
    const videoKey = textAt(row, 0)
    return rowOf(videoKey, titleOf(videoKey, known.get(videoKey)), measuresOfRow(row))
  })
}

/** A series is a fact and not a key, so all videos are read: hundreds, or thousands in a lifetime. */
async function bySeries(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const rows = await reading.rows(videoSumsOf(query))
  const known = await readAllVideos(reading.snapshot)
  const labels = new Map<string, string>()
  const sums = sumByName(rows, (row) => {
    const videoKey = textAt(row, 0)
    const video = known.get(videoKey)
    const name = video?.facts.series || videoKey
    if (!labels.has(name)) labels.set(name, video?.facts.series || titleOf(videoKey, video))
    return name
  })
  const activeMsOf = (sum: readonly number[]) => sum[MEASURE_INDEX.activeMs] ?? 0
  return [...sums]
    .sort(
      ([leftName, left], [rightName, right]) => activeMsOf(right) - activeMsOf(left) || (leftName < rightName ? -1 : 1),
    )
    .slice(0, query.limit)
    .map(([name, sum]) => rowOf(name, labels.get(name) ?? name, measuresOf(sum)))
}

function videoSumsOf(query: CheckedQuery): RowQuery {
  return {
    projection: isRanged(query) ? READ_MODELS.daily : READ_MODELS.videos,
    ...equalsOf({ language: query.language }),
    ...rangeOf('localDay', query.fromDay, query.toDay),
    groupBy: ['videoKey'],
  }
}

function rowOf(key: string, label: string, measures: Measures): ThroughputRow {
  return { key, label, ...withRates(measures) }
}
