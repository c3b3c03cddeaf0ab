// Draws histories: the sessions and corrections of some learners, and the steps in which programs store them. The product
// plays a history (play.ts), and the naive recount (recount.ts) says what must come out. Nothing here imports the product,
// so no mistake of the product can be in the expectation too. Every choice is an integer that the caller draws, from a seed or
// from a generator that shrinks failures.

import { drawCorrections } from './corrections.js'
import { DAY_MS, type Draw, drawStreamId, HOUR_MS, MOMENTS, OFFSETS, pick, shuffled } from './draw.js'
import { type DrawnEvent, type DrawnStream, drawSession } from './sessions.js'

export type { DrawnEvent, DrawnStream }

export interface Learner {
  readonly profile: string
  /** First the sessions, then the corrections. */
  readonly streams: readonly DrawnStream[]
}

/** One action of one program. `events` are numbers that count through all events of the learner, stream by stream. */
export type Step =
  | { readonly kind: 'append'; readonly engine: number; readonly events: readonly number[] }
  | { readonly kind: 'rebuild'; readonly engine: number; readonly fromLog: boolean }
  | { readonly kind: 'rebuild-one'; readonly engine: number; readonly projection: string }
  | { readonly kind: 'day-start'; readonly engine: number; readonly hour: number }
  | { readonly kind: 'windows'; readonly engine: number; readonly windows: Partial<Windows> }
  | ({ readonly kind: 'retain'; readonly engine: number; readonly dryRun: boolean } & Now)
  | { readonly kind: 'reopen'; readonly engine: number }
  | { readonly kind: 'read'; readonly engine: number }

interface Now {
  readonly nowMs: number
  readonly offsetMin: number
}

/** Retention windows; 0 keeps forever. */
export interface Windows {
  readonly detailMs: number
  readonly telemetryMs: number
  readonly dailyDays: number
  readonly monthlyMonths: number
}

/** The settings with which a profile is created. */
export interface FirstSettings {
  /** 0 to 12. */
  readonly dayStartsAtHour: number
  readonly windows: Windows
}

/** One learner, and the steps in which programs store the learner's events. */
export interface Play {
  readonly learner: Learner
  readonly steps: readonly Step[]
  readonly settings: FirstSettings
}

export interface History {
  readonly learners: readonly Play[]
}

export const OWN_PROJECTION_NAME = 'lines_by_language'

const LEARNERS_MAX = 3
const SESSIONS_MAX = 5

/** Draws learners with sessions and corrections, and for each the steps in which `engines` programs store them. */
export function drawHistory(draw: Draw, engines: number): History {
  const learners = Array.from({ length: draw(1, LEARNERS_MAX) }, (_, index) => {
    const streams = drawStreams(draw, SESSIONS_MAX)
    const eventCount = streams.reduce((sum, { events }) => sum + events.length, 0)
    return {
      learner: { profile: index === 0 ? 'default' : `learner ${index}`, streams },
      steps: drawSteps(draw, eventCount, engines),
      settings: { dayStartsAtHour: draw(0, 12), windows: drawWindows(draw) },
    }
  })
  return { learners }
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
    steps.splice(draw(0, steps.length), 0, drawBetween(draw, drawEngine()))
  }
  return steps
}

function drawBetween(draw: Draw, engine: number): Step {
  switch (draw(0, 8)) {
    case 0:
      return { kind: 'rebuild', engine, fromLog: draw(0, 1) === 1 }
    case 1:
      return { kind: 'rebuild-one', engine, projection: pick(draw, ['daily', 'sessions', 'hours']) }
    case 2:
      return { kind: 'day-start', engine, hour: draw(0, 12) }
    case 3:
      return { kind: 'reopen', engine }
    case 4:
      return { kind: 'windows', engine, windows: drawSomeWindows(draw) }
    case 5:
    case 6:
    case 7:
      return { kind: 'retain', engine, dryRun: draw(0, 4) === 4, ...drawNow(draw) }
    default:
      return { kind: 'read', engine }
  }
}

/** Often among the events, so that only some of them are past a window. */
function drawNow(draw: Draw): Now {
  return { nowMs: pick(draw, MOMENTS) + draw(-DAY_MS, 500 * DAY_MS), offsetMin: pick(draw, OFFSETS) }
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
