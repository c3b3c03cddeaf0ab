// The query `throughput`: rates by session, day, month, video or series. Each is the newest or most active few of one read
// model. With a range of days, months, videos and series are summed from a read model that has days.

import { dayToIso, monthOfDay, monthToIso } from '../events/calendar.js'
import { MEASURE_INDEX, type Measures, measuresOf } from '../events/measures.js'
import type { SessionSummary, ThroughputBy, ThroughputRow } from '../ports/analytics-types.js'
import type { ReadModelRow } from '../ports/event-log.js'
import * as argument from './arguments.js'
import { ANALYTICS_LIMITS } from './limits.js'
import { type FilteredQuery, integerAt, type Query, READ_MODELS, type Reading, rowsFromOf, textAt } from './reading.js'
import { summarizeSessions } from './session-summaries.js'
import { NEWEST_SESSIONS, startRangeOfDays } from './sessions.js'
import { sumByName, withRates } from './sums.js'
import { readVideos, titleOf } from './titles.js'

export const THROUGHPUT_BY: readonly ThroughputBy[] = ['session', 'day', 'month', 'video', 'series']

export const throughput: Query<'throughput'> = (given) => {
  const query = readQuery(given)
  return async (reading) => {
    const rows = await READERS[query.by](reading, query)
    return { by: query.by, rowsFrom: keptFrom(reading, query), rows }
  }
}

function readQuery(given: unknown) {
  const { language, ...query } = argument.readArguments('throughput', given, {
    language: argument.optionalText,
    by: argument.withDefault(argument.oneOf(THROUGHPUT_BY), 'day'),
    fromDay: argument.optionalDay,
    toDay: argument.optionalDay,
    limit: argument.limit(ANALYTICS_LIMITS.throughput),
  })
  const isRanged = query.fromDay !== undefined || query.toDay !== undefined
  return {
    ...query,
    isRanged,
    equals: { language },
    range: { column: 'localDay', from: query.fromDay, to: query.toDay },
  }
}

type CheckedQuery = ReturnType<typeof readQuery>
type ReadRows = (reading: Reading, query: CheckedQuery) => Promise<readonly ThroughputRow[]>

const READERS: Readonly<Record<ThroughputBy, ReadRows>> = {
  session: bySession,
  day: byPeriod,
  month: byPeriod,
  video: byVideo,
  series: bySeries,
}

/** Among the read models that are read, those of months and of days by video have a window. */
function keptFrom(reading: Reading, { by, isRanged, fromDay }: CheckedQuery): number | null {
  if (isRanged) return by === 'video' || by === 'series' ? rowsFromOf(reading, 'day', fromDay) : null
  return by === 'month' ? rowsFromOf(reading, 'month', undefined) : null
}

/** Sessions are keyed by their start, so days give a range of moments that is a little too wide. */
async function bySession(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const { equals, limit, fromDay = Number.NEGATIVE_INFINITY, toDay = Number.POSITIVE_INFINITY } = query
  const range = startRangeOfDays(reading.head.settings, query.fromDay, query.toDay)
  const found: SessionSummary[] = []
  let after: ReadModelRow['key'] | undefined
  do {
    const rows = await reading.rows({ ...NEWEST_SESSIONS, equals, range, after, limit })
    const sessions = await summarizeSessions(reading, rows)
    found.push(...sessions.filter(({ localDay }) => localDay >= fromDay && localDay < toDay))
    after = rows.length < limit ? undefined : rows.at(-1)?.key
  } while (found.length < limit && after !== undefined)
  return found.slice(0, limit).map((session) => rowOf(session.sessionId, session.title, session.measures))
}

/** In a range of months only its days count, also in its first and last month. */
async function byPeriod(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const { by, isRanged, equals, range, limit } = query
  const rows = await reading.rows(
    by === 'day' || isRanged
      ? { projection: READ_MODELS.calendar, equals, range, ...newestFirst('localDay'), ...(by === 'day' && { limit }) }
      : { projection: READ_MODELS.monthly, equals, ...newestFirst('localMonth'), limit },
  )
  const nameOf = (period: number) => {
    if (by === 'day') return dayToIso(period)
    return monthToIso(isRanged ? monthOfDay(period) : period)
  }
  return [...sumByName(rows, (row) => nameOf(integerAt(row, 0)))]
    .slice(0, limit)
    .map(([name, sums]) => rowOf(name, name, measuresOf(sums)))
}

function newestFirst(column: string): Pick<FilteredQuery, 'groupBy' | 'orderBy'> {
  return { groupBy: [column], orderBy: [{ column, descending: true }] }
}

async function byVideo(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const orderBy = [{ column: 'activeMs', descending: true }]
  const rows = await reading.rows({ ...videoSumsOf(query), orderBy, limit: query.limit })
  const videoKeys = rows.map((row) => textAt(row, 0))
  const known = await readVideos(reading.snapshot, videoKeys)
  return rows.map((row) => {
    const videoKey = textAt(row, 0)
    return rowOf(videoKey, titleOf(videoKey, known.get(videoKey)), measuresOf(row.measures))
  })
}

/** A series is a fact and not a key, so all videos are read: hundreds, or thousands in a lifetime. */
async function bySeries(reading: Reading, query: CheckedQuery): Promise<readonly ThroughputRow[]> {
  const rows = await reading.rows(videoSumsOf(query))
  const known = await readVideos(reading.snapshot)
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

function videoSumsOf({ isRanged, equals, range }: CheckedQuery): FilteredQuery {
  return { projection: isRanged ? READ_MODELS.daily : READ_MODELS.videos, equals, range, groupBy: ['videoKey'] }
}

function rowOf(key: string, label: string, measures: Measures): ThroughputRow {
  return { key, label, ...withRates(measures) }
}
