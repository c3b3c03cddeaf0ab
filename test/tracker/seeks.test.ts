// Seeks that a player reports, and those that only its positions show.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWatchedPlayer, type WatchedPlayer } from './watched-player.js'

const test = suite('seeks')

function seeks(player: WatchedPlayer) {
  return { forward: player.sum('seeksForward'), backward: player.sum('seeksBackward') }
}

/** Positions once every `everyMs`, as playback at this speed gives them. Answers where the video is then. */
function play(
  player: WatchedPlayer,
  session: ReturnType<WatchedPlayer['open']>,
  from: number,
  forMs: number,
  speed = 1,
) {
  const everyMs = 1_000
  let positionMs = from
  for (let passed = 0; passed < forMs; passed += everyMs) {
    player.clock.pass(everyMs)
    positionMs += everyMs * speed
    session.position(positionMs, speed)
  }
  return positionMs
}

test('a reported seek counts by its direction, one of no distance not at all', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  session.seek(10_000, 15_000)
  session.seek(15_000, 5_000)
  session.seek(5_000, 5_000)
  session.end()
  assert.equal(seeks(player), { forward: 1, backward: 1 })
  assert.equal(player.ofType('playback.seeked')[1]?.payload, { fromMs: 15_000, toMs: 5_000 })
})

test('straight playback of 200 lines with positions shows no seek', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  let positionMs = 0
  for (let line = 0; line < 200; line++) {
    session.line({ text: `line ${line}`, startMs: positionMs, endMs: positionMs + 2_900 })
    positionMs = play(player, session, positionMs, 3_000)
  }
  session.end()
  assert.equal(seeks(player), { forward: 0, backward: 0 })
  assert.is(player.sum('lines'), 200)
})

test('playback at double and half speed shows no seek, nor does a change between them', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  let positionMs = play(player, session, 0, 60_000, 2)
  positionMs = play(player, session, positionMs, 60_000, 0.5)
  play(player, session, positionMs, 60_000, 20)
  assert.equal(seeks(player), { forward: 0, backward: 0 })
})

test('a pause and a wait for data show no seek', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  let positionMs = play(player, session, 0, 10_000)
  session.pause(positionMs)
  player.clock.pass(600_000)
  session.position(positionMs)
  session.resume(positionMs)
  positionMs = play(player, session, positionMs, 10_000)
  session.buffering(true)
  player.clock.pass(45_000)
  session.buffering(false)
  play(player, session, positionMs, 10_000)
  assert.equal(seeks(player), { forward: 0, backward: 0 })
})

test('a player that stalls without saying so shows no seek, nor does a machine that slept', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  const positionMs = play(player, session, 0, 10_000)
  player.clock.pass(30_000)
  play(player, session, positionMs, 10_000)
  player.clock.suspend(3_600_000)
  play(player, session, positionMs + 10_000, 10_000)
  assert.equal(seeks(player), { forward: 0, backward: 0 })
})

test('positions that come late, early or stale by a little show no seek', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  const late = [0, 400, -300, 900, -200, 0, 150, -250, 700]
  late.forEach((offMs, index) => {
    session.position(index * 1_000 + offMs)
    player.clock.pass(1_000)
  })
  assert.equal(seeks(player), { forward: 0, backward: 0 })
})

test('the first position is where the video begins, wherever that is', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(2_000)
  play(player, session, 3_000_000, 5_000)
  assert.equal(seeks(player), { forward: 0, backward: 0 })
})

test('a position that playback cannot have reached is one seek from where it was expected', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  let positionMs = play(player, session, 0, 10_000)
  positionMs = play(player, session, positionMs + 85_000, 10_000)
  play(player, session, positionMs - 5_000, 10_000)
  assert.equal(seeks(player), { forward: 1, backward: 1 })
  assert.equal(player.ofType('playback.seeked')[0]?.payload, { fromMs: 11_000, toMs: 96_000 })
})

test('a jump while paused is a seek', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  const positionMs = play(player, session, 0, 10_000)
  session.pause()
  session.position(positionMs + 5_000)
  session.position(positionMs)
  assert.equal(seeks(player), { forward: 1, backward: 1 })
})

test('a reported seek is not counted again when the positions follow', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  let positionMs = play(player, session, 0, 10_000)
  session.seek(positionMs, 60_000)
  positionMs = play(player, session, 60_000, 10_000)
  session.seek(positionMs, 20_000)
  play(player, session, 20_000, 10_000)
  assert.equal(seeks(player), { forward: 1, backward: 1 })
})

test('a stale position after a reported seek, or a landing beside its target, is no second seek', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  play(player, session, 0, 10_000)
  session.seek(10_000, 60_000)
  session.position(10_020)
  player.clock.pass(5_000)
  session.position(65_000)
  session.seek(65_000, 120_000)
  player.clock.pass(500)
  session.position(116_000)
  play(player, session, 116_000, 10_000)
  assert.equal(seeks(player), { forward: 2, backward: 0 })
})

test('a position that comes before the report of its seek does not count twice', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  play(player, session, 0, 10_000)
  session.position(60_000)
  player.clock.pass(200)
  session.seek(10_000, 60_000)
  play(player, session, 60_200, 10_000)
  assert.equal(seeks(player), { forward: 1, backward: 0 })
})

test('a host that reports each seek itself can switch the search off', () => {
  const player = createWatchedPlayer()
  const session = player.open({ inferSeeks: false })
  play(player, session, 0, 5_000)
  session.position(600_000)
  session.position(0)
  assert.equal(seeks(player), { forward: 0, backward: 0 })
  session.position(600_000)
  session.seek(0, 600_000)
  assert.equal(seeks(player), { forward: 1, backward: 0 })
})

test.run()
