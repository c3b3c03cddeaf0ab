// `immersion stats …`: a subcommand for each query of the analytics. QUERIES lists them: what a query is called, which
// options it takes, which method of Analytics answers it, and which function of stats-render.ts or pictures.ts prints the
// answer.

import { InvalidArgumentError, Option } from 'commander'
import { THROUGHPUT_BY } from '../analytics/throughput.js'
import { VIDEO_SORTS } from '../analytics/videos.js'
import { dayBeginMs, localDayOf, zoneOffsetMin } from '../events/calendar.js'
import type { Analytics, ThroughputBy, VideoSort } from '../ports/analytics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { withoutUndefined } from '../store/config-checks.js'
import { addDefaultSubcommand, type ContextCommand, printFromStore } from './context.js'
import type { Lines } from './output.js'
import { calendar, hours } from './pictures.js'
import type { View } from './stats-render.js'
import * as render from './stats-render.js'
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
type Call = Awaited<ReturnType<typeof callOf>>

/** A function that adds the subcommand of a query; `usage` is its name, and its argument if it has one. */
function query<Answer>(
  usage: string,
  description: string,
  options: readonly (keyof Options)[],
  answer: (analytics: Analytics, call: Call) => Promise<Answer>,
  lines: (answer: Answer, view: View) => Lines,
) {
  return (stats: ContextCommand): void => {
    const command = usage === DEFAULT_QUERY ? addDefaultSubcommand(stats, usage) : stats.command(usage)
    command.description(description)
    for (const name of options) command.addOption(OPTIONS[name]())
    command.run((context, given: Options, argument?: string) => {
      const answerFrom = async (store: ImmersionTrackingStore) =>
        answer(store.analytics, await callOf(store, context.timeZone, given, argument ?? ''))
      return printFromStore(context, answerFrom, lines)
    })
  }
}

const DEFAULT_QUERY = 'overview'

const QUERIES = [
  query(
    DEFAULT_QUERY,
    'show today, the last 7 days and everything, with streaks and languages (the default)',
    [],
    (analytics, { today }) => analytics.overview({ today }),
    render.overview,
  ),
  query(
    'sessions',
    'list sessions, newest first',
    ['from', 'to', 'lang', 'limit', 'cursor'],
    (analytics, { filter, moments }) => analytics.sessions({ ...filter, ...moments() }),
    render.sessions,
  ),
  query(
    'session <id>',
    'show one session',
    [],
    (analytics, { argument }) => analytics.session(argument),
    render.session,
  ),
  query(
    'timeline <id>',
    'show what happened in one session, in order of time',
    ['limit', 'cursor'],
    (analytics, { filter, argument }) => analytics.timeline({ ...filter, sessionId: argument }),
    render.timeline,
  ),
  query(
    'videos',
    'list videos, most watched first',
    ['lang', 'limit', 'cursor', 'sort'],
    (analytics, { filter }) => analytics.videos(filter),
    render.videos,
  ),
  query('video <key>', 'show one video', [], (analytics, { argument }) => analytics.video(argument), render.video),
  query(
    'daily',
    'list each day by video, newest first',
    ['from', 'to', 'lang', 'limit', 'cursor'],
    (analytics, { filter, localDays }) => analytics.daily({ ...filter, ...localDays() }),
    render.daily,
  ),
  query(
    'monthly',
    'list each month by video, newest first',
    ['from', 'to', 'lang', 'limit', 'cursor'],
    (analytics, { filter, months }) => analytics.monthly({ ...filter, ...months() }),
    render.monthly,
  ),
  query(
    'throughput',
    'show how fast you read: characters per hour, words per minute, cards per hour',
    ['from', 'to', 'lang', 'by', 'limit'],
    (analytics, { filter, localDays }) => analytics.throughput({ ...filter, ...localDays() }),
    render.throughput,
  ),
  query(
    'streak',
    'count the days in a row on which you watched',
    ['lang', 'minutes'],
    (analytics, { filter, today }) => analytics.streak({ ...filter, today }),
    render.streak,
  ),
  query(
    'trend',
    'compare the last days with the same number of days before them',
    ['lang', 'days'],
    (analytics, { filter, today }) => analytics.trend({ ...filter, today }),
    render.trend,
  ),
  query(
    'hours',
    'show at which hours of the week you watch, as a heat map',
    ['lang'],
    (analytics, { filter }) => analytics.hours(filter),
    hours,
  ),
  query(
    'calendar',
    'show the days of a year as a heat map',
    ['from', 'to', 'lang'],
    (analytics, { filter, localDays, today }) => analytics.calendar({ ...filter, ...localDays(), today }),
    calendar,
  ),
]

export function addStatsCommand(program: ContextCommand): void {
  const stats = program.command('stats').description('show statistics; without a subcommand, the overview')
  for (const add of QUERIES) add(stats)
}

async function callOf(store: ImmersionTrackingStore, timeZone: string, options: Options, argument: string) {
  const { dayStartsAtHour } = await store.maintenance.settings()
  const nowMs = Date.now()
  const today = localDayOf(nowMs, zoneOffsetMin(nowMs, timeZone), dayStartsAtHour)
  const { from, to, lang: language, minutes: minimumMinutes, ...others } = options
  const dayOf = (text: string) => parseDay(text, today)
  const ends = (read: (text: string) => number) =>
    [from, to].map((text) => (text === undefined ? undefined : read(text)))
  return {
    /** The argument after the name, or empty. */
    argument,
    /** The learner's local day. */
    today,
    /** The options that a query takes as they are: a command has only those of its query. */
    filter: withoutUndefined({ ...others, language, minimumMinutes }),
    localDays: () => {
      const [fromDay, toDay] = ends(dayOf)
      return withoutUndefined({ fromDay, toDay })
    },
    months: () => {
      const [fromMonth, toMonth] = ends(parseMonth)
      return withoutUndefined({ fromMonth, toMonth })
    },
    /** Sessions are found by their start, so a date stands for the moment at which that local day begins. */
    moments: () => {
      const [fromMs, toMs] = ends((text) => dayBeginMs(dayOf(text), dayStartsAtHour, timeZone))
      return withoutUndefined({ fromMs, toMs })
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
