// Draws histories of three logs of one learner: the events that each log stores, the events that each prunes on its own, and
// the merges in between. The sessions and corrections are drawn as in src/contract/law/history.ts.

import { DAY_MS, type Draw, HOUR_MS, MOMENTS, OFFSETS, pick, shuffled } from '../../src/contract/law/draw.js'
import { drawStreams, type Learner } from '../../src/contract/law/history.js'

export const LOG_COUNT = 3
const SESSIONS_MAX = 4

/** `events` are numbers that count through all events of the learner, stream by stream. */
export type MergeStep =
  | { readonly kind: 'append'; readonly log: number; readonly events: readonly number[] }
  /** Facts among the versions stay, because they are kept for ever. */
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
  const learner = { profile: 'default', streams: drawStreams(draw, SESSIONS_MAX) }
  return { learner, steps: drawSteps(draw, learner), dayStartsAtHour: draw(0, 12) }
}

/** Two of the logs, of which each goes on with the same sessions in its own way. The learner keeps the content of the first. */
export interface Parting {
  readonly kept: number
  readonly other: number
  readonly sessions: readonly { readonly streamId: string; readonly after: number; readonly atMs: number }[]
  /** After `after`, both logs store this many versions, and the first stores `longer` more. */
  readonly versions: number
  readonly longer: number
}

/** Of sessions that nothing erases. */
export function drawParting(draw: Draw, { streams }: Learner): Parting {
  const erased = streams.flatMap(({ events }) =>
    events.filter(({ type }) => type === 'stream.erased').map(({ payload }) => payload?.targetStreamId),
  )
  const sessions = streams.flatMap(({ streamId, events: [start, ...later] }) =>
    start?.type === 'session.started' && !erased.includes(streamId) && draw(0, 2) > 0
      ? [{ streamId, after: later.length + 1, atMs: start.atMs }]
      : [],
  )
  const kept = draw(0, LOG_COUNT - 1)
  const other = (kept + draw(1, LOG_COUNT - 1)) % LOG_COUNT
  return { kept, other, sessions, versions: draw(1, 4), longer: draw(0, 3) }
}

function drawSteps(draw: Draw, learner: Learner): readonly MergeStep[] {
  const split = draw(0, 3) === 3 ? drawSplit(draw, learner) : []
  const firstStream = split.length === 0 ? 0 : 1
  const steps = draw(0, 1) === 0 ? drawDevices(draw, learner, firstStream) : drawScattered(draw, learner, firstStream)
  for (let left = draw(0, 8); left > 0; left--) {
    steps.splice(draw(0, steps.length), 0, drawBetween(draw, learner))
  }
  return [...split, ...steps]
}

/**
 * Mostly summaries that cannot be applied: two logs store overlapping parts of the first session and prune them, and no log
 * ever stores all of it.
 */
function drawSplit(draw: Draw, { streams: [first] }: Learner): readonly MergeStep[] {
  const count = first?.events.length ?? 0
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

/** One log stores each stream, in order. The others have only the part that a merge brought them. */
function drawDevices(draw: Draw, { streams }: Learner, firstStream: number): MergeStep[] {
  const waiting = streams.map(({ events }, index) => {
    const from = eventCount(streams.slice(0, index))
    return { log: draw(0, LOG_COUNT - 1), next: from, end: from + events.length }
  })
  const steps: MergeStep[] = []
  for (let left = waiting.slice(firstStream); left.length > 0; left = left.filter(({ next, end }) => next < end)) {
    const one = pick(draw, left)
    const size = Math.min(draw(1, 8), one.end - one.next)
    steps.push({ kind: 'append', log: one.log, events: Array.from({ length: size }, (_, index) => one.next + index) })
    one.next += size
  }
  return steps
}

/** Some of the logs store each event, in any order. No device would do so, but imports might. */
function drawScattered(draw: Draw, { streams }: Learner, firstStream: number): MergeStep[] {
  const before = eventCount(streams.slice(0, firstStream))
  /** By event, a bit for each log that stores it. */
  const storedBy = Array.from({ length: eventCount(streams) }, (_, event) =>
    event < before ? 0 : draw(0, 2 ** LOG_COUNT - 1),
  )
  const steps: MergeStep[] = []
  for (let log = 0; log < LOG_COUNT; log++) {
    const own = storedBy.flatMap((mask, event) => ((mask >> log) % 2 === 1 ? [event] : []))
    const order = draw(0, 1) === 0 ? own : shuffled(draw, own)
    for (let from = 0; from < order.length; ) {
      const size = draw(1, 9)
      steps.splice(draw(0, steps.length), 0, { kind: 'append', log, events: order.slice(from, from + size) })
      from += size
    }
  }
  return steps
}

function eventCount(streams: Learner['streams']): number {
  return streams.reduce((sum, { events }) => sum + events.length, 0)
}

function drawBetween(draw: Draw, { streams }: Learner): MergeStep {
  const log = draw(0, LOG_COUNT - 1)
  switch (draw(0, 7)) {
    case 0:
      return { kind: 'rebuild', log }
    case 1:
      return { kind: 'retain', log, nowMs: pick(draw, MOMENTS) + draw(0, 40 * DAY_MS), offsetMin: pick(draw, OFFSETS) }
    case 2:
    case 3:
    case 4: {
      const { streamId, events } = pick(draw, streams)
      const [from, through] = [draw(1, events.length), draw(1, events.length)]
      const versions = Array.from({ length: Math.max(0, through - from + 1) }, (_, index) => from + index)
      return { kind: 'prune', log, streamId, versions }
    }
    default: {
      const into = (log + draw(1, LOG_COUNT - 1)) % LOG_COUNT
      return { kind: 'merge', from: log, into }
    }
  }
}

/** The windows of each log. Rows are kept for ever, because each log keeps rows by its own settings, and all must agree here. */
export const WINDOWS = [
  { detailMs: HOUR_MS, telemetryMs: 7 * DAY_MS, dailyDays: 0, monthlyMonths: 0 },
  { detailMs: 7 * DAY_MS, telemetryMs: HOUR_MS, dailyDays: 0, monthlyMonths: 0 },
  { detailMs: DAY_MS, telemetryMs: DAY_MS, dailyDays: 0, monthlyMonths: 0 },
] as const
