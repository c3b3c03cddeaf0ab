// Time of a text feed, where only lines are reported: each allows reading time, and silence ends the session.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWatchedPlayer, HOUR_MS, MINUTE_MS, SECOND_MS, START_MS } from './watched-player.js'

const test = suite('reading')

/** 10 s and 0.67 s a character, as docs/how-it-works/time-and-lines.md says. */
const allowanceOf = (text: string) => 10_000 + text.length * 670

test('a line is read for as long as its length allows, then nothing counts', () => {
  const player = createWatchedPlayer()
  player.open({ mode: 'reading' }).line({ text: '今日はいい天気ですね' })
  player.clock.pass(10 * MINUTE_MS)
  assert.is(player.sum('activeMs'), allowanceOf('今日はいい天気ですね'))
  assert.is(player.sum('watchedMs'), player.sum('activeMs'))
  assert.is(player.sum('pausedMs'), 0)
})

test('markup, readings and names allow no time', () => {
  for (const [text, read] of [
    ['<span data-reading="xxxxxxxxxxxxxxxxxxxxxx" style="color:#abcdef">猫</span><span class="w">が</span>', '猫が'],
    ['（太郎）叶(かな)う', '叶う'],
    ['[ドアが閉まる音]', ''],
  ] as const) {
    const player = createWatchedPlayer()
    player.open({ mode: 'reading' }).line({ text })
    player.clock.pass(10 * MINUTE_MS)
    assert.is(player.sum('activeMs'), allowanceOf(read))
  }
})

test('no line allows more than two minutes', () => {
  const player = createWatchedPlayer()
  player.open({ mode: 'reading' }).line({ text: 'あ'.repeat(5_000) })
  player.clock.pass(10 * MINUTE_MS)
  assert.is(player.sum('activeMs'), 2 * MINUTE_MS)
})

test('before the first line nothing counts', () => {
  const player = createWatchedPlayer()
  const session = player.open({ mode: 'reading' })
  player.clock.pass(5 * MINUTE_MS)
  session.end()
  assert.is(player.sum('watchedMs'), 0)
  assert.is(player.heartbeats().length, 0)
})

test('lines that follow each other are read without a gap, and no millisecond counts twice', () => {
  const player = createWatchedPlayer()
  const session = player.open({ mode: 'reading' })
  for (let line = 0; line < 20; line++) {
    session.line({ text: `これは${line}行目です` })
    player.clock.pass(6_000)
  }
  session.end('closed')
  assert.is(player.sum('activeMs'), 20 * 6_000)
  assert.is(player.sum('lines'), 20)
})

test('time between two lines beyond what the first allowed does not count', () => {
  const player = createWatchedPlayer()
  const session = player.open({ mode: 'reading' })
  session.line({ text: '一' })
  player.clock.pass(10 * MINUTE_MS)
  session.line({ text: '二' })
  player.clock.pass(3_000)
  session.end('closed')
  assert.is(player.sum('activeMs'), allowanceOf('一') + 3_000)
})

test('a short line does not take away what a long one before it allows', () => {
  const player = createWatchedPlayer()
  const session = player.open({ mode: 'reading' })
  session.line({ text: 'あ'.repeat(50) })
  player.clock.pass(1_000)
  session.line({ text: 'い' })
  player.clock.pass(5 * MINUTE_MS)
  assert.is(player.sum('activeMs'), allowanceOf('あ'.repeat(50)))
})

test('half an hour after its last line the session has ended, at the last moment counted', () => {
  const player = createWatchedPlayer()
  const session = player.open({ mode: 'reading' })
  player.clock.pass(MINUTE_MS)
  session.line({ text: '終わり' })
  player.clock.pass(29 * MINUTE_MS)
  assert.is(session.isOpen, true)
  player.clock.pass(MINUTE_MS + 15 * SECOND_MS)
  assert.is(session.isOpen, false)
  assert.equal(player.tracker.openSessions, [])
  assert.is(player.clock.timerCount, 0)
  const ended = player.ofType('session.ended')
  assert.is(ended.length, 1)
  assert.equal(ended[0]?.payload, { reason: 'silent' })
  assert.is(ended[0]?.occurredAtMs, START_MS + MINUTE_MS + allowanceOf('終わり'))
  assert.is(player.types().at(-1), 'session.ended')
})

test('a feed that never says anything ends where it began', () => {
  const player = createWatchedPlayer()
  player.open({ mode: 'reading' })
  player.clock.pass(HOUR_MS)
  assert.is(player.ofType('session.ended')[0]?.occurredAtMs, START_MS)
})

test('a machine that slept over half an hour finds the session ended before the next line', () => {
  const player = createWatchedPlayer()
  const session = player.open({ mode: 'reading' })
  session.line({ text: '昨日' })
  player.clock.pass(2_000)
  player.clock.suspend(8 * HOUR_MS)
  assert.is(session.isOpen, false)
  session.line({ text: '今日' })
  assert.is(player.sum('lines'), 1)
  assert.is(player.ofType('session.ended')[0]?.occurredAtMs, START_MS + 2_000)
})

test('an echoed line allows no more time and keeps no session open', () => {
  const player = createWatchedPlayer()
  const session = player.open({ mode: 'reading' })
  for (let echo = 0; echo < 40 * 60; echo++) {
    session.line({ text: '同じ' })
    player.clock.pass(1_000)
  }
  assert.is(session.isOpen, false)
  assert.is(player.sum('activeMs'), allowanceOf('同じ'))
})

test.run()
