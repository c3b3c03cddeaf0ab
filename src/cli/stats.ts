// `immersion stats …`: each question of the analytics as a subcommand. Here the options become queries; how answers look
// is in stats-render.ts and stats-sessions.ts.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { dayBeginMs, localDayOf, zoneOffsetMin } from '../events/calendar.js'
import type { ThroughputBy, VideoSort } from '../ports/analytics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { type Context, contextOf, withStore } from './context.js'
import { printAnswer } from './output.js'
import type { View } from './stats-parts.js'
import * as render from './stats-render.js'
import * as sessions from './stats-sessions.js'
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

/** What a question needs to know besides its options. */
interface Asking {
  readonly context: Context
  readonly options: Options
  readonly store: ImmersionTrackingStore
  readonly today: number
}

export function addStatsCommand(program: Command): void {
  const stats = program.command('stats').description('what the log says; without a question, the overview')
  question(
    stats,
    'overview',
    'today, the week, everything, streaks, languages',
    [],
    { isDefault: true },
    async (asking) =>
      print(
        asking,
        await asking.store.analytics.overview({ today: asking.today, ...language(asking) }),
        render.overview,
      ),
  )
  question(stats, 'sessions', 'sessions, newest first', ['from', 'to', 'lang', 'limit', 'cursor'], {}, async (asking) =>
    print(
      asking,
      await asking.store.analytics.sessions({ ...(await startRange(asking)), ...language(asking), ...page(asking) }),
      sessions.sessions,
    ),
  )
  question(stats, 'session <id>', 'one session', [], {}, async (asking, id) =>
    print(asking, await asking.store.analytics.session(id), sessions.session),
  )
  question(stats, 'timeline <id>', 'what happened in one session', ['limit', 'cursor'], {}, async (asking, sessionId) =>
    print(asking, await asking.store.analytics.timeline({ sessionId, ...page(asking) }), sessions.timeline),
  )
  question(stats, 'videos', 'videos, by what was done most', ['lang', 'limit', 'cursor', 'sort'], {}, async (asking) =>
    print(
      asking,
      await asking.store.analytics.videos({ ...language(asking), ...page(asking), ...sorting(asking) }),
      render.videos,
    ),
  )
  question(stats, 'video <key>', 'one video', [], {}, async (asking, key) =>
    print(asking, await asking.store.analytics.video(key), render.video),
  )
  question(stats, 'daily', 'videos by day', ['from', 'to', 'lang', 'limit', 'cursor'], {}, async (asking) =>
    print(
      asking,
      await asking.store.analytics.daily({ ...dayRange(asking), ...language(asking), ...page(asking) }),
      render.daily,
    ),
  )
  question(stats, 'monthly', 'videos by month', ['from', 'to', 'lang', 'limit', 'cursor'], {}, async (asking) =>
    print(
      asking,
      await asking.store.analytics.monthly({ ...monthRange(asking), ...language(asking), ...page(asking) }),
      render.monthly,
    ),
  )
  question(
    stats,
    'throughput',
    'how fast: characters an hour, words a minute, cards an hour',
    ['from', 'to', 'lang', 'by', 'limit'],
    {},
    async (asking) =>
      print(
        asking,
        await asking.store.analytics.throughput({
          ...dayRange(asking),
          ...language(asking),
          ...by(asking),
          ...limit(asking),
        }),
        render.throughput,
      ),
  )
  question(stats, 'streak', 'days in a row', ['lang', 'minutes'], {}, async (asking) =>
    print(
      asking,
      await asking.store.analytics.streak({ today: asking.today, ...language(asking), ...minimum(asking) }),
      render.streak,
    ),
  )
  question(stats, 'trend', 'this span against the one before', ['lang', 'days'], {}, async (asking) =>
    print(
      asking,
      await asking.store.analytics.trend({ today: asking.today, ...language(asking), ...span(asking) }),
      render.trend,
    ),
  )
  question(stats, 'hours', 'at which hours of the week', ['lang'], {}, async (asking) =>
    print(asking, await asking.store.analytics.hours(language(asking)), render.hours),
  )
  question(stats, 'calendar', 'the year as a heat map', ['from', 'to', 'lang'], {}, async (asking) =>
    print(
      asking,
      await asking.store.analytics.calendar({ today: asking.today, ...dayRange(asking), ...language(asking) }),
      render.calendar,
    ),
  )
}

const OPTIONS: Readonly<Record<keyof Options, () => Option>> = {
  from: () => new Option('--from <date>', 'from this date on (2026-03-01, today, 30d)'),
  to: () => new Option('--to <date>', 'up to this date, itself left out'),
  lang: () => new Option('--lang <language>', 'only this language'),
  by: () => new Option('--by <what>', 'one row for each').choices(['session', 'day', 'month', 'video', 'series']),
  limit: () => new Option('--limit <count>', 'at most so many').argParser(wholeNumber),
  sort: () =>
    new Option('--sort <measure>', 'by what').choices([
      'activeMs',
      'lines',
      'chars',
      'words',
      'cards',
      'lookups',
      'sessions',
    ]),
  cursor: () => new Option('--cursor <cursor>', 'go on where an answer ended (its nextCursor)'),
  minutes: () => new Option('--minutes <count>', 'active minutes that make a day count').argParser(wholeNumber),
  days: () => new Option('--days <count>', 'length of the span').argParser(wholeNumber),
}

function question(
  stats: Command,
  nameAndArguments: string,
  description: string,
  options: readonly (keyof Options)[],
  settings: { readonly isDefault?: boolean },
  ask: (asking: Asking, argument: string) => Promise<void>,
): void {
  const command = stats.command(nameAndArguments, settings).description(description)
  for (const name of options) command.addOption(OPTIONS[name]())
  command.action(async (...args: readonly unknown[]) => {
    const argument = typeof args[0] === 'string' ? args[0] : ''
    const context = contextOf(command)
    await withStore(context, async (store) => {
      const { dayStartsAtHour } = await store.maintenance.settings()
      const nowMs = Date.now()
      const today = localDayOf(nowMs, zoneOffsetMin(nowMs, context.timeZone), dayStartsAtHour)
      await ask({ context, options: command.opts<Options>(), store, today }, argument)
    })
  })
}

function print<T>({ context, today }: Asking, answer: T, lines: (answer: T, view: View) => readonly string[]): void {
  printAnswer(context, answer, (one) =>
    lines(one, { color: context.color, timeZone: context.timeZone, today, width: process.stdout.columns ?? 100 }),
  )
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It takes a whole number from 1 on.')
  return value
}

const language = ({ options }: Asking) => (options.lang === undefined ? {} : { language: options.lang })
const limit = ({ options }: Asking) => (options.limit === undefined ? {} : { limit: options.limit })
const page = (asking: Asking) => ({
  ...limit(asking),
  ...(asking.options.cursor === undefined ? {} : { cursor: asking.options.cursor }),
})
const sorting = ({ options }: Asking) => (options.sort === undefined ? {} : { sort: options.sort })
const by = ({ options }: Asking) => (options.by === undefined ? {} : { by: options.by })
const minimum = ({ options }: Asking) => (options.minutes === undefined ? {} : { minimumMinutes: options.minutes })
const span = ({ options }: Asking) => (options.days === undefined ? {} : { days: options.days })

function dayRange({ options, today }: Asking): { fromDay?: number; toDay?: number } {
  return {
    ...(options.from === undefined ? {} : { fromDay: parseDay(options.from, today) }),
    ...(options.to === undefined ? {} : { toDay: parseDay(options.to, today) }),
  }
}

function monthRange({ options }: Asking): { fromMonth?: number; toMonth?: number } {
  return {
    ...(options.from === undefined ? {} : { fromMonth: parseMonth(options.from) }),
    ...(options.to === undefined ? {} : { toMonth: parseMonth(options.to) }),
  }
}

/** Sessions are found by their start: a date means the moment at which that local day begins. */
async function startRange(asking: Asking): Promise<{ fromMs?: number; toMs?: number }> {
  const { fromDay, toDay } = dayRange(asking)
  const { dayStartsAtHour } = await asking.store.maintenance.settings()
  const begin = (localDay: number) => dayBeginMs(localDay, dayStartsAtHour, asking.context.timeZone)
  return {
    ...(fromDay === undefined ? {} : { fromMs: begin(fromDay) }),
    ...(toDay === undefined ? {} : { toMs: begin(toDay) }),
  }
}
