// The look of each answer of the analytics in a terminal; stats-sessions.ts has the answers about sessions. Called by the
// list of queries in stats.ts and by demo.ts. Pure: an answer and a view in, lines out.

import { MEASURE_NAMES } from '../events/measures.js'
import type {
  DailyAnswer,
  MonthlyAnswer,
  OverviewAnswer,
  StreakAnswer,
  StreakSpan,
  ThroughputAnswer,
  TrendAnswer,
  VideoAnswer,
  VideosAnswer,
} from '../ports/analytics-types.js'
import { bar, bold, table } from './pictures.js'
import {
  BAR_COLUMN,
  BAR_WIDTH,
  type Lines,
  MEASURE_COLUMNS,
  measureCells,
  measureList,
  measureText,
  measureTitle,
  nextPage,
  rateList,
  sessionTable,
  type View,
} from './stats-parts.js'
import * as say from './wording.js'

const NOTHING_YET =
  'Nothing is recorded yet. `immersion track mpv` starts to record. `immersion demo` shows a year of example data.'

export function overview(answer: OverviewAnswer, view: View): Lines {
  if (answer.total.measures.watchedMs === 0 && answer.latestSessions.length === 0) return [NOTHING_YET]
  const { streak, activeDays, total } = answer
  const spans = [['today', answer.today] as const, ['7 days', answer.week] as const, ['in all', total] as const]
  return [
    ...table(
      [{ title: '' }, ...MEASURE_COLUMNS, { title: 'chars/h', align: 'right' }, { title: 'words/min', align: 'right' }],
      spans.map(([name, { measures, rates }]) => [
        name,
        ...measureCells(measures),
        say.rate(rates.charsPerHour),
        say.rate(rates.wordsPerMinute),
      ]),
      view.width,
    ),
    '',
    `${bold('Streak', view.color)}  ${days(streak.current)} now, ${days(streak.longest)} at the longest`,
    `        ${say.counted(activeDays, 'day')} and ${say.counted(answer.videos, 'video')} in all`,
    '',
    ...activeTable(
      'language',
      answer.languages.map(({ language, measures }) => [language, measures.activeMs]),
      total.measures.activeMs,
    ),
    '',
    ...sessionTable(answer.latestSessions, view),
  ]
}

/** A row for each name, with its active time and a bar out of `most`. */
function activeTable(title: string, rows: readonly (readonly [name: string, activeMs: number])[], most: number): Lines {
  return table(
    [{ title }, { title: 'active', align: 'right' }, { title: '' }],
    rows.map(([name, activeMs]) => [name, say.duration(activeMs), bar(activeMs, most, BAR_WIDTH)]),
  )
}

export function videos(answer: VideosAnswer, view: View): Lines {
  if (answer.videos.length === 0) return ['No videos match.']
  const most = Math.max(...answer.videos.map((video) => video.measures.activeMs))
  return [
    ...table(
      [{ title: 'video', maxWidth: 44 }, ...MEASURE_COLUMNS, { title: 'chars/h', align: 'right' }, BAR_COLUMN],
      answer.videos.map(({ title, measures, rates }) => [
        title,
        ...measureCells(measures),
        say.rate(rates.charsPerHour),
        bar(measures.activeMs, most, BAR_WIDTH),
      ]),
      view.width,
    ),
    ...nextPage(answer.nextCursor),
  ]
}

export function video({ video: one, languages, sessions: latest }: VideoAnswer, view: View): Lines {
  return [
    one.title,
    one.videoKey,
    languages.map(({ language, measures }) => `${language} ${say.duration(measures.activeMs)}`).join(', '),
    '',
    ...measureList(one.measures),
    ...rateList(one.rates),
    '',
    ...sessionTable(latest, view),
  ]
}

export function daily({ days: rows, rowsFrom, nextCursor }: DailyAnswer, view: View): Lines {
  const cells = rows.map((row) => [say.day(row.localDay), row.title, row.language, ...measureCells(row.measures)])
  return periodTable('day', cells, nextCursor, removedBefore(rowsFrom, say.day, 'days by video'), view)
}

export function monthly({ months: rows, rowsFrom, nextCursor }: MonthlyAnswer, view: View): Lines {
  const cells = rows.map((row) => [say.month(row.localMonth), row.title, row.language, ...measureCells(row.measures)])
  return periodTable('month', cells, nextCursor, removedBefore(rowsFrom, say.month, 'months by video'), view)
}

function periodTable(
  period: string,
  cells: readonly (readonly string[])[],
  nextCursor: string | null,
  removed: Lines,
  view: View,
): Lines {
  if (cells.length === 0) return [`No ${period}s match.`, ...removed]
  const columns = [{ title: period }, { title: 'video', maxWidth: 44 }, { title: 'language' }, ...MEASURE_COLUMNS]
  return [...table(columns, cells, view.width), ...nextPage(nextCursor), ...removed]
}

/** Says which rows retention has removed, so that an old month without rows is not read as one without watching. */
function removedBefore(from: number | null, text: (period: number) => string, rows: string): Lines {
  if (from === null) return []
  return [
    `Before ${text(from)} no ${rows} are kept. \`immersion stats calendar\` and every total still include that time.`,
  ]
}

export function throughput(answer: ThroughputAnswer, view: View): Lines {
  const removed = removedBefore(answer.rowsFrom, answer.by === 'month' ? say.month : say.day, 'rows')
  if (answer.rows.length === 0) return ['Nothing matches.', ...removed]
  const fastest = Math.max(0, ...answer.rows.map((row) => row.rates.charsPerHour ?? 0))
  const rows = table(
    [
      { title: answer.by, maxWidth: 44 },
      { title: 'active', align: 'right' },
      { title: 'chars/h', align: 'right' },
      { title: 'words/min', align: 'right' },
      { title: 'cards/h', align: 'right' },
      { title: 'lookups/100 words', align: 'right', spare: true },
      { title: 'hits', align: 'right', spare: true },
      BAR_COLUMN,
    ],
    answer.rows.map(({ label, measures, rates }) => [
      label,
      say.duration(measures.activeMs),
      say.rate(rates.charsPerHour),
      say.rate(rates.wordsPerMinute),
      say.rate(rates.cardsPerHour),
      say.rate(rates.lookupsPerHundredWords),
      say.percent(rates.lookupHitRate),
      bar(rates.charsPerHour ?? 0, fastest, BAR_WIDTH),
    ]),
    view.width,
  )
  return [...rows, ...removed]
}

export function streak(answer: StreakAnswer, view: View): Lines {
  const today = answer.todayCounts ? 'today counts' : 'today does not count yet'
  return [
    `${bold(days(answer.current), view.color)} now${spanText(answer.current)}; ${today}`,
    `${days(answer.longest)} at the longest${spanText(answer.longest)}`,
    `${say.counted(answer.activeDays, 'day')} with at least ${say.number(answer.minimumMinutes)} active min`,
  ]
}

export function trend({ current, previous, change, days: byDay }: TrendAnswer): Lines {
  const spanTitle = ({ fromDay, toDay }: { readonly fromDay: number; readonly toDay: number }) =>
    `${say.day(fromDay)} – ${say.day(toDay - 1)}`
  return [
    ...table(
      [
        { title: '' },
        { title: spanTitle(current), align: 'right' },
        { title: spanTitle(previous), align: 'right' },
        { title: 'change', align: 'right' },
      ],
      [
        ['active days', say.number(current.activeDays), say.number(previous.activeDays), ''],
        ...MEASURE_NAMES.filter((name) => current.measures[name] !== 0 || previous.measures[name] !== 0).map((name) => [
          measureTitle(name),
          measureText(name, current.measures),
          measureText(name, previous.measures),
          say.change(change[name]),
        ]),
      ],
    ),
    '',
    ...activeTable(
      'day',
      byDay.map((one) => [say.day(one.localDay), one.measures.activeMs]),
      Math.max(0, ...byDay.map((one) => one.measures.activeMs)),
    ),
  ]
}

function days(span: StreakSpan): string {
  return say.counted(span.days, 'day')
}

function spanText({ fromDay, lastDay }: StreakSpan): string {
  return fromDay === null || lastDay === null ? '' : ` (${say.day(fromDay)} – ${say.day(lastDay)})`
}
