// How each answer of the analytics looks in a terminal (those of sessions are in stats-sessions.ts): a line that says the
// main thing, then a table or a picture. Pure: an answer and a view in, lines out.

import { MEASURE_NAMES, type Measures } from '../events/measures.js'
import type {
  CalendarAnswer,
  DailyAnswer,
  HoursAnswer,
  MonthlyAnswer,
  OverviewAnswer,
  StreakAnswer,
  StreakSpan,
  ThroughputAnswer,
  TrendAnswer,
  VideoAnswer,
  VideosAnswer,
} from '../ports/analytics-types.js'
import { calendarLines, hoursLines } from './heat-maps.js'
import { bar, bold, table } from './pictures.js'
import {
  BAR_WIDTH,
  type Lines,
  MEASURE_COLUMNS,
  measureCells,
  measureList,
  measureTitle,
  more,
  rateList,
  sessionTable,
  type View,
} from './stats-parts.js'
import * as say from './wording.js'

const NOTHING_YET = 'Nothing recorded yet. `immersion track mpv` records, `immersion demo` shows what it looks like.'

export function overview(answer: OverviewAnswer, view: View): Lines {
  if (answer.total.measures.watchedMs === 0 && answer.latestSessions.length === 0) return [NOTHING_YET]
  const spans = [['today', answer.today] as const, ['7 days', answer.week] as const, ['in all', answer.total] as const]
  const total = answer.total.measures.activeMs
  return [
    ...table(
      [{ title: '' }, ...MEASURE_COLUMNS, { title: 'chars/h', align: 'right' }, { title: 'words/min', align: 'right' }],
      spans.map(([name, { measures, rates }]) => [
        name,
        ...measureCells(measures),
        say.rate(rates.charsPerHour),
        say.rate(rates.wordsPerMinute),
      ]),
    ),
    '',
    `${bold('Streak', view.color)}  ${streakText(answer.streak.current)} now, longest ${streakText(answer.streak.longest)}; ${say.number(answer.activeDays)} days and ${say.number(answer.videos)} videos in all`,
    '',
    ...table(
      [{ title: 'language' }, { title: 'active', align: 'right' }, { title: '' }],
      answer.languages.map(({ language, measures }) => [
        language,
        say.duration(measures.activeMs),
        bar(measures.activeMs, total, BAR_WIDTH),
      ]),
    ),
    '',
    ...sessionTable(answer.latestSessions),
  ]
}

export function videos(answer: VideosAnswer): Lines {
  if (answer.videos.length === 0) return ['No videos here.']
  const most = Math.max(...answer.videos.map((video) => video.measures.activeMs))
  return [
    ...table(
      [{ title: 'video', maxWidth: 44 }, ...MEASURE_COLUMNS, { title: 'chars/h', align: 'right' }, { title: '' }],
      answer.videos.map(({ title, measures, rates }) => [
        title,
        ...measureCells(measures),
        say.rate(rates.charsPerHour),
        bar(measures.activeMs, most, BAR_WIDTH),
      ]),
    ),
    ...more(answer.nextCursor),
  ]
}

export function video({ video: one, languages, sessions: latest }: VideoAnswer): Lines {
  return [
    one.title,
    one.videoKey,
    languages.map(({ language, measures }) => `${language} ${say.duration(measures.activeMs)}`).join(', '),
    '',
    ...measureList(one.measures),
    ...rateList(one.rates),
    '',
    ...sessionTable(latest),
  ]
}

export function daily(answer: DailyAnswer): Lines {
  const left = leftOut(answer.rowsFrom, say.day, 'days by video', 'stats calendar')
  if (answer.days.length === 0) return ['No days here.', ...left]
  return [
    ...table(
      [{ title: 'day' }, { title: 'video', maxWidth: 44 }, { title: 'language' }, ...MEASURE_COLUMNS],
      answer.days.map((row) => [say.day(row.localDay), row.title, row.language, ...measureCells(row.measures)]),
    ),
    ...more(answer.nextCursor),
    ...left,
  ]
}

export function monthly(answer: MonthlyAnswer): Lines {
  const left = leftOut(answer.rowsFrom, say.month, 'months by video', 'stats calendar')
  if (answer.months.length === 0) return ['No months here.', ...left]
  return [
    ...table(
      [{ title: 'month' }, { title: 'video', maxWidth: 44 }, { title: 'language' }, ...MEASURE_COLUMNS],
      answer.months.map((row) => [say.month(row.localMonth), row.title, row.language, ...measureCells(row.measures)]),
    ),
    ...more(answer.nextCursor),
    ...left,
  ]
}

/** Rows that retention has taken out, so that nobody takes an old month without rows for one without watching. */
function leftOut(from: number | null, said: (period: number) => string, what: string, instead: string): Lines {
  if (from === null) return []
  return [
    `Before ${said(from)} no ${what} are kept; \`immersion ${instead}\` and every total have what was watched then.`,
  ]
}

export function throughput(answer: ThroughputAnswer): Lines {
  const said = answer.by === 'month' ? say.month : say.day
  const left = leftOut(answer.rowsFrom, said, 'rows', 'stats calendar')
  if (answer.rows.length === 0) return ['Nothing here.', ...left]
  const fastest = Math.max(0, ...answer.rows.map((row) => row.rates.charsPerHour ?? 0))
  const rows = table(
    [
      { title: answer.by, maxWidth: 44 },
      { title: 'active', align: 'right' },
      { title: 'chars/h', align: 'right' },
      { title: 'words/min', align: 'right' },
      { title: 'cards/h', align: 'right' },
      { title: 'lookups/100 words', align: 'right' },
      { title: 'hits', align: 'right' },
      { title: '' },
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
  )
  return [...rows, ...left]
}

export function streak(answer: StreakAnswer, view: View): Lines {
  const today = answer.todayCounts ? 'today counts' : 'today does not count yet'
  return [
    `${bold(streakText(answer.current), view.color)} now${spanText(answer.current)}; ${today}`,
    `longest ${streakText(answer.longest)}${spanText(answer.longest)}`,
    `${say.number(answer.activeDays)} days with at least ${say.number(answer.minimumMinutes)} active min`,
  ]
}

export function trend({ current, previous, change, days }: TrendAnswer): Lines {
  const times: ReadonlySet<string> = new Set(['watchedMs', 'activeMs', 'pausedMs'])
  const value = (name: keyof Measures, measures: Measures) =>
    times.has(name) ? say.duration(measures[name]) : say.number(measures[name])
  const most = Math.max(0, ...days.map((one) => one.measures.activeMs))
  return [
    ...table(
      [
        { title: '' },
        { title: `${say.day(current.fromDay)} – ${say.day(current.toDay - 1)}`, align: 'right' },
        { title: `${say.day(previous.fromDay)} – ${say.day(previous.toDay - 1)}`, align: 'right' },
        { title: 'change', align: 'right' },
      ],
      [
        ['active days', say.number(current.activeDays), say.number(previous.activeDays), ''],
        ...MEASURE_NAMES.filter((name) => current.measures[name] !== 0 || previous.measures[name] !== 0).map((name) => [
          measureTitle(name),
          value(name, current.measures),
          value(name, previous.measures),
          say.change(change[name]),
        ]),
      ],
    ),
    '',
    ...table(
      [{ title: 'day' }, { title: 'active', align: 'right' }, { title: '' }],
      days.map((one) => [
        say.day(one.localDay),
        say.duration(one.measures.activeMs),
        bar(one.measures.activeMs, most, BAR_WIDTH),
      ]),
    ),
  ]
}

export function hours(answer: HoursAnswer, view: View): Lines {
  return hoursLines(answer, view.color)
}

export function calendar(answer: CalendarAnswer, view: View): Lines {
  return calendarLines(answer, view)
}

function streakText({ days }: StreakSpan): string {
  return days === 1 ? '1 day' : `${say.number(days)} days`
}

function spanText({ fromDay, lastDay }: StreakSpan): string {
  return fromDay === null || lastDay === null ? '' : ` (${say.day(fromDay)} – ${say.day(lastDay)})`
}
