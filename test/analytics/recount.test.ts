// A long random history against a plain recount: each answer that is a sum is computed again here from the script of the
// sessions, with the platform's Date and nothing of the product but its types.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type OpenHistory, onEachLog, session } from './history.js'

const test = suite('analytics: recount')

const SESSIONS = 120
const DAYS = 100
const FIRST_DAY = Date.parse('2026-01-01T00:00:00Z') / 86_400_000
const OFFSETS = ['+09:00', '-05:00', '+05:45', '+00:00'] as const
const LANGUAGES = ['ja', 'en', 'und'] as const

/** One counted event: what the recount sums. */
interface Counted {
  readonly sessionId: string
  readonly videoKey: string
  readonly series: string
  readonly language: string
  /** The learner's clock, its day begun at 4. */
  readonly date: string
  readonly hour: number
  readonly activeMs: number
  readonly chars: number
}

onEachLog(test, 'every sum equals a recount of the history', { now: '2026-04-10T22:00+00:00' }, async (history) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  try {
    await compare(history, seed)
  } catch (error) {
    console.error(`SEED=${seed} repeats this history`)
    throw error
  }
})

async function compare({ analytics, append }: OpenHistory, seed: number): Promise<void> {
  const counted: Counted[] = []
  for (const { events, parts } of generate(seed)) {
    await append(events)
    counted.push(...parts)
  }
  const isoDay = (localDay: number) => new Date(localDay * 86_400_000).toISOString().slice(0, 10)
  const isoMonth = (month: number) => `${Math.floor(month / 100)}-${String(month % 100).padStart(2, '0')}`

  const fromDay = FIRST_DAY + 20
  const toDay = FIRST_DAY + 60
  const within = counted.filter(({ date }) => date >= isoDay(fromDay) && date < isoDay(toDay))
  for (const language of [undefined, 'ja'] as const) {
    const of = language === undefined ? {} : { language }
    const spoken = (parts: readonly Counted[]) =>
      parts.filter((part) => language === undefined || part.language === language)
    const all = spoken(counted)
    const ranged = spoken(within)

    const { days } = await analytics.calendar({ ...of, fromDay, toDay })
    same(
      days.map(({ localDay, measures }) => [isoDay(localDay), measures]),
      sums(ranged, 'date'),
    )
    const daily = await analytics.daily({ ...of, fromDay, toDay, limit: 5_000 })
    same(
      daily.days.map((row) => [`${isoDay(row.localDay)} ${row.videoKey} ${row.language}`, row.measures]),
      sums(ranged, 'date', 'videoKey', 'language'),
    )
    const { months } = await analytics.monthly(of)
    same(
      months.map((row) => [`${isoMonth(row.localMonth)} ${row.videoKey} ${row.language}`, row.measures]),
      sums(monthly(all), 'date', 'videoKey', 'language'),
    )
    const { videos } = await analytics.videos(of)
    same(
      videos.map(({ videoKey, measures }) => [videoKey, measures]),
      sums(all, 'videoKey'),
    )
    const { languages } = await analytics.languages()
    same(
      languages.map(({ language, measures }) => [language, measures]),
      sums(counted, 'language'),
    )
    assert.equal(
      languages.map(({ videos: count }) => count),
      languages.map(
        ({ language }) =>
          sums(
            counted.filter((part) => part.language === language),
            'videoKey',
          ).size,
      ),
    )
    const { sessions } = await analytics.sessions({ ...of, limit: 500 })
    same(
      sessions.map(({ sessionId, measures }) => [sessionId, measures]),
      sums(all, 'sessionId'),
    )
    const { cells } = await analytics.hours(of)
    const hours = all.map((part) => ({ ...part, hour: `${new Date(part.date).getUTCDay() || 7} ${part.hour}` }))
    same(
      cells.map(({ weekday, hour, measures }) => [`${weekday} ${hour}`, measures]),
      sums(hours, 'hour'),
    )

    for (const [by, parts] of [
      ['day', sums(ranged, 'date')],
      ['month', sums(monthly(ranged), 'date')],
      ['video', sums(ranged, 'videoKey')],
      ['series', sums(ranged, 'series')],
    ] as const) {
      const { rows } = await analytics.throughput({ ...of, by, fromDay, toDay, limit: 500 })
      same(
        rows.map(({ key, measures }) => [key, measures]),
        parts,
      )
    }
    for (const [by, parts] of [
      ['session', sums(all, 'sessionId')],
      ['day', sums(all, 'date')],
      ['month', sums(monthly(all), 'date')],
      ['video', sums(all, 'videoKey')],
      ['series', sums(all, 'series')],
    ] as const) {
      const { rows } = await analytics.throughput({ ...of, by, limit: 500 })
      same(
        rows.map(({ key, measures }) => [key, measures]),
        parts,
      )
    }
    const overview = await analytics.overview(of)
    same(
      [['', overview.total.measures]],
      sums(
        all.map((part) => ({ ...part, nothing: '' })),
        'nothing',
      ),
    )
    assert.is(overview.videos, sums(all, 'videoKey').size)
    const trend = await analytics.trend({ ...of, today: toDay - 1, days: toDay - fromDay })
    same(
      [['', trend.current.measures]],
      sums(
        ranged.map((part) => ({ ...part, nothing: '' })),
        'nothing',
      ),
    )
  }
}

function* generate(seed: number) {
  const random = randomFrom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  for (let index = 0; index < SESSIONS; index++) {
    const offset = OFFSETS[below(OFFSETS.length)] ?? '+00:00'
    const date = new Date((FIRST_DAY + below(DAYS)) * 86_400_000).toISOString().slice(0, 10)
    const start = `${date}T${two(below(24))}:${two(below(60))}${offset}`
    const video = below(9)
    const [videoKey, language] = [`local:/v${video}.mkv`, LANGUAGES[below(LANGUAGES.length)] ?? 'und']
    const series = video < 6 ? `Series ${video % 2}` : videoKey
    const facts = language === 'und' ? {} : { targetLanguage: language }
    const described = video < 6 ? { title: `Video ${video}`, series } : { title: `Video ${video}` }
    const script = session({ videoKey, start, facts, video: described })
    const minutes = 1 + below(90)
    script.watch(minutes)
    const parts: Counted[] = []
    const count = (minute: number, activeMs: number, chars: number) => {
      // On the learner's clock, as UTC; the day is the date of four hours before.
      const clockMs = Date.parse(start) + offsetMs(offset) + minute * 60_000
      const day = new Date(clockMs - 4 * 3_600_000).toISOString().slice(0, 10)
      const hour = new Date(clockMs).getUTCHours()
      parts.push({ sessionId: script.id, videoKey, series, language, date: day, hour, activeMs, chars })
    }
    for (let minute = 0; minute < minutes; minute++) count(minute, 60_000, 0)
    for (let line = below(40); line > 0; line--) {
      const [minute, chars] = [below(minutes), below(30)]
      script.line(minute, chars, 1)
      count(minute, 0, chars)
    }
    yield { events: script.events, parts }
  }
}

function offsetMs(offset: string): number {
  const [hours = '0', minutes = '0'] = offset.slice(1).split(':')
  return (offset.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** Counts with months in the place of dates. */
function monthly(parts: readonly Counted[]): readonly Counted[] {
  return parts.map((part) => ({ ...part, date: part.date.slice(0, 7) }))
}

type Sums = ReadonlyMap<string, readonly [activeMs: number, chars: number]>

function sums<Part extends { readonly activeMs: number; readonly chars: number }>(
  parts: readonly Part[],
  ...names: readonly (keyof Part)[]
): Sums {
  const found = new Map<string, readonly [number, number]>()
  for (const part of parts) {
    const key = names.map((name) => String(part[name])).join(' ')
    const [activeMs, chars] = found.get(key) ?? [0, 0]
    found.set(key, [activeMs + part.activeMs, chars + part.chars])
  }
  return found
}

type Answered = readonly (readonly [key: string, measures: { readonly activeMs: number; readonly chars: number }])[]

function same(answered: Answered, expected: Sums): void {
  const found = answered.map(([key, { activeMs, chars }]) => [key, [activeMs, chars]] as const)
  assert.is(new Set(found.map(([key]) => key)).size, found.length, 'each key once')
  assert.equal(new Map([...found].sort(byKey)), new Map([...expected].sort(byKey)))
}

function byKey(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1
}

/** mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

test.run()
