// Idle time: how long a file was open with nobody there. It is reported late and in few parts, and never beyond a quarter hour.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WatchClock } from '../../src/tracker/watch-clock.js'
import { HOUR_MS, MINUTE_MS, SECOND_MS, START_MS } from './watched-player.js'

const test = suite('idle time')
const QUARTER_MS = 15 * MINUTE_MS
/** START_MS is 5 s after a quarter hour began. */
const FIRST_QUARTER_END_MS = START_MS + QUARTER_MS - 5 * SECOND_MS

type Reports = Pick<ConstructorParameters<typeof WatchClock>[0], 'onHeartbeat' | 'onIdle'>

function watchClock(reports: Reports, startMs = START_MS, gapMaxMs = MINUTE_MS): WatchClock {
  return new WatchClock({
    wallMs: startMs,
    monotonicMs: 0,
    paused: false,
    limits: { heartbeatIntervalMs: 15_000, gapMaxMs },
    utcOffsetMin: () => 0,
    ...reports,
  })
}

/** A watch clock of which nothing is allowed to count, and what it reports. */
function idleClock() {
  const idle: (readonly [startMs: number, idleMs: number])[] = []
  const clock = watchClock({
    onHeartbeat: () => assert.unreachable('nothing is watched'),
    onIdle: (startMs, idleMs) => idle.push([startMs, idleMs]),
  })
  let wallMs = START_MS
  let monotonicMs = 0
  /** A tick every 15 s. */
  const pass = (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= 15_000) {
      const stepMs = Math.min(leftMs, 15_000)
      wallMs += stepMs
      monotonicMs += stepMs
      clock.advance(wallMs, monotonicMs)
    }
  }
  const skip = (wall: number, monotonic: number) => {
    wallMs += wall
    monotonicMs += monotonic
    clock.advance(wallMs, monotonicMs)
  }
  return { clock, idle, pass, skip, sum: () => idle.reduce((sum, [, ms]) => sum + ms, 0) }
}

test('idle time is reported at the end of each quarter hour, and the rest when the learner comes back', () => {
  const { clock, idle, pass } = idleClock()
  pass(20 * MINUTE_MS)
  assert.equal(idle, [[START_MS, FIRST_QUARTER_END_MS - START_MS]])
  clock.allowUntil(HOUR_MS)
  assert.equal(idle[1], [FIRST_QUARTER_END_MS, 5 * MINUTE_MS + 5 * SECOND_MS])
  clock.flushIdle()
  assert.is(idle.length, 2, 'nothing is reported twice')
})

test('of a machine that sleeps and of a stalled event loop at most 60 s count', () => {
  const { clock, sum, pass, skip } = idleClock()
  pass(MINUTE_MS)
  skip(8 * HOUR_MS, 10 * SECOND_MS) // a monotonic clock that stood still
  skip(8 * HOUR_MS, 8 * HOUR_MS) // and one that did not
  pass(MINUTE_MS)
  clock.flushIdle()
  assert.is(sum(), 3 * MINUTE_MS + 10 * SECOND_MS)
})

test('no part crosses a quarter hour, even where the wall clock jumps', () => {
  const { clock, idle, pass, skip } = idleClock()
  pass(10 * MINUTE_MS)
  skip(-40 * MINUTE_MS, SECOND_MS)
  pass(10 * MINUTE_MS)
  skip(3 * HOUR_MS, SECOND_MS)
  pass(10 * MINUTE_MS)
  clock.flushIdle()
  for (const [startMs, idleMs] of idle) {
    assert.is(Math.floor(startMs / QUARTER_MS), Math.floor((startMs + idleMs - 1) / QUARTER_MS))
  }
})

test('time that is allowed to count is not idle', () => {
  const idle: number[] = []
  let watchedMs = 0
  const clock = watchClock({
    onHeartbeat: (heartbeat) => {
      watchedMs += heartbeat.watchedMs
    },
    onIdle: (_startMs, idleMs) => idle.push(idleMs),
  })
  clock.allowUntil(20 * SECOND_MS)
  clock.advance(START_MS + 50 * SECOND_MS, 50 * SECOND_MS)
  clock.flush()
  clock.flushIdle()
  assert.equal([watchedMs, idle], [20 * SECOND_MS, [30 * SECOND_MS]])
  assert.is(clock.lastCountedMs, START_MS + 20 * SECOND_MS)
})

test('watched time is sent before the idle time after it, also where a quarter hour ends between two ticks', () => {
  const sent: string[] = []
  const startMs = Math.floor(START_MS / QUARTER_MS) * QUARTER_MS + 14 * MINUTE_MS
  const reports: Reports = {
    onHeartbeat: ({ watchedMs }) => sent.push(`watched ${watchedMs}`),
    onIdle: (_startMs, idleMs) => sent.push(`idle ${idleMs}`),
  }
  const clock = watchClock(reports, startMs, 2 * MINUTE_MS)
  clock.allowUntil(50 * SECOND_MS)
  clock.advance(startMs + 70 * SECOND_MS, 70 * SECOND_MS)
  clock.flush()
  clock.flushIdle()
  assert.equal(sent, ['watched 50000', 'idle 10000', 'idle 10000'])
})

test.run()
