// `immersion stats …`: a subcommand for each query of the analytics. QUERIES lists them by the method of Analytics that
// answers: the options that the query takes, its input, and the function of stats-render.ts or pictures.ts that prints it.

import { InvalidArgumentError, Option } from 'commander'
import { THROUGHPUT_BY } from '../analytics/throughput.js'
import { VIDEO_SORTS } from '../analytics/videos.js'
import { dayBeginMs, localDayOf, zoneOffsetMin } from '../events/calendar.js'
import { withoutUndefined } from '../events/plain-data.js'
import type { Analytics, ThroughputBy, VideoSort } from '../ports/analytics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { addDefaultSubcommand, type ContextCommand, printFromStore } from './context.js'
import type { Lines } from './output.js'
import { calendar, hours } from './pictures.js'
import type { View } from './stats-render.js'
import * as render from './stats-render.js'
import { parseDay, parseMonth } from './wording.js'

type Texts = Record<'from' | 'to' | 'lang' | 'cursor', string>
type Numbers = Record<'limit' | 'minutes' | 'days', number>
type Options = Readonly<Partial<Texts & Numbers & { by: ThroughputBy; sort: VideoSort }>>

/** One use of a query: what was typed, and what the profile says about days. */
type Call = Awaited<ReturnType<typeof callOf>>

/** The queries that have a page. */
type Name = keyof Analytics &
  (
    | 'overview'
    | 'sessions'
    | 'session'
    | 'timeline'
    | 'videos'
    | 'video'
    | 'daily'
    | 'monthly'
    | 'throughput'
    | 'streak'
    | 'trend'
    | 'hours'
    | 'calendar'
  )
type Inputs = { readonly [N in Name]: Parameters<Analytics[N]>[0] }
type Answers = { readonly [N in Name]: Awaited<ReturnType<Analytics[N]>> }

type Methods = { readonly [N in Name]: (input: Inputs[N]) => Promise<Answers[N]> }

type Query<N extends Name> = readonly [
  description: string,
  options: readonly (keyof Options)[],
  input: (call: Call) => Inputs[N],
  lines: (answer: Answers[N], view: View) => Lines,
  argument?: string,
]

const DEFAULT_QUERY = 'overview'
const PAGES: Query<'daily'>[1] = ['from', 'to', 'lang', 'limit', 'cursor']

const QUERIES: { readonly [N in Name]: Query<N> } = {
  overview: [
    'show today, the last 7 days and everything, with streaks and languages (the default)',
    [],
    ({ today }) => ({ today }),
    render.overview,
  ],
  sessions: ['list sessions, newest first', PAGES, (call) => call.moments(), render.sessions],
  session: ['show one session', [], (call) => call.argument, render.session, '<id>'],
  timeline: [
    'show what happened in one session, in order of time',
    ['limit', 'cursor'],
    ({ filter, argument }) => ({ ...filter, sessionId: argument }),
    render.timeline,
    '<id>',
  ],
  videos: [
    'list videos, most watched first',
    ['lang', 'limit', 'cursor', 'sort'],
    (call) => call.filter,
    render.videos,
  ],
  video: ['show one video', [], (call) => call.argument, render.video, '<key>'],
  daily: ['list each day by video, newest first', PAGES, (call) => call.localDays(), render.daily],
  monthly: ['list each month by video, newest first', PAGES, (call) => call.months(), render.monthly],
  throughput: [
    'show how fast you read: characters per hour, words per minute, cards per hour',
    ['from', 'to', 'lang', 'by', 'limit'],
    (call) => call.localDays(),
    render.throughput,
  ],
  streak: [
    'count the days in a row on which you watched',
    ['lang', 'minutes'],
    ({ filter, today }) => ({ ...filter, today }),
    render.streak,
  ],
  trend: [
    'compare the last days with the same number of days before them',
    ['lang', 'days'],
    ({ filter, today }) => ({ ...filter, today }),
    render.trend,
  ],
  hours: ['show at which hours of the week you watch, as a heat map', ['lang'], (call) => call.filter, hours],
  calendar: [
    'show the days of a year as a heat map',
    ['from', 'to', 'lang'],
    ({ localDays, today }) => ({ ...localDays(), today }),
    calendar,
  ],
}

export function addStatsCommand(program: ContextCommand): void {
  const stats = program.command('stats').description('show statistics; without a subcommand, the overview')
  for (const name of Object.keys(QUERIES) as Name[]) addQuery(stats, name)
}

function addQuery<N extends Name>(stats: ContextCommand, name: N): void {
  const [description, options, input, lines, argument = ''] = QUERIES[name]
  const command = name === DEFAULT_QUERY ? addDefaultSubcommand(stats, name) : stats.command(`${name} ${argument}`)
  command.description(description)
  for (const option of options) command.addOption(OPTIONS[option]())
  command.run((context, given: Options, typed?: string) => {
    const answerFrom = async (store: ImmersionTrackingStore) => {
      const analytics: Methods = store.analytics
      return analytics[name](input(await callOf(store, context.timeZone, given, typed ?? '')))
    }
    return printFromStore(context, answerFrom, lines)
  })
}

async function callOf(store: ImmersionTrackingStore, timeZone: string, options: Options, argument: string) {
  const { dayStartsAtHour } = await store.maintenance.settings()
  const nowMs = Date.now()
  const today = localDayOf(nowMs, zoneOffsetMin(nowMs, timeZone), dayStartsAtHour)
  const { from, to, lang: language, minutes: minimumMinutes, ...others } = options
  /** The options that a query takes as they are: a command has only those of its query. */
  const filter = withoutUndefined({ ...others, language, minimumMinutes })
  const dayOf = (text: string) => parseDay(text, today)
  const ends = (read: (text: string) => number) =>
    [from, to].map((text) => (text === undefined ? undefined : read(text)))
  return {
    /** The argument after the name, or empty. */
    argument,
    today,
    filter,
    localDays: () => {
      const [fromDay, toDay] = ends(dayOf)
      return withoutUndefined({ ...filter, fromDay, toDay })
    },
    months: () => {
      const [fromMonth, toMonth] = ends(parseMonth)
      return withoutUndefined({ ...filter, fromMonth, toMonth })
    },
    /** Sessions are found by their start, so a date stands for the moment at which that local day begins. */
    moments: () => {
      const [fromMs, toMs] = ends((text) => dayBeginMs(dayOf(text), dayStartsAtHour, timeZone))
      return withoutUndefined({ ...filter, fromMs, toMs })
    },
  }
}

const OPTIONS: Readonly<Record<keyof Options, () => Option>> = {
  from: () => new Option('--from <date>', 'start with this date (2026-03-01, today, 30d)'),
  to: () => new Option('--to <date>', 'end before this date'),
  lang: () => new Option('--lang <language>', 'only in this language, such as ja'),
  by: () => new Option('--by <group>', 'print one row for each').choices(THROUGHPUT_BY),
  limit: () => new Option('--limit <count>', 'print at most this many rows').argParser(wholeNumber),
  sort: () => new Option('--sort <measure>', 'put the videos with most of this first').choices(VIDEO_SORTS),
  cursor: () => new Option('--cursor <cursor>', 'continue after a page; each page prints the cursor of the next'),
  minutes: () => new Option('--minutes <count>', 'active minutes that make a day count').argParser(wholeNumber),
  days: () => new Option('--days <count>', 'number of days to compare').argParser(wholeNumber),
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Use a whole number of at least 1.')
  return value
}
