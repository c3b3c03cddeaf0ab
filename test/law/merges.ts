// Histories of three logs of one learner: who was told what, what each pruned on its own, and who was merged into whom in
// between. Drawn like those of src/contract/law/history.ts, from the same sittings and commands.

import { drawCommands } from '../../src/contract/law/corrections.js'
import {
  DAY_MS,
  type Draw,
  drawStreamId,
  HOUR_MS,
  MOMENTS,
  OFFSETS,
  pick,
  shuffled,
} from '../../src/contract/law/draw.js'
import type { Learner } from '../../src/contract/law/history.js'
import { drawSitting } from '../../src/contract/law/sessions.js'

export const LOG_COUNT = 3
const SITTINGS_MAX = 4

/** `event` counts through all happenings of the learner, sitting by sitting. */
export type MergeStep =
  | { readonly kind: 'append'; readonly log: number; readonly events: readonly number[] }
  /** Any of the versions whose detail is not kept for ever. */
  | { readonly kind: 'prune'; readonly log: number; readonly streamId: string; readonly versions: readonly number[] }
  | { readonly kind: 'retain'; readonly log: number; readonly nowMs: number; readonly offsetMin: number }
  | { readonly kind: 'rebuild'; readonly log: number }
  | { readonly kind: 'merge'; readonly from: number; readonly into: number }

export interface MergeHistory {
  readonly learner: Learner
  readonly steps: readonly MergeStep[]
  readonly dayStartsAtHour: number
}

export function drawMergeHistory(draw: Draw): MergeHistory {
  const watched = Array.from({ length: draw(1, SITTINGS_MAX) }, (_, place) =>
    drawSitting(draw, drawStreamId(draw, place)),
  )
  const learner = { profile: 'default', sittings: [...watched, ...drawCommands(draw, watched)] }
  return { learner, steps: drawSteps(draw, learner), dayStartsAtHour: draw(0, 12) }
}

function drawSteps(draw: Draw, learner: Learner): readonly MergeStep[] {
  const split = draw(0, 3) === 3 ? drawSplit(draw, learner) : []
  const told = split.length === 0 ? 0 : 1
  const steps = draw(0, 1) === 0 ? drawDevices(draw, learner, told) : drawScattered(draw, learner, told)
  for (let left = draw(0, 8); left > 0; left--) {
    steps.splice(draw(0, steps.length), 0, drawBetween(draw, learner))
  }
  return [...split, ...steps]
}

/**
 * What cannot be applied, mostly: of the first sitting two logs are told parts that overlap, each prunes its own, and nobody
 * is ever told all of it.
 */
function drawSplit(draw: Draw, { sittings: [first] }: Learner): readonly MergeStep[] {
  const count = first?.happenings.length ?? 0
  if (first === undefined || count < 4) return []
  const { streamId } = first
  const [from, through] = [draw(1, 2), draw(count - 2, count - 1)]
  const all = Array.from({ length: count }, (_, index) => index)
  const versions = all.map((index) => index + 1)
  const [one, other] = [draw(0, 1), 2]
  return [
    { kind: 'append', log: one, events: all.slice(0, through) },
    { kind: 'append', log: other, events: [0, ...all.slice(from)] },
    { kind: 'prune', log: one, streamId, versions },
    { kind: 'prune', log: other, streamId, versions },
  ]
}

/** Each stream is told to one log, in order: others have of it what a merge brought them. */
function drawDevices(draw: Draw, { sittings }: Learner, firstSitting: number): MergeStep[] {
  const waiting = sittings.map(({ happenings }, index) => {
    const from = sittings.slice(0, index).reduce((sum, one) => sum + one.happenings.length, 0)
    return { log: draw(0, LOG_COUNT - 1), next: from, end: from + happenings.length }
  })
  const steps: MergeStep[] = []
  for (let left = waiting.slice(firstSitting); left.length > 0; left = left.filter(({ next, end }) => next < end)) {
    const one = pick(draw, left)
    const size = Math.min(draw(1, 8), one.end - one.next)
    steps.push({ kind: 'append', log: one.log, events: Array.from({ length: size }, (_, index) => one.next + index) })
    one.next += size
  }
  return steps
}

/** Each event is told to some of the logs, in any order: what no device would do, and whoever imports might. */
function drawScattered(draw: Draw, { sittings }: Learner, firstSitting: number): MergeStep[] {
  const count = sittings.reduce((sum, one) => sum + one.happenings.length, 0)
  const before = sittings.slice(0, firstSitting).reduce((sum, one) => sum + one.happenings.length, 0)
  const told = Array.from({ length: count }, (_, event) => (event < before ? 0 : draw(0, 2 ** LOG_COUNT - 1)))
  const steps: MergeStep[] = []
  for (let log = 0; log < LOG_COUNT; log++) {
    const own = told.flatMap((mask, event) => ((mask >> log) % 2 === 1 ? [event] : []))
    const order = draw(0, 1) === 0 ? own : shuffled(draw, own)
    for (let from = 0; from < order.length; ) {
      const size = draw(1, 9)
      steps.splice(draw(0, steps.length), 0, { kind: 'append', log, events: order.slice(from, from + size) })
      from += size
    }
  }
  return steps
}

function drawBetween(draw: Draw, { sittings }: Learner): MergeStep {
  const log = draw(0, LOG_COUNT - 1)
  switch (draw(0, 7)) {
    case 0:
      return { kind: 'rebuild', log }
    case 1:
      return { kind: 'retain', log, nowMs: pick(draw, MOMENTS) + draw(0, 40 * DAY_MS), offsetMin: pick(draw, OFFSETS) }
    case 2:
    case 3:
    case 4: {
      const { streamId, happenings } = pick(draw, sittings)
      const [from, through] = [draw(1, happenings.length), draw(1, happenings.length)]
      const versions = Array.from({ length: Math.max(0, through - from + 1) }, (_, index) => from + index)
      return { kind: 'prune', log, streamId, versions }
    }
    default: {
      const into = (log + draw(1, LOG_COUNT - 1)) % LOG_COUNT
      return { kind: 'merge', from: log, into }
    }
  }
}

/** Windows of each log; rows have none, since logs that are merged keep rows by their own. */
export const WINDOWS = [
  { detailMs: HOUR_MS, telemetryMs: 7 * DAY_MS, dailyDays: 0, monthlyMonths: 0 },
  { detailMs: 7 * DAY_MS, telemetryMs: HOUR_MS, dailyDays: 0, monthlyMonths: 0 },
  { detailMs: DAY_MS, telemetryMs: DAY_MS, dailyDays: 0, monthlyMonths: 0 },
] as const
