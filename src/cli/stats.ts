// `immersion stats …`: a subcommand for each query of the analytics. QUERIES lists them: what a query is called, which
// options it takes, which method of Analytics answers it, and which function (of stats-render.ts, stats-sessions.ts or
// heat-maps.ts) prints the answer.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { THROUGHPUT_BY } from '../analytics/throughput.js'
import { VIDEO_SORTS } from '../analytics/videos.js'
import { dayBeginMs, localDayOf, zoneOffsetMin } from '../events/calendar.js'
import type { Analytics, ThroughputBy, VideoSort } from '../ports/analytics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { withoutUndefined } from '../store/config-checks.js'
import { type Context, contextOf, withStore } from './context.js'
import * as heatMaps from './heat-maps.js'
import { printAnswer } from './output.js'
import type { Lines, View } from './stats-parts.js'
import * as render from './stats-render.js'
import * as sessions from './stats-sessions.js'
import { addDefaultSubcommand } from './subcommands.js'
import { parseDay, parseMonth } from './wording.js'

interface Options {
  readonly from?: string
  readonly to?: string
  readonly lang?: string
  readonly by?: ThroughputBy
  readonly limit?: number
  readonly sort?: VideoSort
  readonly cursor?: string
  readonly minutes?: number
  readonly days?: number
}

/** One use of a query: what was typed, and what the profile says about days. */
interface Call {
  readonly analytics: Analytics
  readonly options: Options
  /** The argument after the name, or empty. */
  readonly argument: string
  readonly timeZone: string
  readonly dayStartsAtHour: number
  /** The learner's local day. */
  readonly today: number
}

interface StatsQuery {
  /** The name, and its argument if it has one. */
  readonly usage: string
  readonly description: string
  readonly options: readonly (keyof Options)[]
  readonly answerAndPrint: (call: Call, context: Context) => Promise<void>
}

function query<Answer>(
  usage: string,
  description: string,
  options: readonly (keyof Options)[],
  answer: (call: Call) => Promise<Answer>,
  lines: (answer: Answer, view: View) => Lines,
): StatsQuery {
  return {
    usage,
    description,
    options,
    answerAndPrint: async (call, context) => printAnswer(context, await answer(call), (one) => lines(one, context)),
  }
}

const DEFAULT_QUERY = 'overview'

const QUERIES: readonly StatsQuery[] = [
  query(
    DEFAULT_QUERY,
    'show today, the last 7 days and everything, with streaks and languages (the default)',
    [],
    (call) => call.analytics.overview({ today: call.today }),
    render.overview,
  ),
  query(
    'sessions',
    'list sessions, newest first',
    ['from', 'to', 'lang', 'limit', 'cursor'],
    (call) => call.analytics.sessions({ ...startRange(call), ...language(call), ...page(call) }),
    sessions.sessions,
  ),
  query('session <id>', 'show one session', [], (call) => call.analytics.session(call.argument), sessions.session),
  query(
    'timeline <id>',
    'show what happened in one session, in order of time',
    ['limit', 'cursor'],
    (call) => call.analytics.timeline({ sessionId: call.argument, ...page(call) }),
    sessions.timeline,
  ),
  query(
    'videos',
    'list videos, most watched first',
    ['lang', 'limit', 'cursor', 'sort'],
    (call) =>
      call.analytics.videos({ ...language(call), ...page(call), ...withoutUndefined({ sort: call.options.sort }) }),
    render.videos,
  ),
  query('video <key>', 'show one video', [], (call) => call.analytics.video(call.argument), render.video),
  query(
    'daily',
    'list each day by video, newest first',
    ['from', 'to', 'lang', 'limit', 'cursor'],
    (call) => call.analytics.daily({ ...dayRange(call), ...language(call), ...page(call) }),
    render.daily,
  ),
  query(
    'monthly',
    'list each month by video, newest first',
    ['from', 'to', 'lang', 'limit', 'cursor'],
    (call) => call.analytics.monthly({ ...monthRange(call), ...language(call), ...page(call) }),
    render.monthly,
  ),
  query(
    'throughput',
    'show how fast you read: characters per hour, words per minute, cards per hour',
    ['from', 'to', 'lang', 'by', 'limit'],
    (call) =>
      call.analytics.throughput({
        ...dayRange(call),
        ...language(call),
        ...withoutUndefined({ by: call.options.by, limit: call.options.limit }),
      }),
    render.throughput,
  ),
  query(
    'streak',
    'count the days in a row on which you watched',
    ['lang', 'minutes'],
    (call) =>
      call.analytics.streak({
        today: call.today,
        ...language(call),
        ...withoutUndefined({ minimumMinutes: call.options.minutes }),
      }),
    render.streak,
  ),
  query(
    'trend',
    'compare the last days with the same number of days before them',
    ['lang', 'days'],
    (call) =>
      call.analytics.trend({ today: call.today, ...language(call), ...withoutUndefined({ days: call.options.days }) }),
    render.trend,
  ),
  query(
    'hours',
    'show at which hours of the week you watch, as a heat map',
    ['lang'],
    (call) => call.analytics.hours(language(call)),
    heatMaps.hours,
  ),
  query(
    'calendar',
    'show the days of a year as a heat map',
    ['from', 'to', 'lang'],
    (call) => call.analytics.calendar({ today: call.today, ...dayRange(call), ...language(call) }),
    heatMaps.calendar,
  ),
]

export function addStatsCommand(program: Command): void {
  const stats = program.command('stats').description('show statistics; without a subcommand, the overview')
  for (const one of QUERIES) addQuery(stats, one)
}

function addQuery(stats: Command, { usage, description, options, answerAndPrint }: StatsQuery): void {
  const command = usage === DEFAULT_QUERY ? addDefaultSubcommand(stats, usage) : stats.command(usage)
  command.description(description)
  for (const name of options) command.addOption(OPTIONS[name]())
  command.action(async (...args: readonly unknown[]) => {
    const context = contextOf(command)
    const argument = typeof args[0] === 'string' ? args[0] : ''
    await withStore(context, async (store) =>
      answerAndPrint(await callOf(store, context.timeZone, command.opts<Options>(), argument), context),
    )
  })
}

async function callOf(
  { analytics, maintenance }: ImmersionTrackingStore,
  timeZone: string,
  options: Options,
  argument: string,
): Promise<Call> {
  const { dayStartsAtHour } = await maintenance.settings()
  const nowMs = Date.now()
  const today = localDayOf(nowMs, zoneOffsetMin(nowMs, timeZone), dayStartsAtHour)
  return { analytics, options, argument, timeZone, dayStartsAtHour, today }
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

const language = ({ options }: Call) => withoutUndefined({ language: options.lang })
const page = ({ options }: Call) => withoutUndefined({ limit: options.limit, cursor: options.cursor })

function dayRange({ options, today }: Call): { fromDay?: number; toDay?: number } {
  const dayOf = (text: string | undefined) => (text === undefined ? undefined : parseDay(text, today))
  return withoutUndefined({ fromDay: dayOf(options.from), toDay: dayOf(options.to) })
}

function monthRange({ options }: Call): { fromMonth?: number; toMonth?: number } {
  const monthOf = (text: string | undefined) => (text === undefined ? undefined : parseMonth(text))
  return withoutUndefined({ fromMonth: monthOf(options.from), toMonth: monthOf(options.to) })
}

/** Sessions are found by their start, so a date stands for the moment at which that local day begins. */
function startRange(call: Call): { fromMs?: number; toMs?: number } {
  const beginOf = (localDay: number | undefined) =>
    localDay === undefined ? undefined : dayBeginMs(localDay, call.dayStartsAtHour, call.timeZone)
  const { fromDay, toDay } = dayRange(call)
  return withoutUndefined({ fromMs: beginOf(fromDay), toMs: beginOf(toDay) })
}
