// Histories as they were lived: who watched what, when, on which clock, what the learner corrected afterwards, and in which
// steps two programs store it. Handed both to the product (play.ts) and to the naive recount (recount.ts). It imports
// nothing of the product, so that no mistake of the product can stand in the expectation as well. Every choice is an integer
// that the caller draws: from a seed (seeded.ts), or from a generator that shrinks what fails.

import { drawCommands } from './corrections.js'
import { DAY_MS, type Draw, drawStreamId, HOUR_MS, MOMENTS, OFFSETS, pick, shuffled } from './draw.js'
import { drawSitting, type Happening, type Sitting } from './sessions.js'

export type { Happening, Sitting }

export interface Learner {
  readonly profile: string
  /** Streams: sittings, then the learner's commands. */
  readonly sittings: readonly Sitting[]
}

/** `event` counts through all happenings of the learner, sitting by sitting. */
export type Step =
  | { readonly kind: 'append'; readonly engine: number; readonly events: readonly number[] }
  | { readonly kind: 'rebuild'; readonly engine: number; readonly fromLog: boolean }
  | { readonly kind: 'rebuild-one'; readonly engine: number; readonly projection: string }
  | { readonly kind: 'day-start'; readonly engine: number; readonly hour: number }
  | { readonly kind: 'windows'; readonly engine: number; readonly windows: Partial<Windows> }
  | {
      readonly kind: 'retain'
      readonly engine: number
      readonly dryRun: boolean
      readonly nowMs: number
      readonly offsetMin: number
    }
  | { readonly kind: 'reopen'; readonly engine: number }
  | { readonly kind: 'read'; readonly engine: number }

/** How long what is kept; 0 keeps for ever. */
export interface Windows {
  readonly detailMs: number
  readonly telemetryMs: number
  readonly dailyDays: number
  readonly monthlyMonths: number
}

export interface History {
  readonly learners: readonly {
    readonly learner: Learner
    readonly steps: readonly Step[]
    /** Of the profile, when it is made. */
    readonly settings: { readonly dayStartsAtHour: number; readonly windows: Windows }
  }[]
}

export const OWN_PROJECTION_NAME = 'lines_by_language'

const LEARNERS_MAX = 3
const SITTINGS_MAX = 5

/** Learners with sittings and commands, and for each the steps in which `engines` programs store what happened. */
export function drawHistory(draw: Draw, engines: number): History {
  const learners = Array.from({ length: draw(1, LEARNERS_MAX) }, (_, index) => {
    const watched = Array.from({ length: draw(1, SITTINGS_MAX) }, (_, place) =>
      drawSitting(draw, drawStreamId(draw, place)),
    )
    const sittings = [...watched, ...drawCommands(draw, watched)]
    const eventCount = sittings.reduce((sum, one) => sum + one.happenings.length, 0)
    return {
      learner: { profile: index === 0 ? 'default' : `learner ${index}`, sittings },
      steps: drawSteps(draw, eventCount, engines),
      settings: { dayStartsAtHour: draw(0, 12), windows: drawWindows(draw) },
    }
  })
  return { learners }
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

/** Often within what is watched, so that a part of it is past a window. */
function drawNow(draw: Draw): { readonly nowMs: number; readonly offsetMin: number } {
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
