// The calls of the tracker that this one replaces, and its known faults, over `Tracker`: the expected sums are what the
// stand-in does, added up by hand.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MeasureName } from '../../src/events/measures.js'
import { createReplacedTracker, TWO_EPISODES, watchTwoEpisodes } from './replaced-tracker.js'
import { createWatchedPlayer } from './watched-player.js'

const test = suite('the replaced tracker’s calls')

test('two episodes come out as they were watched', () => {
  const player = createWatchedPlayer()
  watchTwoEpisodes(createReplacedTracker(player.tracker, 'ja'), player.clock.pass)
  for (const [measure, expected] of Object.entries(TWO_EPISODES)) {
    assert.is(player.sum(measure as MeasureName), expected, measure)
  }
  assert.equal(player.invalid, [])
  assert.equal(
    player.ofType('session.ended').map((event) => event.payload?.reason),
    ['replaced', 'closed'],
  )
  assert.equal(
    player.ofType('video.described').map((event) => event.payload?.title),
    [undefined, 'Show 1', 'Show 2', 'Show 2: The End'],
  )
  assert.is(player.clock.timerCount, 0)
})

test('straight playback of 200 lines shows no seek, though each line says its end', () => {
  const player = createWatchedPlayer()
  const overlay = createReplacedTracker(player.tracker, 'ja')
  overlay.handleMediaChange('/videos/a.mkv', null)
  for (let line = 0; line < 200; line++) {
    overlay.recordPlaybackPosition(line * 3)
    overlay.recordSubtitleLine(`line ${line}`, line * 3, line * 3 + 2.9)
    player.clock.pass(3_000)
  }
  overlay.destroy()
  assert.is(player.sum('seeksForward') + player.sum('seeksBackward'), 0)
  assert.is(player.sum('lines'), 200)
})

test('heartbeats are the time since the one before, so that their sum is the time watched', () => {
  const player = createWatchedPlayer()
  const overlay = createReplacedTracker(player.tracker, 'ja')
  overlay.handleMediaChange('/videos/a.mkv', null)
  player.clock.pass(3_600_000)
  overlay.destroy()
  assert.is(player.sum('watchedMs'), 3_600_000)
})

test('900 lookups in one tick and then a stop are 900 lookups', () => {
  const player = createWatchedPlayer()
  const overlay = createReplacedTracker(player.tracker, 'ja')
  overlay.handleMediaChange('/videos/a.mkv', null)
  for (let lookup = 0; lookup < 900; lookup++) overlay.recordLookup(true)
  overlay.destroy()
  assert.is(player.sum('lookups'), 900)
  assert.is(player.types().at(-1), 'session.ended')
})

test('calls before a file is open and after the stop do nothing', () => {
  const player = createWatchedPlayer()
  const overlay = createReplacedTracker(player.tracker, 'ja')
  overlay.recordLookup(true)
  overlay.recordPauseState(true)
  overlay.recordPlaybackPosition(5)
  overlay.handleMediaTitleUpdate('nothing')
  overlay.destroy()
  overlay.recordSubtitleLine('late', 0, 1)
  assert.equal(player.events, [])
})

test.run()
