// Draws and plays what subtracts: adjustments at the edge of 0, often by two programs at once, and everything afterwards that
// moves or removes what they were subtracted from. No sum of any read model may fall below 0. What a request adds is seen in
// the totals, and a request that is refused adds nothing. The numbers of a request follow from the drawn events alone.

import assert from 'node:assert/strict'
import { DAY_MS, type Draw, drawStreamId, HOUR_MS, LANGUAGES, pick, pickWeighted, shuffled, VIDEOS } from './draw.js'
import type { CorrectionStep, Play, Step } from './history.js'
import { type OpenTables, openPrograms, type Programs } from './play.js'
import { localDate } from './rules.js'
import { type DrawnStream, drawSession } from './sessions.js'

const SESSIONS_MAX = 4
const CORRECTIONS_MAX = 12

type Request = CorrectionStep['requests'][number]

export function drawAdjustedPlay(draw: Draw, engines: number): Play {
  const streams = Array.from({ length: draw(1, SESSIONS_MAX) }, (_, place) =>
    drawSession(draw, drawStreamId(draw, place)),
  )
  const dayStartsAtHour = draw(0, 12)
  const retention = { detailMs: HOUR_MS, telemetryMs: 0, dailyDays: 0, monthlyMonths: 0 }
  return {
    profile: 'default',
    streams,
    settings: { dayStartsAtHour, retention },
    steps: [...drawAppends(draw, streams), ...drawSteps(draw, streams, dayStartsAtHour, engines)],
  }
}

/** In any order, and some of the events never arrive. */
function drawAppends(draw: Draw, streams: readonly DrawnStream[]): readonly Step[] {
  const count = streams.reduce((sum, { events }) => sum + events.length, 0)
  const all = Array.from({ length: count }, (_, index) => index)
  const events = draw(0, 2) > 0 ? all : shuffled(draw, all).slice(0, draw(1, count))
  return [{ kind: 'append', engine: 0, events }]
}

function drawSteps(draw: Draw, streams: readonly DrawnStream[], hour: number, engines: number): readonly Step[] {
  const late = streams.reduce((sum, { events }) => sum + events.length, 0) - 1
  return Array.from({ length: draw(1, CORRECTIONS_MAX) }, () => {
    const engine = draw(0, engines - 1)
    return pickWeighted<(draw: Draw) => Step>(draw, [
      [12, () => drawCorrection(draw, streams, hour, engines)],
      [1, () => ({ kind: 'append', engine, events: [draw(0, late)] })],
      [1, () => ({ kind: 'configure', engine, settings: { dayStartsAtHour: draw(0, 12) } })],
      [1, () => ({ kind: 'rebuild', engine, options: { fromLog: draw(0, 1) === 1 } })],
      [1, () => ({ kind: 'retain', engine, dryRun: false, nowMs: Date.UTC(2027, 0, 1), offsetMin: 0 })],
    ])(draw)
  })
}

/** Two programs send the same request at once, or each its own. */
function drawCorrection(draw: Draw, streams: readonly DrawnStream[], hour: number, engines: number): Step {
  const first = drawRequest(draw, streams, hour)
  const others = Array.from({ length: engines - 1 }, () =>
    draw(0, 1) === 1 ? first : drawRequest(draw, streams, hour),
  )
  return { kind: 'correct', engine: 0, requests: [first, ...others] }
}

function drawRequest(draw: Draw, streams: readonly DrawnStream[], hour: number): Request {
  const { streamId, events } = pick(draw, streams)
  const start = events[0] as DrawnStream['events'][number]
  const videoKey = String(start.payload?.videoKey)
  const language = draw(0, 3) === 0 ? { language: pick(draw, LANGUAGES) } : {}
  const { day } = localDate(pick(draw, events), hour)
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10)
  return pickWeighted<() => Request>(draw, [
    [6, () => ({ method: 'adjustSession', args: [streamId, { measures: drawMeasures(draw, events), ...language }] })],
    [
      6,
      () => {
        const own = draw(0, 2) > 0 ? { language: start.payload?.targetLanguage ?? 'und' } : language
        return { method: 'adjustVideo', args: [{ videoKey, date, measures: drawMeasures(draw, events), ...own }] }
      },
    ],
    [2, () => ({ method: 'discardSession', args: [streamId] })],
    [1, () => ({ method: 'restoreSession', args: [streamId] })],
    [1, () => ({ method: 'eraseSession', args: [streamId] })],
    [1, () => ({ method: 'mergeVideos', args: [videoKey, pick(draw, VIDEOS)] })],
    [2, () => ({ method: 'undo', args: [] })],
  ])()
}

/** All of a sum, one more, a part of it, or an addition. */
function drawMeasures(draw: Draw, events: DrawnStream['events']): Readonly<Record<string, number>> {
  const { measures } = pick(draw, events)
  const names = Object.keys(measures).filter((name) => measures[name] !== 0)
  const chosen = names.filter(() => draw(0, 2) > 0)
  return Object.fromEntries(
    (chosen.length > 0 ? chosen : ['lines']).map((name) => {
      const sum = events.reduce((before, one) => before + (one.measures[name] ?? 0), 0)
      return [name, pick(draw, [-sum, -sum - 1, -Math.ceil(sum / 2), -Math.min(1, sum), draw(1, 30)])]
    }),
  )
}

/** Throws where a sum is below 0 after any of the steps, or a check finds damage. */
export async function assertNeverBelowZero(play: Play, openLog: OpenTables, engines: number): Promise<void> {
  const programs = await openPrograms(play, openLog, engines)
  try {
    let before = await totals(programs)
    for (const step of play.steps) {
      const refused = await programs.take(step)
      const after = await totals(programs)
      // An adjustment of a session that is discarded moves no total, so only those of videos are added up.
      if (step.kind === 'correct' && step.requests.every(({ method }) => method === 'adjustVideo')) {
        const added = step.requests.filter((_, index) => refused[index] === null)
        assert.deepEqual(after, plus(before, added), 'the totals changed by something else than was accepted')
      }
      before = after
    }
    assert.deepEqual(await programs.verify(), [], 'verify finds damage')
    assert.equal(await programs.rebuild(false), 0, 'a rebuild changes rows')
    assert.equal(await programs.rebuild(true), 0, 'a rebuild from the log changes rows')
  } finally {
    await programs.close()
  }
}

type Totals = Readonly<Record<string, number>>

/** Throws where a row of any read model has a sum below 0. */
async function totals(programs: Programs): Promise<Totals> {
  const tables = await programs.readRows()
  const sums: Record<string, number> = {}
  for (const [table, rows] of Object.entries(tables)) {
    for (const [key, row] of Object.entries(rows)) {
      for (const [name, value] of Object.entries(row)) {
        assert.ok(value >= 0, `${name} of ${key} in ${table} is ${value}`)
        if (table === 'calendar') sums[name] = (sums[name] ?? 0) + value
      }
    }
  }
  return sums
}

function plus(before: Totals, requests: readonly Request[]): Totals {
  const after: Record<string, number> = { ...before }
  for (const { args } of requests) {
    const { measures } = args[0] as { readonly measures: Totals }
    for (const [name, value] of Object.entries(measures)) after[name] = (after[name] ?? 0) + value
  }
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== 0))
}
