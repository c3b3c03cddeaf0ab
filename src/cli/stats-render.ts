// The look of each answer of the analytics in a terminal; pictures.ts has the two heat maps. Called by the list of queries in
// stats.ts and by demo.ts. Pure: an answer and a view in, lines out.

import { dayToIso, monthToIso, zoneOffsetMin } from '../events/calendar.js'
import { MEASURE_NAMES, type MeasureName } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type {
  DailyAnswer,
  DayRow,
  MonthlyAnswer,
  MonthRow,
  OverviewAnswer,
  SessionAnswer,
  SessionsAnswer,
  StreakAnswer,
  StreakSpan,
  ThroughputAnswer,
  ThroughputRow,
  TimelineAnswer,
  TimelineItem,
  TrendAnswer,
  TrendSpan,
  VideoAnswer,
  VideoSummary,
  VideosAnswer,
} from '../ports/analytics-types.js'
import type { Lines } from './output.js'
import { bold } from './pictures.js'
import {
  ACTIVE,
  activeMsOf,
  bars,
  CHARS_PER_HOUR,
  MEASURE_COLUMNS,
  measureList,
  measureText,
  measureTitle,
  nextPage,
  numbers,
  type RowColumn,
  rateLine,
  sessionTable,
  tableOf,
  type View,
  WORDS_PER_MINUTE,
} from './stats-parts.js'
import * as say from './wording.js'

const NOTHING_YET =
  'Nothing is recorded yet. `immersion track mpv` starts to record. `immersion demo` shows a year of example data.'

export function overview(answer: OverviewAnswer, view: View): Lines {
  const { today, week, total, streak, languages, latestSessions } = answer
  if (total.measures.watchedMs === 0 && latestSessions.length === 0) return [NOTHING_YET]
  const spans = [
    { name: 'today', ...today },
    { name: '7 days', ...week },
    { name: 'in all', ...total },
  ]
  const name = { title: '', cell: (span: { readonly name: string }) => span.name }
  const language = { title: 'language', cell: (one: OverviewAnswer['languages'][number]) => one.language }
  return [
    ...tableOf([name, ...MEASURE_COLUMNS, CHARS_PER_HOUR, WORDS_PER_MINUTE], spans, view.width),
    '',
    `${bold('Streak', view.color)}  ${days(streak.current)} now, ${days(streak.longest)} at the longest`,
    `        ${say.counted(answer.activeDays, 'day')} and ${say.counted(answer.videos, 'video')} in all`,
    '',
    ...tableOf([language, ACTIVE, bars(activeMsOf, languages, total.measures.activeMs)], languages),
    '',
    ...sessionTable(latestSessions, view),
  ]
}

export function sessions(answer: SessionsAnswer, view: View): Lines {
  if (answer.sessions.length === 0) return ['No sessions match.']
  return [...sessionTable(answer.sessions, view), ...nextPage(answer.nextCursor)]
}

export function session({ session: one, eventsHeld, eventsRecorded }: SessionAnswer): Lines {
  return [
    `${one.title}${one.series === null ? '' : `  (${one.series})`}`,
    `${one.sessionId}  ${one.language}  ${say.clockTime(one.startedAtMs, one.utcOffsetMin)} – ${say.clockTime(one.endedAtMs, one.utcOffsetMin)}  ${one.status}`,
    `${say.counted(eventsRecorded, 'event')} recorded, ${say.number(eventsHeld)} still held`,
    '',
    ...measureList(one.measures),
    rateLine(one.rates),
  ]
}

const REMOVED_TEXTS: Readonly<Record<TimelineAnswer['detail'], Lines>> = {
  events: [],
  mixed: ['Retention has removed some of the events. The quarter hours below are complete.'],
  quarters: ['Retention has removed the events. These are the quarter hours of the session.'],
}

type Quarter = TimelineAnswer['quarters'][number]

export function timeline({ detail, items, quarters, nextCursor }: TimelineAnswer, view: View): Lines {
  const offsetMin = quarters[0]?.utcOffsetMin ?? zoneOffsetMin(Date.now(), view.timeZone)
  const from = (quarter: Quarter) => say.clockTime(quarter.fromMs, quarter.utcOffsetMin)
  const columns = [{ title: 'quarter hour', cell: from }, ...MEASURE_COLUMNS, bars(activeMsOf, quarters)]
  return [
    ...REMOVED_TEXTS[detail],
    ...items.map((item) => timelineLine(item, offsetMin)),
    '',
    ...tableOf(columns, quarters, view.width),
    ...nextPage(nextCursor),
  ]
}

function timelineLine(item: TimelineItem, offsetMin: number): string {
  const at = new Date(item.atMs + offsetMin * MINUTE_MS).toISOString().slice(11, 19)
  if (item.kind === 'sample') return `${at}  ┆ ${say.duration(item.measures.activeMs)} active`
  return `${at}  ${item.type}${payloadText(item.payload)}`
}

function payloadText(payload: unknown): string {
  if (payload === null || payload === undefined) return ''
  const text = (payload as { readonly text?: unknown }).text
  return `  ${typeof text === 'string' ? text.replace(/\s+/g, ' ') : JSON.stringify(payload)}`
}

/** A name that is long in itself, so that it may be cut. */
function nameColumn<Row>(title: string, cell: (row: Row) => string): RowColumn<Row> {
  return { title, maxWidth: 44, cell }
}

export function videos(answer: VideosAnswer, view: View): Lines {
  if (answer.videos.length === 0) return ['No videos match.']
  const title = nameColumn('video', (one: VideoSummary) => one.title)
  const columns = [title, ...MEASURE_COLUMNS, CHARS_PER_HOUR, bars(activeMsOf, answer.videos)]
  return [...tableOf(columns, answer.videos, view.width), ...nextPage(answer.nextCursor)]
}

export function video({ video: one, languages, sessions: latest }: VideoAnswer, view: View): Lines {
  return [
    one.title,
    one.videoKey,
    languages.map(({ language, measures }) => `${language} ${say.duration(measures.activeMs)}`).join(', '),
    '',
    ...measureList(one.measures),
    rateLine(one.rates),
    '',
    ...sessionTable(latest, view),
  ]
}

export function daily({ days: rows, rowsFrom, nextCursor }: DailyAnswer, view: View): Lines {
  const table = periodTable('day', ({ localDay }: DayRow) => dayToIso(localDay), rows, nextCursor, view)
  return [...table, ...removedBefore(rowsFrom, dayToIso, 'days by video')]
}

export function monthly({ months: rows, rowsFrom, nextCursor }: MonthlyAnswer, view: View): Lines {
  const table = periodTable('month', ({ localMonth }: MonthRow) => monthToIso(localMonth), rows, nextCursor, view)
  return [...table, ...removedBefore(rowsFrom, monthToIso, 'months by video')]
}

function periodTable<Row extends DayRow | MonthRow>(
  period: string,
  cell: (row: Row) => string,
  rows: readonly Row[],
  nextCursor: string | null,
  view: View,
): Lines {
  if (rows.length === 0) return [`No ${period}s match.`]
  const columns: readonly RowColumn<Row>[] = [
    { title: period, cell },
    nameColumn('video', ({ title }) => title),
    { title: 'language', cell: ({ language }) => language },
    ...MEASURE_COLUMNS,
  ]
  return [...tableOf(columns, rows, view.width), ...nextPage(nextCursor)]
}

/** Says which rows retention has removed, so that an old month without rows is not read as one without watching. */
function removedBefore(from: number | null, text: (period: number) => string, rows: string): Lines {
  if (from === null) return []
  return [
    `Before ${text(from)} no ${rows} are kept. \`immersion stats calendar\` and every total still include that time.`,
  ]
}

export function throughput({ by, rows, rowsFrom }: ThroughputAnswer, view: View): Lines {
  const removed = removedBefore(rowsFrom, by === 'month' ? monthToIso : dayToIso, 'rows')
  if (rows.length === 0) return ['Nothing matches.', ...removed]
  const columns: readonly RowColumn<ThroughputRow>[] = [
    nameColumn(by, ({ label }) => label),
    ACTIVE,
    CHARS_PER_HOUR,
    WORDS_PER_MINUTE,
    numbers('cards/h', ({ rates }) => say.rate(rates.cardsPerHour)),
    numbers('lookups/100 words', ({ rates }) => say.rate(rates.lookupsPerHundredWords), true),
    numbers('hits', ({ rates }) => say.percent(rates.lookupHitRate), true),
    bars(({ rates }) => rates.charsPerHour ?? 0, rows),
  ]
  return [...tableOf(columns, rows, view.width), ...removed]
}

export function streak(answer: StreakAnswer, view: View): Lines {
  const today = answer.todayCounts ? 'today counts' : 'today does not count yet'
  return [
    `${bold(days(answer.current), view.color)} now${spanText(answer.current)}; ${today}`,
    `${days(answer.longest)} at the longest${spanText(answer.longest)}`,
    `${say.counted(answer.activeDays, 'day')} with at least ${say.number(answer.minimumMinutes)} active min`,
  ]
}

function days(span: StreakSpan): string {
  return say.counted(span.days, 'day')
}

function spanText({ fromDay, lastDay }: StreakSpan): string {
  return fromDay === null || lastDay === null ? '' : ` (${dayToIso(fromDay)} – ${dayToIso(lastDay)})`
}

export function trend({ current, previous, change, days: byDay }: TrendAnswer): Lines {
  const names = MEASURE_NAMES.filter((name) => current.measures[name] !== 0 || previous.measures[name] !== 0)
  const columns: readonly RowColumn<MeasureName | 'activeDays'>[] = [
    { title: '', cell: measureTitle },
    spanColumn(current),
    spanColumn(previous),
    numbers('change', (name) => (name === 'activeDays' ? '' : say.change(change[name]))),
  ]
  const day = ({ localDay }: TrendAnswer['days'][number]) => dayToIso(localDay)
  return [
    ...tableOf(columns, ['activeDays', ...names]),
    '',
    ...tableOf([{ title: 'day', cell: day }, ACTIVE, bars(activeMsOf, byDay)], byDay),
  ]
}

function spanColumn({ fromDay, toDay, activeDays, measures }: TrendSpan): RowColumn<MeasureName | 'activeDays'> {
  return numbers(`${dayToIso(fromDay)} – ${dayToIso(toDay - 1)}`, (name) =>
    name === 'activeDays' ? say.number(activeDays) : measureText(name, measures),
  )
}
