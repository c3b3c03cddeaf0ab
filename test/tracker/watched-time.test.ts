// Watched, active and paused time of a session in a player that reports its playback. Expected times are added up from
// what each test lets pass.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHandClock, createWatchedPlayer, HOUR_MS, MINUTE_MS, SECOND_MS, START_MS } from './watched-player.js'

const test = suite('watched time')
const QUARTER_MS = 15 * MINUTE_MS

function times(player: ReturnType<typeof createWatchedPlayer>) {
  return { watched: player.sum('watchedMs'), active: player.sum('activeMs'), paused: player.sum('pausedMs') }
}

test('plain playback is watched and active, and every heartbeat covers 15 s', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(10 * MINUTE_MS)
  session.end()
  assert.equal(times(player), { watched: 10 * MINUTE_MS, active: 10 * MINUTE_MS, paused: 0 })
  assert.is(player.heartbeats().length, 40)
  player.heartbeats().forEach((heartbeat, index) => {
    assert.is(heartbeat.occurredAtMs, START_MS + index * 15 * SECOND_MS)
    assert.equal(heartbeat.measures, { watchedMs: 15_000, activeMs: 15_000 })
  })
})

test('a pause is watched and paused, not active', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(61_234)
  session.pause()
  player.clock.pass(30_001)
  session.resume()
  player.clock.pass(9_000)
  session.end()
  assert.equal(times(player), { watched: 100_235, active: 70_234, paused: 30_001 })
})

test('a session that starts paused counts as paused until it is resumed', () => {
  const player = createWatchedPlayer()
  const session = player.open({ paused: true })
  player.clock.pass(20_000)
  session.resume()
  player.clock.pass(5_000)
  session.end()
  assert.equal(times(player), { watched: 25_000, active: 5_000, paused: 20_000 })
  assert.is(player.sum('pauses'), 0)
})

test('waiting for data is watched, neither active nor paused; a learner who pauses meanwhile has paused', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(10_000)
  session.buffering(true)
  player.clock.pass(7_000)
  session.pause()
  player.clock.pass(4_000)
  session.buffering(false)
  player.clock.pass(2_000)
  session.resume()
  player.clock.pass(1_000)
  session.end()
  assert.equal(times(player), { watched: 24_000, active: 11_000, paused: 6_000 })
  assert.is(player.sum('buffers'), 1)
})

test('a heartbeat that would cross a quarter hour of UTC is split there', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(20 * MINUTE_MS)
  session.end()
  const quarterMs = Date.UTC(2026, 2, 10, 10, 15)
  const around = player.heartbeats().filter((beat) => Math.abs(beat.occurredAtMs - quarterMs) < 15_000)
  assert.equal(
    around.map((beat) => [beat.occurredAtMs, beat.measures.watchedMs]),
    [
      [quarterMs - 10_000, 10_000],
      [quarterMs, 5_000],
      [quarterMs + 5_000, 15_000],
    ],
  )
  assert.is(player.sum('watchedMs'), 20 * MINUTE_MS)
})

test('each side of a change to summer time has its own offset', () => {
  const player = createWatchedPlayer({ clock: createHandClock(Date.UTC(2026, 2, 29, 0, 59, 50)) })
  player.clock.setOffset((epochMs) => (epochMs < Date.UTC(2026, 2, 29, 1) ? 60 : 120))
  const session = player.open()
  player.clock.pass(30_000)
  session.lookup()
  session.end()
  assert.equal(
    player.heartbeats().map((beat) => [beat.utcOffsetMin, beat.measures.watchedMs]),
    [
      [60, 10_000],
      [120, 5_000],
      [120, 15_000],
    ],
  )
  assert.is(player.ofType('lookup.performed')[0]?.utcOffsetMin, 120)
})

test('an offset that is no quarter hour, or nonsense, still makes events that can be stored', () => {
  const player = createWatchedPlayer()
  player.clock.setOffset(() => -44.5)
  player.open().end()
  player.clock.setOffset(() => Number.NaN)
  player.clock.pass(HOUR_MS)
  player.open().end()
  assert.equal(
    player.ofType('session.started').map((event) => event.utcOffsetMin),
    [-45, 0],
  )
})

test('a stalled event loop counts at most 60 s, and the time after it is dated by the clock again', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(30_000)
  player.clock.stall(5 * MINUTE_MS)
  player.clock.pass(15_000)
  session.end()
  assert.is(player.sum('watchedMs'), 30_000 + 60_000 + 15_000)
  const last = player.heartbeats().at(-1)
  assert.is(last?.occurredAtMs, START_MS + 30_000 + 5 * MINUTE_MS)
})

test('a machine that sleeps counts nothing, and its session goes on when it wakes', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(20_000)
  player.clock.suspend(8 * HOUR_MS)
  player.clock.pass(40_000)
  session.lookup()
  session.end()
  assert.is(player.sum('watchedMs'), 60_000)
  assert.is(player.sum('lookups'), 1)
  const afterSleep = player.heartbeats().filter((beat) => beat.occurredAtMs > START_MS + HOUR_MS)
  assert.is(
    afterSleep.reduce((sum, beat) => sum + (beat.measures.watchedMs ?? 0), 0),
    30_000,
    'all but the heartbeat that was being counted when it fell asleep',
  )
})

test('a wall clock that is set back or forward moves dates and makes no time', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(45_000)
  player.clock.jumpWall(-3 * HOUR_MS)
  player.clock.pass(45_000)
  player.clock.jumpWall(400 * 24 * HOUR_MS)
  player.clock.pass(45_000)
  session.end()
  assert.equal(times(player), { watched: 135_000, active: 135_000, paused: 0 })
  for (const beat of player.heartbeats()) assert.ok((beat.measures.watchedMs ?? 0) <= 15_000)
  const ended = player.ofType('session.ended')[0]
  assert.is(ended?.occurredAtMs, START_MS + 135_000 + (400 * 24 - 3) * HOUR_MS)
})

test('a session never ends before it began, even when the clock was set back', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(10_000)
  player.clock.jumpWall(-HOUR_MS)
  session.end()
  assert.is(player.ofType('session.ended')[0]?.occurredAtMs, START_MS)
})

test('a wall clock that is slowly put right keeps heartbeats end to end, so that no quarter hour overflows', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  for (let second = 0; second < 3600; second++) {
    player.clock.pass(1_000)
    if (second % 10 === 0) player.clock.jumpWall(-1)
  }
  session.end()
  const byQuarter = new Map<number, number>()
  for (const beat of player.heartbeats()) {
    const quarter = Math.floor(beat.occurredAtMs / QUARTER_MS)
    byQuarter.set(quarter, (byQuarter.get(quarter) ?? 0) + (beat.measures.watchedMs ?? 0))
  }
  for (const watchedMs of byQuarter.values()) assert.ok(watchedMs <= QUARTER_MS)
  assert.is(player.sum('watchedMs'), HOUR_MS)
})

test('a clock with fractions of milliseconds loses none of them over an hour', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  for (let call = 0; call < 3600; call++) {
    player.clock.pass(999.9)
    session.presence()
  }
  session.end()
  assert.is(player.sum('watchedMs'), Math.floor(3600 * 999.9 + 0.25))
  for (const beat of player.heartbeats()) assert.ok(Number.isInteger(beat.measures.watchedMs))
})

test('after an hour without a sign nothing counts until the next one, and what was counted stays', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(20 * MINUTE_MS)
  session.lookup()
  player.clock.pass(3 * HOUR_MS)
  assert.is(player.sum('watchedMs'), 20 * MINUTE_MS + HOUR_MS)
  session.presence()
  player.clock.pass(30_000)
  session.end()
  assert.is(player.sum('watchedMs'), 20 * MINUTE_MS + HOUR_MS + 30_000)
  assert.is(player.sum('activeMs'), player.sum('watchedMs'))
  assert.is(player.heartbeats().at(-1)?.occurredAtMs, START_MS + 20 * MINUTE_MS + 3 * HOUR_MS + 15_000)
})

test('the idle limit is exact to the millisecond, though no tick falls on it', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(7_777)
  session.lookup()
  player.clock.pass(2 * HOUR_MS)
  session.end()
  assert.is(player.sum('watchedMs'), HOUR_MS + 7_777)
})

test('a session left paused over night counts one hour as paused', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(MINUTE_MS)
  session.pause()
  player.clock.pass(9 * HOUR_MS)
  session.resume()
  player.clock.pass(MINUTE_MS)
  session.end()
  assert.equal(times(player), { watched: HOUR_MS + 2 * MINUTE_MS, active: 2 * MINUTE_MS, paused: HOUR_MS })
})

test('pause, resume, seek, lookup, card and presence are signs of the learner; lines, positions and data are not', () => {
  const signs: readonly ((session: ReturnType<ReturnType<typeof createWatchedPlayer>['open']>) => void)[] = [
    (session) => session.pause(),
    (session) => session.seek(0, 90_000),
    (session) => session.lookup(),
    (session) => session.card(),
    (session) => session.presence(),
  ]
  for (const sign of signs) assert.is(watchedWith(sign), HOUR_MS + 40 * MINUTE_MS, String(sign))
  const others: typeof signs = [
    (session) => session.line({ text: 'はい' }),
    (session) => session.position(40 * MINUTE_MS),
    (session) => session.buffering(true),
    (session) => session.resume(),
    (session) => session.describe({ locale: 'de' }),
    (session) => session.record('x.other.thing'),
  ]
  for (const other of others) assert.is(watchedWith(other), HOUR_MS, String(other))
})

function watchedWith(call: (session: ReturnType<ReturnType<typeof createWatchedPlayer>['open']>) => void): number {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(40 * MINUTE_MS)
  call(session)
  player.clock.pass(3 * HOUR_MS)
  session.end()
  return player.sum('watchedMs')
}

test('the timer runs only while a session can count', () => {
  const player = createWatchedPlayer()
  assert.is(player.clock.timerCount, 0)
  const first = player.open()
  const second = player.open()
  assert.is(player.clock.timerCount, 1)
  player.clock.pass(30_000)
  first.end()
  assert.is(player.clock.timerCount, 1)
  player.clock.pass(2 * HOUR_MS)
  assert.is(player.clock.timerCount, 1, 'the second is idle, which counts as idle time')
  assert.is(player.clock.timerCount, 1)
  second.end()
  assert.is(player.clock.timerCount, 0)
})

test('heartbeats say where the video was', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  session.position(60_000)
  player.clock.pass(15_000)
  assert.equal(player.heartbeats()[0]?.payload, { positionMs: 75_000 })
  session.end()
})

test('two sessions at once keep their own time', () => {
  const player = createWatchedPlayer()
  const first = player.open()
  player.clock.pass(20_000)
  const second = player.open()
  first.pause()
  player.clock.pass(20_000)
  player.tracker.endAll('closed')
  const watched = (sessionId: string) =>
    player
      .heartbeats()
      .reduce((sum, beat) => sum + (beat.streamId === sessionId ? (beat.measures.watchedMs ?? 0) : 0), 0)
  assert.is(watched(first.sessionId), 40_000)
  assert.is(watched(second.sessionId), 20_000)
  assert.is(player.sum('pausedMs'), 20_000)
  assert.is(player.ofType('session.ended').length, 2)
})

test.run()
