// What holds for any sequence of calls and any way in which time goes by. Expected times are kept beside, second by
// second, by a model that only knows the rules. fast-check prints its seed when a case fails.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkTrackingEvent } from '../../src/events/validation.js'
import { createHandClock, createWatchedPlayer, HOUR_MS, MINUTE_MS, START_MS } from './watched-player.js'

const test = suite('random calls')
const QUARTER_MS = 15 * MINUTE_MS

type Step =
  | { readonly kind: 'pass' | 'stall' | 'suspend' | 'jump'; readonly ms: number }
  | { readonly kind: 'pause' | 'resume' | 'wait' | 'go on' | 'lookup' | 'card' | 'presence' | 'end' }
  | { readonly kind: 'line'; readonly text: string; readonly startMs?: number; readonly endMs?: number }
  | { readonly kind: 'position' | 'seek'; readonly ms: number }

const calls: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>(
    { kind: 'pause' },
    { kind: 'resume' },
    { kind: 'wait' },
    { kind: 'go on' },
    { kind: 'lookup' },
    { kind: 'card' },
    { kind: 'presence' },
  ),
  fc.record({ kind: fc.constant('line' as const), text: fc.constantFrom('はい', 'いいえ', 'x'.repeat(90)) }),
  fc.record({
    kind: fc.constantFrom('position' as const, 'seek' as const),
    ms: fc.integer({ min: 0, max: 7_200_000 }),
  }),
)
const passing: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('pass' as const),
  // Milliseconds in tenths, and now and then hours, so that the idle limit is met.
  ms: fc.oneof(
    fc.integer({ min: 0, max: 1_200_000 }).map((tenths) => tenths / 10),
    fc.integer({ min: 0, max: 3 * HOUR_MS }),
  ),
})
const disturbances: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('stall' as const, 'suspend' as const),
    ms: fc.integer({ min: 0, max: 12 * HOUR_MS }),
  }),
  fc.record({ kind: fc.constant('jump' as const), ms: fc.integer({ min: -40 * HOUR_MS, max: 40 * HOUR_MS }) }),
)

const anything = fc.array(fc.oneof(calls, passing, disturbances), { maxLength: 60 })
const quiet = fc.array(fc.oneof(calls, passing), { maxLength: 60 })
const modes = fc.constantFrom('playback' as const, 'reading' as const)

function play(steps: readonly Step[], mode: 'playback' | 'reading', startMs = START_MS, inferSeeks = true) {
  const player = createWatchedPlayer({ clock: createHandClock(startMs) })
  player.clock.setOffset((epochMs) => (Math.floor(epochMs / HOUR_MS) % 2 === 0 ? 330 : 345))
  const session = player.open({ mode, inferSeeks })
  for (const step of steps) take(step, player, session)
  session.end()
  return player
}

function take(
  step: Step,
  { clock }: ReturnType<typeof createWatchedPlayer>,
  session: ReturnType<ReturnType<typeof createWatchedPlayer>['open']>,
) {
  switch (step.kind) {
    case 'pass':
      return clock.pass(step.ms)
    case 'stall':
      return clock.stall(step.ms)
    case 'suspend':
      return clock.suspend(step.ms)
    case 'jump':
      return clock.jumpWall(step.ms)
    case 'wait':
      return session.buffering(true)
    case 'go on':
      return session.buffering(false)
    case 'line':
      return session.line(step)
    case 'position':
      return session.position(step.ms)
    case 'seek':
      return session.seek(0, step.ms)
    default:
      return session[step.kind]()
  }
}

test('every event passes the validation unchanged, whatever the clocks do', () => {
  fc.assert(
    fc.property(anything, modes, (steps, mode) => {
      const player = play(steps, mode)
      assert.equal(player.invalid, [])
      for (const event of player.events) {
        assert.equal(checkTrackingEvent(event), event)
        for (const value of Object.values(event.measures)) assert.ok(Number.isSafeInteger(value) && value > 0)
      }
      assert.is(player.types()[0], 'session.started')
      assert.is(player.types().at(-1), 'session.ended')
    }),
    { numRuns: 300 },
  )
})

test('no heartbeat crosses a quarter hour, covers more than a gap may, or has parts larger than itself', () => {
  fc.assert(
    fc.property(anything, modes, (steps, mode) => {
      for (const beat of play(steps, mode).heartbeats()) {
        const { watchedMs = 0, activeMs = 0, pausedMs = 0, idleMs = 0 } = beat.measures
        assert.ok(activeMs + pausedMs <= watchedMs)
        assert.ok(idleMs === 0 ? watchedMs > 0 && watchedMs <= 75_000 : watchedMs === 0 && idleMs <= QUARTER_MS)
        const quarter = Math.floor(beat.occurredAtMs / QUARTER_MS)
        assert.is(Math.floor((beat.occurredAtMs + watchedMs + idleMs - 1) / QUARTER_MS), quarter)
        assert.is(beat.utcOffsetMin, Math.floor(beat.occurredAtMs / HOUR_MS) % 2 === 0 ? 330 : 345)
      }
    }),
    { numRuns: 300 },
  )
})

test('between two jumps of the wall clock no quarter hour holds more than fits in it, and heartbeats never overlap', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(calls, passing, disturbances), { maxLength: 60 }), (steps) => {
      const player = play(
        steps.filter((step) => step.kind !== 'jump'),
        'playback',
      )
      const byQuarter = new Map<number, number>()
      let reachedMs = 0
      for (const beat of player.heartbeats()) {
        const { watchedMs = 0, idleMs = 0 } = beat.measures
        assert.ok(beat.occurredAtMs >= reachedMs)
        reachedMs = beat.occurredAtMs + watchedMs + idleMs
        const quarter = Math.floor(beat.occurredAtMs / QUARTER_MS)
        byQuarter.set(quarter, (byQuarter.get(quarter) ?? 0) + watchedMs + idleMs)
      }
      for (const sumMs of byQuarter.values()) assert.ok(sumMs <= QUARTER_MS)
    }),
    { numRuns: 300 },
  )
})

test('without disturbances, watched, active, paused and idle time are exactly what the calls say', () => {
  fc.assert(
    fc.property(quiet, fc.integer({ min: 0, max: 3 * HOUR_MS }), (steps, laterMs) => {
      // A seek found in positions is a sign too; the model does not look for those.
      const player = play(steps, 'playback', START_MS + laterMs, false)
      const expected = intendedTimes(steps)
      assert.equal(
        {
          watched: player.sum('watchedMs'),
          active: player.sum('activeMs'),
          paused: player.sum('pausedMs'),
          idle: player.sum('idleMs'),
        },
        expected,
      )
    }),
    { numRuns: 500 },
  )
})

/** The rules of playback in one pass over the steps: time in whole milliseconds since the start. */
function intendedTimes(steps: readonly Step[]) {
  const sum = { watched: 0, active: 0, paused: 0, idle: 0 }
  // The hand clock's monotonic time begins at a quarter of a millisecond, of which the tracker sees the whole part.
  let exactMs = 0.25
  let fromMs = 0
  let idleAtMs = HOUR_MS
  let paused = false
  let waiting = false

  function countUp(): number {
    const nowMs = Math.floor(exactMs)
    const countedMs = Math.max(0, Math.min(nowMs, idleAtMs) - fromMs)
    sum.watched += countedMs
    sum.idle += nowMs - fromMs - countedMs
    if (paused) sum.paused += countedMs
    else if (!waiting) sum.active += countedMs
    fromMs = nowMs
    return nowMs
  }
  for (const step of steps) {
    if (step.kind === 'pass') exactMs += step.ms
    const nowMs = countUp()
    const isPause = step.kind === 'pause' && !paused
    const isResume = step.kind === 'resume' && paused
    const isSeek = step.kind === 'seek' && step.ms !== 0
    const isOther = step.kind === 'lookup' || step.kind === 'card' || step.kind === 'presence'
    if (isOther || isPause || isResume || isSeek) idleAtMs = nowMs + HOUR_MS
    if (isPause) paused = true
    if (isResume) paused = false
    if (step.kind === 'wait') waiting = true
    if (step.kind === 'go on') waiting = false
  }
  countUp()
  return sum
}

test.run()
