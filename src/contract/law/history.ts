// Draws histories: the sessions and corrections of some learners, and the steps in which programs store them. The product
// plays a history (play.ts), and the naive recount (recount.ts) says what must come out. Nothing here imports the product,
// so no mistake of the product can be in the expectation too. Every choice is an integer that the caller draws, from a seed or
// from a generator that shrinks failures.

import { drawCorrections } from './corrections.js'
import { DAY_MS, type Draw, drawStreamId, HOUR_MS, MOMENTS, OFFSETS, pick, pickWeighted, shuffled } from './draw.js'
import { type DrawnEvent, type DrawnStream, drawSession } from './sessions.js'

export type { DrawnEvent, DrawnStream }

export interface Learner {
  readonly profile: string
  /** First the sessions, then the corrections. */
  readonly streams: readonly DrawnStream[]
}

/** One action of one program. `events` are numbers that count through all events of the learner, stream by stream. */
export type Step = { readonly engine: number } & Action

/** Requests of corrections that programs make at once, the first program the first of them. */
export interface CorrectionStep {
  readonly kind: 'correct'
  readonly requests: readonly { readonly method: string; readonly args: readonly unknown[] }[]
}

type Action =
  | CorrectionStep
  | { readonly kind: 'append'; readonly events: readonly number[] }
  /** A hostile import: this event, and a correction in the same stream. Nothing of it is recorded. */
  | { readonly kind: 'smuggle'; readonly event: number }
  /** The other content of this event, which was sent before. It is refused, or changes nothing where the event is not held. */
  | { readonly kind: 'conflict'; readonly event: number; readonly laterMs: number }
  /** Settings out of range. They are refused, and change nothing. */
  | { readonly kind: 'misconfigure'; readonly settings: object }
  | { readonly kind: 'rebuild'; readonly options: { readonly fromLog: boolean } | { readonly projection: string } }
  | { readonly kind: 'configure'; readonly settings: { readonly [Name in keyof Settings]?: Partial<Settings[Name]> } }
  | { readonly kind: 'retain'; readonly dryRun: boolean; readonly nowMs: number; readonly offsetMin: number }
  | { readonly kind: 'reopen' | 'read' }

/** Retention windows; 0 keeps forever. */
export interface Windows {
  readonly detailMs: number
  readonly telemetryMs: number
  readonly dailyDays: number
  readonly monthlyMonths: number
}

/** The settings with which a profile is created. */
export interface Settings {
  /** 0 to 12. */
  readonly dayStartsAtHour: number
  readonly retention: Windows
}

/** One learner, and the steps in which programs store the learner's events. */
export interface Play extends Learner {
  readonly steps: readonly Step[]
  readonly settings: Settings
}

export const OWN_PROJECTION_NAME = 'lines_by_language'

const LEARNERS_MAX = 3
const SESSIONS_MAX = 5

/** Draws learners with sessions and corrections, and for each the steps in which `engines` programs store them. */
export function drawHistory(draw: Draw, engines: number): readonly Play[] {
  return Array.from({ length: draw(1, LEARNERS_MAX) }, (_, index) => {
    const streams = drawStreams(draw, SESSIONS_MAX)
    const eventCount = streams.reduce((sum, { events }) => sum + events.length, 0)
    return {
      profile: index === 0 ? 'default' : `learner ${index}`,
      streams,
      steps: drawSteps(draw, eventCount, engines),
      settings: { dayStartsAtHour: draw(0, 12), retention: drawWindows(draw) },
    }
  })
}

/** Draws up to `sessionsMax` sessions, and corrections of them. */
export function drawStreams(draw: Draw, sessionsMax: number): readonly DrawnStream[] {
  const sessions = Array.from({ length: draw(1, sessionsMax) }, (_, place) =>
    drawSession(draw, drawStreamId(draw, place)),
  )
  return [...sessions, ...drawCorrections(draw, sessions)]
}

/** Batches in any order between and within streams (a start may come after its events), and perhaps not of all events. */
function drawSteps(draw: Draw, eventCount: number, engines: number): readonly Step[] {
  const drawEngine = () => draw(0, engines - 1)
  const inOrder = Array.from({ length: eventCount }, (_, index) => index)
  const kind = draw(0, 2)
  const order = kind === 0 ? inOrder : shuffled(draw, inOrder).slice(0, kind === 1 ? eventCount : draw(0, eventCount))
  const steps: Step[] = []
  for (let from = 0; from < order.length; ) {
    const size = draw(1, 9)
    // Some events are sent again, within the same batch too.
    const again = Array.from({ length: draw(0, 4) }, () => pick(draw, order))
    steps.push({ kind: 'append', engine: drawEngine(), events: [...order.slice(from, from + size), ...again] })
    from += size
  }
  for (let left = draw(0, 5); left > 0; left--) {
    steps.splice(draw(0, steps.length), 0, { engine: drawEngine(), ...pickWeighted(draw, BETWEEN)(draw) })
  }
  for (let left = draw(0, 2); left > 0; left--) {
    const event = draw(0, eventCount - 1)
    steps.splice(draw(0, steps.length), 0, { engine: drawEngine(), kind: 'smuggle', event })
  }
  for (let left = draw(0, 2); left > 0; left--) {
    const place = draw(0, steps.length)
    const sent = steps.slice(0, place).flatMap((step) => (step.kind === 'append' ? step.events : []))
    if (sent.length === 0) continue
    const conflict = { kind: 'conflict', event: pick(draw, sent), laterMs: pick(draw, [0, 1, -1, HOUR_MS]) } as const
    steps.splice(place, 0, { engine: drawEngine(), ...conflict })
  }
  return steps
}

/** What programs do between two batches. */
const BETWEEN: readonly (readonly [weight: number, drawAction: (draw: Draw) => Action])[] = [
  [1, (draw) => ({ kind: 'rebuild', options: { fromLog: draw(0, 1) === 1 } })],
  [1, (draw) => ({ kind: 'rebuild', options: { projection: pick(draw, ['daily', 'sessions', 'hours']) } })],
  [1, (draw) => ({ kind: 'configure', settings: { dayStartsAtHour: draw(0, 12) } })],
  [1, (draw) => ({ kind: 'misconfigure', settings: pick(draw, OUT_OF_RANGE) })],
  [1, () => ({ kind: 'reopen' })],
  [1, (draw) => ({ kind: 'configure', settings: { retention: drawSomeWindows(draw) } })],
  [3, drawRetain],
  [1, () => ({ kind: 'read' })],
]

const OUT_OF_RANGE: readonly object[] = [
  { dayStartsAtHour: -1 },
  { dayStartsAtHour: 13 },
  { dayStartsAtHour: 1.5 },
  { dayStartsAtHour: '4' },
  { dayStartsAtHour: 3, retention: { detailMs: -1 } },
  { retention: { telemetryMs: 2 ** 53 } },
  { retention: { dailyDays: Number.NaN } },
  { retention: { dailyDays: 1, monthlyMonths: '1' } },
  { retention: { detailDays: 1 } },
  { retention: 7 },
]

/** Often among the events, so that only some of them are past a window. */
function drawRetain(draw: Draw): Action {
  const dryRun = draw(0, 4) === 4
  const nowMs = pick(draw, MOMENTS) + draw(-DAY_MS, 500 * DAY_MS)
  return { kind: 'retain', dryRun, nowMs, offsetMin: pick(draw, OFFSETS) }
}

function drawWindows(draw: Draw): Windows {
  return {
    detailMs: pick(draw, [7 * DAY_MS, 0, HOUR_MS, 5_000 * DAY_MS]),
    telemetryMs: pick(draw, [30 * DAY_MS, 0, HOUR_MS, 5_000 * DAY_MS]),
    dailyDays: pick(draw, [365, 0, 1, 30, 5_000]),
    monthlyMonths: pick(draw, [60, 0, 1, 13, 200]),
  }
}

function drawSomeWindows(draw: Draw): Partial<Windows> {
  return Object.fromEntries(Object.entries(drawWindows(draw)).filter(() => draw(0, 1) === 1))
}
