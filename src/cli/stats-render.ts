// The look of each answer of the analytics in a terminal; pictures.ts has tables, bars and the two heat maps. Called by the
// list of queries in stats.ts and by demo.ts. Pure: an answer and a view in, lines out.

import { dayToIso, monthToIso, zoneOffsetMin } from '../events/calendar.js'
import { MEASURE_NAMES, type MeasureName, type Measures } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type * as answers from '../ports/analytics-types.js'
import type { Context } from './context.js'
import type { Lines } from './output.js'
import { bar, bold, type Column, table } from './pictures.js'
import * as say from './wording.js'

const NOTHING_YET =
  'Nothing is recorded yet. `immersion track mpv` starts to record. `immersion demo` shows a year of example data.'

export function overview(answer: answers.OverviewAnswer, view: View): Lines {
  const { today, week, total, streak, languages, latestSessions } = answer
  if (total.measures.watchedMs === 0 && latestSessions.length === 0) return [NOTHING_YET]
  const spans = [
    { name: 'today', ...today },
    { name: '7 days', ...week },
    { name: 'in all', ...total },
  ]
  const name = { title: '', cell: (span: { readonly name: string }) => span.name }
  const language = { title: 'language', cell: (one: answers.OverviewAnswer['languages'][number]) => one.language }
  return [
    ...table([name, ...MEASURE_COLUMNS, CHARS_PER_HOUR, WORDS_PER_MINUTE], spans, view.width),
    '',
    `${bold('Streak', view.color)}  ${days(streak.current)} now, ${days(streak.longest)} at the longest`,
    `        ${say.counted(answer.activeDays, 'day')} and ${say.counted(answer.videos, 'video')} in all`,
    '',
    ...table([language, ACTIVE, bars(activeMsOf, languages, total.measures.activeMs)], languages),
    '',
    ...sessionTable(latestSessions, view),
  ]
}

export function sessions(answer: answers.SessionsAnswer, view: View): Lines {
  if (answer.sessions.length === 0) return ['No sessions match.']
  return [...sessionTable(answer.sessions, view), ...nextPage(answer.nextCursor)]
}

export function session({ session: one, eventsHeld, eventsRecorded }: answers.SessionAnswer): Lines {
  return [
    `${one.title}${one.series === null ? '' : `  (${one.series})`}`,
    `${one.sessionId}  ${one.language}  ${say.clockTime(one.startedAtMs, one.utcOffsetMin)} – ${say.clockTime(one.endedAtMs, one.utcOffsetMin)}  ${one.status}`,
    `${say.counted(eventsRecorded, 'event')} recorded, ${say.number(eventsHeld)} still held`,
    '',
    ...measureLines(one),
  ]
}

const REMOVED_TEXTS: Readonly<Record<answers.TimelineAnswer['detail'], Lines>> = {
  events: [],
  mixed: ['Retention has removed some of the events. The quarter hours below are complete.'],
  quarters: ['Retention has removed the events. These are the quarter hours of the session.'],
}

type Quarter = answers.TimelineAnswer['quarters'][number]

export function timeline({ detail, items, quarters, nextCursor }: answers.TimelineAnswer, view: View): Lines {
  const offsetMin = quarters[0]?.utcOffsetMin ?? zoneOffsetMin(Date.now(), view.timeZone)
  const from = (quarter: Quarter) => say.clockTime(quarter.fromMs, quarter.utcOffsetMin)
  const columns = [{ title: 'quarter hour', cell: from }, ...MEASURE_COLUMNS, bars(activeMsOf, quarters)]
  return [
    ...REMOVED_TEXTS[detail],
    ...items.map((item) => timelineLine(item, offsetMin)),
    '',
    ...table(columns, quarters, view.width),
    ...nextPage(nextCursor),
  ]
}

function timelineLine(item: answers.TimelineItem, offsetMin: number): string {
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
function nameColumn<Row>(title: string, cell: (row: Row) => string): Column<Row> {
  return { title, maxWidth: 44, cell }
}

export function videos(answer: answers.VideosAnswer, view: View): Lines {
  if (answer.videos.length === 0) return ['No videos match.']
  const title = nameColumn('video', (one: answers.VideoSummary) => one.title)
  const columns = [title, ...MEASURE_COLUMNS, CHARS_PER_HOUR, bars(activeMsOf, answer.videos)]
  return [...table(columns, answer.videos, view.width), ...nextPage(answer.nextCursor)]
}

export function video({ video: one, languages, sessions: latest }: answers.VideoAnswer, view: View): Lines {
  return [
    one.title,
    one.videoKey,
    languages.map(({ language, measures }) => `${language} ${say.duration(measures.activeMs)}`).join(', '),
    '',
    ...measureLines(one),
    '',
    ...sessionTable(latest, view),
  ]
}

export function daily(answer: answers.DailyAnswer, view: View): Lines {
  return periodTable('day', answer.days, ({ localDay }) => dayToIso(localDay), dayToIso, answer, view)
}

export function monthly(answer: answers.MonthlyAnswer, view: View): Lines {
  return periodTable('month', answer.months, ({ localMonth }) => monthToIso(localMonth), monthToIso, answer, view)
}

function periodTable<Row extends answers.DayRow | answers.MonthRow>(
  period: string,
  rows: readonly Row[],
  cell: (row: Row) => string,
  text: (period: number) => string,
  { rowsFrom, nextCursor }: Pick<answers.DailyAnswer, 'rowsFrom' | 'nextCursor'>,
  view: View,
): Lines {
  const removed = removedBefore(rowsFrom, text, `${period}s by video`)
  if (rows.length === 0) return [`No ${period}s match.`, ...removed]
  const columns: readonly Column<Row>[] = [
    { title: period, cell },
    nameColumn('video', ({ title }) => title),
    { title: 'language', cell: ({ language }) => language },
    ...MEASURE_COLUMNS,
  ]
  return [...table(columns, rows, view.width), ...nextPage(nextCursor), ...removed]
}

/** Says which rows retention has removed, so that an old month without rows is not read as one without watching. */
function removedBefore(from: number | null, text: (period: number) => string, rows: string): Lines {
  if (from === null) return []
  return [
    `Before ${text(from)} no ${rows} are kept. \`immersion stats calendar\` and every total still include that time.`,
  ]
}

export function throughput({ by, rows, rowsFrom }: answers.ThroughputAnswer, view: View): Lines {
  const removed = removedBefore(rowsFrom, by === 'month' ? monthToIso : dayToIso, 'rows')
  if (rows.length === 0) return ['Nothing matches.', ...removed]
  const columns: readonly Column<answers.ThroughputRow>[] = [
    nameColumn(by, ({ label }) => label),
    ACTIVE,
    CHARS_PER_HOUR,
    WORDS_PER_MINUTE,
    numbers('cards/h', ({ rates }) => say.rate(rates.cardsPerHour)),
    numbers('lookups/100 words', ({ rates }) => say.rate(rates.lookupsPerHundredWords), true),
    numbers('hits', ({ rates }) => say.percent(rates.lookupHitRate), true),
    bars(({ rates }) => rates.charsPerHour ?? 0, rows),
  ]
  return [...table(columns, rows, view.width), ...removed]
}

export function streak(answer: answers.StreakAnswer, view: View): Lines {
  const today = answer.todayCounts ? 'today counts' : 'today does not count yet'
  return [
    `${bold(days(answer.current), view.color)} now${spanText(answer.current)}; ${today}`,
    `${days(answer.longest)} at the longest${spanText(answer.longest)}`,
    `${say.counted(answer.activeDays, 'day')} with at least ${say.number(answer.minimumMinutes)} active min`,
  ]
}

function days(span: answers.StreakSpan): string {
  return say.counted(span.days, 'day')
}

function spanText({ fromDay, lastDay }: answers.StreakSpan): string {
  return fromDay === null || lastDay === null ? '' : ` (${dayToIso(fromDay)} – ${dayToIso(lastDay)})`
}

export function trend({ current, previous, change, days: byDay }: answers.TrendAnswer): Lines {
  const names = MEASURE_NAMES.filter((name) => current.measures[name] !== 0 || previous.measures[name] !== 0)
  const columns: readonly Column<MeasureName | 'activeDays'>[] = [
    { title: '', cell: measureTitle },
    spanColumn(current),
    spanColumn(previous),
    numbers('change', (name) => (name === 'activeDays' ? '' : say.change(change[name]))),
  ]
  const day = ({ localDay }: answers.TrendAnswer['days'][number]) => dayToIso(localDay)
  return [
    ...table(columns, ['activeDays', ...names]),
    '',
    ...table([{ title: 'day', cell: day }, ACTIVE, bars(activeMsOf, byDay)], byDay),
  ]
}

function spanColumn({ fromDay, toDay, activeDays, measures }: answers.TrendSpan): Column<MeasureName | 'activeDays'> {
  return numbers(`${dayToIso(fromDay)} – ${dayToIso(toDay - 1)}`, (name) =>
    name === 'activeDays' ? say.number(activeDays) : measureText(name, measures),
  )
}

/** The terminal, and the zone of printed times. */
export type View = Pick<Context, 'color' | 'timeZone' | 'width'>

type Counted = { readonly measures: Measures }
type Rated = { readonly rates: answers.Rates }

const BAR_WIDTH = 24

/** A column of numbers. A spare one is left out of a narrow terminal. */
function numbers<Row>(title: string, cell: (row: Row) => string, spare = false): Column<Row> {
  return { title, align: 'right', cell, spare }
}

const ACTIVE = numbers('active', ({ measures }: Counted) => say.duration(measures.activeMs))
const COUNTS = ['lines', 'chars', 'words', 'lookups', 'cards'] as const
const MEASURE_COLUMNS = [
  ACTIVE,
  ...COUNTS.map((name) => numbers(name, ({ measures }: Counted) => say.number(measures[name]), true)),
]
const CHARS_PER_HOUR = numbers('chars/h', ({ rates }: Rated) => say.rate(rates.charsPerHour))
const WORDS_PER_MINUTE = numbers('words/min', ({ rates }: Rated) => say.rate(rates.wordsPerMinute))

function activeMsOf({ measures }: Counted): number {
  return measures.activeMs
}

/** A bar in each row, out of the largest value among the rows. */
function bars<Row>(
  valueIn: (row: Row) => number,
  rows: readonly Row[],
  most = Math.max(0, ...rows.map(valueIn)),
): Column<Row> {
  return { title: '', spare: true, cell: (row) => bar(valueIn(row), most, BAR_WIDTH) }
}

function sessionTable(rows: readonly answers.SessionSummary[], { width }: View): Lines {
  const columns: readonly Column<answers.SessionSummary>[] = [
    { title: 'started', cell: ({ startedAtMs, utcOffsetMin }) => say.clockTime(startedAtMs, utcOffsetMin) },
    { title: 'video', maxWidth: 40, cell: ({ title }) => title },
    { title: 'language', spare: true, cell: ({ language }) => language },
    ...MEASURE_COLUMNS,
    { title: '', cell: ({ status }) => (status === 'ended' ? '' : status) },
    { title: 'session', cell: ({ sessionId }) => sessionId },
  ]
  return table(columns, rows, width)
}

/** The times in one line, the counts that are not 0 in another, and the rates. */
function measureLines({ measures, rates }: Counted & Rated): Lines {
  const otherTimes = MEASURE_NAMES.filter((name) => isTime(name) && name !== 'watchedMs' && name !== 'activeMs')
  const counts = MEASURE_NAMES.filter((name) => !isTime(name) && name !== 'sessions' && measures[name] !== 0)
  return [
    `active ${say.duration(measures.activeMs)} of ${say.duration(measures.watchedMs)} watched` +
      otherTimes.map((name) => `, ${say.duration(measures[name])} ${measureTitle(name)}`).join(''),
    counts.map((name) => `${measureTitle(name)} ${say.number(measures[name])}`).join('  '),
    `${say.rate(rates.charsPerHour)} chars/h  ${say.rate(rates.wordsPerMinute)} words/min  ${say.rate(rates.cardsPerHour)} cards/h  ` +
      `${say.rate(rates.lookupsPerHundredWords)} lookups/100 words  ${say.percent(rates.lookupHitRate)} found`,
  ]
}

/** A time as hours and minutes, a count as a number. */
function measureText(name: MeasureName, measures: Measures): string {
  return isTime(name) ? say.duration(measures[name]) : say.number(measures[name])
}

function isTime(name: MeasureName): boolean {
  return name.endsWith('Ms')
}

/** `seeksForward` as `seeks forward`, `activeMs` as `active`. */
function measureTitle(name: string): string {
  return name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function nextPage(nextCursor: string | null): Lines {
  return nextCursor === null ? [] : ['', `There are more. For the next page add: --cursor ${nextCursor}`]
}
