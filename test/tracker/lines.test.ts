// Which reported lines count, and what is recorded of them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SubtitleLine } from '../../src/ports/tracker-types.js'
import { createWatchedPlayer, MINUTE_MS, START_MS } from './watched-player.js'

const test = suite('lines')

/** Reports the lines, half a second apart, and answers the texts that counted. */
function counted(lines: readonly SubtitleLine[], apartMs = 500): unknown[] {
  const player = createWatchedPlayer()
  const session = player.open()
  for (const line of lines) {
    session.line(line)
    player.clock.pass(apartMs)
  }
  session.end()
  assert.is(player.sum('lines'), player.ofType('subtitle.shown').length)
  return player.ofType('subtitle.shown').map((event) => event.payload?.text)
}

test('a line is recorded with its cue and is to be counted in the language of the session', () => {
  const player = createWatchedPlayer()
  player.open().line({ text: '今日は。', startMs: 1000.4, endMs: 2999.6 })
  const line = player.ofType('subtitle.shown')[0]
  assert.equal(line?.payload, { text: '今日は。', startMs: 1000, endMs: 3000 })
  assert.equal(line?.measures, { lines: 1 })
  assert.is(line?.countIn, 'ja')
  assert.is(line?.occurredAtMs, START_MS)
})

test('a line with the counts of the caller is not counted again', () => {
  const player = createWatchedPlayer()
  player.open().line({ text: '今日は', chars: 3, words: 2, tokens: 2, tokenizer: 'mecab' })
  const line = player.ofType('subtitle.shown')[0]
  assert.equal(line?.measures, { lines: 1, chars: 3, words: 2, tokens: 2 })
  assert.equal(line?.payload, { text: '今日は', tokenizer: 'mecab' })
  assert.not.ok('countIn' in (line ?? {}))
})

test('a line with only some counts keeps them and has the others counted', () => {
  const player = createWatchedPlayer()
  player.open().line({ text: 'two words', tokens: 2, words: 2 })
  const line = player.ofType('subtitle.shown')[0]
  assert.equal(line?.measures, { lines: 1, words: 2, tokens: 2 })
  assert.is(line?.countIn, 'ja')
})

test('a language that becomes known is used from the next line on; without one it is und', () => {
  const player = createWatchedPlayer()
  const session = player.tracker.startSession({ videoKey: 'local:/a.mkv' })
  session.line({ text: 'one' })
  session.describe({ targetLanguage: 'en' })
  session.line({ text: 'two' })
  assert.equal(
    player.ofType('subtitle.shown').map((event) => event.countIn),
    ['und', 'en'],
  )
})

test('the same cue counts once, however often and however much later it is reported again', () => {
  const cue = { text: 'はい', startMs: 1000, endMs: 2000 }
  assert.equal(counted([cue, cue, cue]), ['はい'])
  assert.equal(counted([cue, { ...cue, endMs: 2100 }]), ['はい'])
  assert.equal(counted([cue, cue], 5 * MINUTE_MS), ['はい'])
})

test('a seek that clears the line and brings it back shows no new line', () => {
  const cue = { text: 'はい', startMs: 1000, endMs: 2000 }
  assert.equal(counted([cue, { text: '' }, cue]), ['はい'])
  assert.equal(counted([{ text: 'はい' }, { text: '' }, { text: 'はい' }]), ['はい'])
})

test('a line that is watched again after others counts again', () => {
  const first = { text: 'はい', startMs: 1000, endMs: 2000 }
  const second = { text: 'いいえ', startMs: 2000, endMs: 3000 }
  assert.equal(counted([first, second, first, second]), ['はい', 'いいえ', 'はい', 'いいえ'])
})

test('two cues that say the same count twice, unless one goes on where the other ended', () => {
  const first = { text: 'はい', startMs: 1000, endMs: 2000 }
  assert.equal(counted([first, { text: 'はい', startMs: 2101, endMs: 3000 }]), ['はい', 'はい'])
  assert.equal(counted([first, { text: 'はい', startMs: 2100, endMs: 3000 }]), ['はい'])
})

test('a cue whose words are highlighted one after the other is one line, however long each part is shown', () => {
  const words = ['<u>今日</u>は晴れ', '今日<u>は</u>晴れ', '今日は<u>晴れ</u>']
  for (const partMs of [60, 350, 1_500]) {
    const cues = words.map((text, index) => ({ text, startMs: index * partMs, endMs: (index + 1) * partMs }))
    assert.equal(counted(cues, partMs).length, 1, `${partMs} ms`)
  }
})

test('of rolling captions each row counts once, whether cues abut, overlap or carry over as frames', () => {
  const rolled = ['one', 'two', 'three', 'four']
  for (const gapMs of [-200, 0, 100]) {
    const cues = rolled.map((row, index) => {
      const text = index === 0 ? row : `${rolled[index - 1]}\n${row}`
      return { text, startMs: index * 2_000, endMs: (index + 1) * 2_000 - gapMs }
    })
    assert.equal(counted(cues, 2_000), rolled, `${gapMs} ms`)
  }
  const frames = rolled.flatMap((row, index) => {
    const text = index === 0 ? row : `${rolled[index - 1]}\n${row}`
    const startMs = index * 2_000
    return [
      { text, startMs: startMs + 10, endMs: startMs + 2_000 },
      { text: row, startMs: startMs + 2_000, endMs: startMs + 2_010 },
    ]
  })
  assert.equal(counted(frames, 1_000), rolled)
})

test('cues that are on the screen together count once each, however often they are reported', () => {
  const screens = [
    { text: 'A', startMs: 1_000, endMs: 5_000 },
    { text: 'A\nB', startMs: 1_000, endMs: 6_000 },
    { text: 'A\nB', startMs: 1_000, endMs: 6_000 },
    { text: 'B', startMs: 3_000, endMs: 6_000 },
    { text: 'B\nC', startMs: 3_000, endMs: 8_000 },
    { text: 'B\nC', startMs: 3_000, endMs: 8_000 },
  ]
  assert.equal(counted(screens), ['A', 'B', 'C'])
})

test('a new row is recorded as it came, with its markup, its speaker and its readings', () => {
  const screens = [
    { text: '（太郎）行こう', startMs: 0, endMs: 2_000 },
    { text: '行こう\n<i>（花子）叶(かな)う</i>', startMs: 1_000, endMs: 3_000 },
  ]
  assert.equal(counted(screens), ['（太郎）行こう', '<i>（花子）叶(かな)う</i>'])
})

test('rows that are shown again after a seek back count again', () => {
  const first = { text: 'one\ntwo', startMs: 1_000, endMs: 3_000 }
  const later = { text: 'two\nthree', startMs: 3_000, endMs: 5_000 }
  assert.equal(counted([first, later, first]), ['one\ntwo', 'three', 'one\ntwo'])
})

test('of a part of a screen the times and counts of the call are left out', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  session.line({ text: 'one', startMs: 0, endMs: 2_000, chars: 3, words: 1 })
  session.line({ text: 'one\ntwo', startMs: 0, endMs: 2_000, chars: 6, words: 2, tokens: 2 })
  const part = player.ofType('subtitle.shown')[1]
  assert.equal([part?.payload, part?.measures, part?.countIn], [{ text: 'two' }, { lines: 1 }, 'ja'])
})

test('a line is the same with and without the name of its speaker', () => {
  assert.equal(counted([{ text: '太郎「行こう」' }, { text: '行こう' }, { text: '太郎「行こう」' }]), [
    '太郎「行こう」',
  ])
})

test('a drawing is no line, and a sound is', () => {
  assert.equal(counted([{ text: '{\\p1}m 0 0 l 300 0 300 100 0 100' }, { text: 'm 0 0 l 300 0 300 100 0 100' }]), [])
  assert.equal(counted([{ text: '[ドアが閉まる音]' }, { text: '<i></i>' }]), ['[ドアが閉まる音]'])
})

test('a feed without cue times may echo a line; the same words later are a new line', () => {
  const line = { text: 'はい' }
  assert.equal(counted([line, line, line, line, line, line, line]), ['はい'])
  assert.equal(counted([line, line], 3_000), ['はい', 'はい'])
  assert.equal(counted([line, { text: 'いいえ' }, line]), ['はい', 'いいえ', 'はい'])
})

test('a line without text says that nothing is shown', () => {
  assert.equal(counted([{ text: '' }, { text: ' \n\t' }, { text: '　' }]), [])
})

test('a typeset sign drawn as frames with one text counts once, when it was seen for a tenth of a second', () => {
  const frames = Array.from({ length: 24 }, (_, index) => ({
    text: '看板',
    startMs: 5000 + index * 42,
    endMs: 5042 + index * 42,
  }))
  assert.equal(counted(frames.slice(0, 2), 42), [], '84 ms')
  assert.equal(counted(frames, 42), ['看板'])
})

test('karaoke frames, each with its own text, are not lines', () => {
  const frames = ['さ', 'さく', 'さくら'].map((text, index) => ({ text, startMs: index * 80, endMs: index * 80 + 80 }))
  assert.equal(counted(frames, 80), [])
})

test('a line that fades in and out by frames counts once', () => {
  const at = (startMs: number, endMs: number) => ({ text: '第一話', startMs, endMs })
  const fadeIn = [at(0, 40), at(40, 80), at(80, 120)]
  const fadeOut = [at(3120, 3160), at(3160, 3200)]
  assert.equal(counted([...fadeIn, at(120, 3120), ...fadeOut], 40), ['第一話'])
  assert.equal(counted([...fadeIn.slice(0, 2), at(80, 3120), ...fadeOut], 40), ['第一話'])
})

test('a frame between two reports of one cue makes no second line of it', () => {
  const cue = { text: 'はい', startMs: 1000, endMs: 4000 }
  assert.equal(counted([cue, { text: 'はい\n★', startMs: 1500, endMs: 1540 }, cue]), ['はい'])
})

test('cues as long as a tenth of a second are lines', () => {
  assert.equal(
    counted([
      { text: 'あ', startMs: 0, endMs: 100 },
      { text: 'い', startMs: 100, endMs: 199 },
    ]),
    ['あ'],
  )
})

test('a cue before the first frame, moved there by a subtitle delay, keeps its time', () => {
  const player = createWatchedPlayer()
  player.open().line({ text: 'あ', startMs: -1500, endMs: -0.2 })
  assert.equal(player.ofType('subtitle.shown')[0]?.payload, { text: 'あ', startMs: -1500, endMs: 0 })
  assert.equal(player.invalid, [])
})

test.run()
