// Histories as they were lived: who watched what, when, on which clock, and in which steps two programs store it. Handed
// both to the product (play.ts) and to the naive recount (recount.ts). It imports nothing of the product, so that no
// mistake of the product can stand in the expectation as well. Every choice is an integer that the caller draws: from a
// seed (seeded.ts), or from a generator that shrinks what fails.

/** One thing that happened in a session. Its version is its place in the session, from 1. */
export interface Happening {
  readonly type: string
  readonly atMs: number
  readonly offsetMin: number
  readonly measures: Readonly<Record<string, number>>
  readonly payload: Readonly<Record<string, unknown>> | null
}

export interface Sitting {
  readonly streamId: string
  readonly happenings: readonly Happening[]
}

export interface Learner {
  readonly profile: string
  readonly sittings: readonly Sitting[]
}

/** `event` counts through all happenings of the learner, sitting by sitting. */
export type Step =
  | { readonly kind: 'append'; readonly engine: number; readonly events: readonly number[] }
  | { readonly kind: 'rebuild'; readonly engine: number; readonly fromLog: boolean }
  | { readonly kind: 'rebuild-one'; readonly engine: number; readonly projection: string }
  | { readonly kind: 'day-start'; readonly engine: number; readonly hour: number }
  | { readonly kind: 'reopen'; readonly engine: number }
  | { readonly kind: 'read'; readonly engine: number }

export interface History {
  readonly learners: readonly {
    readonly learner: Learner
    readonly steps: readonly Step[]
    readonly dayStartsAtHour: number
  }[]
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const VIDEOS = ['local:/tv/a.mkv', 'local:/tv/A.mkv', 'remote:https://example.org/ü', 'hash:00ff', 'x 日本語']
const LANGUAGES = ['ja', 'en', 'und', 'zh-Hant']
/** Clocks of half and quarter hours, both sides of the date line, and both offsets of zones with summer time. */
const OFFSETS = [-720, -600, -570, -300, -210, 0, 60, 120, 330, 345, 525, 540, 765, 840]
/** Around days that have been trouble: year's ends, a leap day, switches to summer time and back, the day Samoa skipped. */
const MOMENTS = [
  Date.UTC(2025, 11, 31, 20),
  Date.UTC(2024, 1, 28, 23),
  Date.UTC(2026, 2, 29, 0),
  Date.UTC(2026, 9, 25, 0),
  Date.UTC(2011, 11, 30, 9),
  Date.UTC(2026, 6, 4, 3, 59),
]

/** Any integer from `min` through `max`. */
export type Draw = (min: number, max: number) => number

export const OWN_PROJECTION_NAME = 'lines_by_language'

const LEARNERS_MAX = 3
const SITTINGS_MAX = 5
const HAPPENINGS_MAX = 14
const TEXT_MAX_SIGNS = 120

/** What a line may be made of: scripts, signs beyond 16 bits, marks that join what stands before them, and control signs. */
const SIGNS = [
  'a',
  'É',
  ' ',
  '夜',
  'が',
  'か\u3099',
  'e\u0301',
  'ß',
  'ﬁ',
  '😀',
  '👩\u200d👩\u200d👧',
  '𠮷',
  '"',
  '\\',
  '\n',
  '\u0001',
  'ع',
  '한',
]

/** Learners with sittings, and for each the steps in which `engines` programs store what happened. */
export function drawHistory(draw: Draw, engines: number): History {
  const learners = Array.from({ length: draw(1, LEARNERS_MAX) }, (_, index) => {
    const sittings = Array.from({ length: draw(1, SITTINGS_MAX) }, (_, place) => drawSitting(draw, place))
    const eventCount = sittings.reduce((sum, one) => sum + one.happenings.length, 0)
    return {
      learner: { profile: index === 0 ? 'default' : `learner ${index}`, sittings },
      steps: drawSteps(draw, eventCount, engines),
      dayStartsAtHour: draw(0, 12),
    }
  })
  return { learners }
}

function drawSitting(draw: Draw, place: number): Sitting {
  const videoKey = pick(draw, VIDEOS)
  const language = draw(0, 3) === 0 ? {} : { targetLanguage: pick(draw, LANGUAGES) }
  let atMs = pick(draw, MOMENTS) + draw(0, 12 * HOUR_MS)
  let offsetMin = pick(draw, OFFSETS)
  const happenings: Happening[] = [
    { type: 'session.started', atMs, offsetMin, measures: { sessions: 1 }, payload: { videoKey, ...language } },
  ]
  for (let left = draw(0, HAPPENINGS_MAX); left > 0; left--) {
    atMs += drawPauseMs(draw)
    // A traveller's clock changes in the middle of a session.
    if (draw(0, 8) === 8) offsetMin = pick(draw, OFFSETS)
    happenings.push({ ...drawDetail(draw), atMs, offsetMin })
  }
  if (draw(0, 1) === 1) {
    const payload = { reason: 'finished' }
    happenings.push({ type: 'session.ended', atMs: atMs + 1000, offsetMin, measures: {}, payload })
  }
  return { streamId: drawStreamId(draw, place), happenings }
}

/** Ids of one learner's sittings differ by their place, and are in no order. */
function drawStreamId(draw: Draw, place: number): string {
  const digits = (count: number) =>
    draw(0, 16 ** count - 1)
      .toString(16)
      .padStart(count, '0')
  return `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(11)}${place}`
}

/** Mostly seconds to minutes further on, sometimes to the next day, sometimes back: a clock that was set. */
function drawPauseMs(draw: Draw): number {
  const kind = draw(0, 10)
  if (kind < 6) return draw(0, 4 * MINUTE_MS)
  if (kind < 9) return draw(10 * MINUTE_MS, 5 * HOUR_MS)
  return kind === 9 ? draw(DAY_MS, 40 * DAY_MS) : draw(-2 * DAY_MS, 0)
}

type Detail = Pick<Happening, 'type' | 'measures' | 'payload'>

const DETAILS: readonly { readonly weight: number; readonly of: (draw: Draw) => Detail }[] = [
  { weight: 6, of: drawLine },
  { weight: 5, of: drawHeartbeat },
  { weight: 1, of: drawSummary },
  {
    weight: 2,
    of: (draw) => ({
      type: 'lookup.performed',
      measures: { lookups: 1, ...(draw(0, 1) === 1 ? { lookupHits: 1 } : {}) },
      payload: { term: '語' },
    }),
  },
  {
    weight: 1,
    of: (draw) => ({
      type: 'card.mined',
      measures: { cards: draw(1, 3) },
      payload: { noteIds: [1_700_000_000_000] },
    }),
  },
  { weight: 1, of: () => ({ type: 'playback.paused', measures: { pauses: 1 }, payload: null }) },
  { weight: 1, of: () => ({ type: 'playback.resumed', measures: {}, payload: null }) },
  {
    weight: 1,
    of: (draw) => ({
      type: 'playback.seeked',
      measures: draw(0, 1) === 1 ? { seeksForward: 1 } : { seeksBackward: 1 },
      payload: { fromMs: 5, toMs: 9 },
    }),
  },
  { weight: 1, of: () => ({ type: 'playback.buffered', measures: { buffers: 1 }, payload: null }) },
  {
    weight: 1,
    of: (draw) => ({
      type: 'x.flashcards.reviewed',
      measures: { cards: draw(0, 9), chars: draw(0, 9) },
      payload: { deck: 'core' },
    }),
  },
  {
    weight: 1,
    of: (draw) => ({
      type: 'video.described',
      measures: {},
      payload: {
        ...(draw(0, 1) === 1 ? { title: pick(draw, ['One', 'Two', 'だめ']) } : {}),
        ...(draw(0, 1) === 1 ? { episode: draw(1, 9) } : {}),
      },
    }),
  },
  {
    weight: 1,
    of: (draw) => ({
      type: 'session.described',
      measures: {},
      payload: { targetLanguage: pick(draw, LANGUAGES) },
    }),
  },
]

function drawDetail(draw: Draw): Detail {
  return pick(
    draw,
    DETAILS.flatMap(({ weight, of }) => Array.from({ length: weight }, () => of)),
  )(draw)
}

function drawLine(draw: Draw): Detail {
  const tokens = draw(0, 1) === 1 ? { tokens: draw(0, 30) } : {}
  const text = Array.from({ length: draw(0, 3) === 3 ? draw(0, TEXT_MAX_SIGNS) : draw(0, 8) }, () => pick(draw, SIGNS))
  return {
    type: 'subtitle.shown',
    measures: { lines: 1, chars: draw(0, 60), words: draw(0, 30), ...tokens },
    payload: { text: text.join('') },
  }
}

function drawHeartbeat(draw: Draw): Detail {
  const watchedMs = draw(0, 15_000)
  const activeMs = Math.min(watchedMs, draw(0, 15_000))
  const paused = draw(0, 1) === 1 ? { pausedMs: watchedMs - activeMs } : {}
  return { type: 'telemetry.sampled', measures: { watchedMs, activeMs, ...paused }, payload: null }
}

function drawSummary(draw: Draw): Detail {
  const [watchedMs, lines, words] = [draw(0, 15_000), draw(0, 40), draw(0, 400)]
  const measures = { watchedMs, lines, words, lookups: draw(0, 3), cards: draw(0, 2) }
  return { type: 'telemetry.sampled', measures, payload: { shed: 4 } }
}

/** Any order between and within streams (the start may come after its events), or not all of it, in batches. */
function drawSteps(draw: Draw, eventCount: number, engines: number): readonly Step[] {
  const drawEngine = () => draw(0, engines - 1)
  const inOrder = Array.from({ length: eventCount }, (_, index) => index)
  const kind = draw(0, 2)
  const order = kind === 0 ? inOrder : shuffled(draw, inOrder).slice(0, kind === 1 ? eventCount : draw(0, eventCount))
  const steps: Step[] = []
  for (let from = 0; from < order.length; ) {
    const size = draw(1, 9)
    // Repetition: some of what may have been sent before is sent again, within the same batch too.
    const again = Array.from({ length: draw(0, 4) }, () => pick(draw, order))
    steps.push({ kind: 'append', engine: drawEngine(), events: [...order.slice(from, from + size), ...again] })
    from += size
  }
  for (let left = draw(0, 5); left > 0; left--) {
    steps.splice(draw(0, steps.length), 0, drawBetween(draw, drawEngine()))
  }
  return steps
}

function drawBetween(draw: Draw, engine: number): Step {
  switch (draw(0, 4)) {
    case 0:
      return { kind: 'rebuild', engine, fromLog: draw(0, 1) === 1 }
    case 1:
      return { kind: 'rebuild-one', engine, projection: pick(draw, ['daily', 'sessions', 'hours']) }
    case 2:
      return { kind: 'day-start', engine, hour: draw(0, 12) }
    case 3:
      return { kind: 'reopen', engine }
    default:
      return { kind: 'read', engine }
  }
}

function shuffled(draw: Draw, values: readonly number[]): readonly number[] {
  const mixed = [...values]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = draw(0, last)
    const moved = mixed[last] as number
    mixed[last] = mixed[other] as number
    mixed[other] = moved
  }
  return mixed
}

function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(0, values.length - 1)] as T
}
