// Counts of lines. Expected numbers are counted by hand.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countedMeasures, countLine, scriptLanguage, stripMarkup } from '../../src/events/counting.js'
import type { TrackingEvent } from '../../src/events/types.js'

const test = suite('counting')

test('chars are letters and digits: no punctuation, no spaces, no symbols', () => {
  // Counted by hand.
  const lines: readonly (readonly [string, string, number])[] = [
    ['今日は、コーヒーを３杯飲んだ！', 'ja', 13],
    ['人々は「時々」ゝと書く。', 'ja', 9],
    ['ﾊﾝｶｸ', 'ja', 4],
    ["It's 5 o'clock — isn't it?", 'en', 16],
    ['Привет, мир!', 'ru', 9],
    ['안녕하세요?', 'ko', 5],
    ['♪ ～ ♪', 'ja', 0],
    ['', 'ja', 0],
    ['   \n', 'en', 0],
    ['😀👍🏽', 'en', 0],
    ['𠮷野家', 'ja', 3],
  ]
  for (const [text, language, chars] of lines) assert.is(countLine(text, language).chars, chars, text)
})

test('a letter with its marks is one, composed or not', () => {
  for (const text of ['café', 'が', 'Việt']) {
    const composed = countLine(text.normalize('NFC'), 'en').chars
    assert.is(composed, [...text.normalize('NFC')].length)
    assert.is(countLine(text.normalize('NFD'), 'en').chars, composed, text)
  }
  // Devanagari: न म स त are letters, the virama and the vowel sign belong to them.
  assert.is(countLine('नमस्ते', 'hi').chars, 4)
})

test('words are what a reader of the language calls words', () => {
  // Counted by hand; of Japanese, by the dictionary that ICU ships: 猫 が 好き です.
  const lines: readonly (readonly [string, string, number])[] = [
    ['I do not know, do you?', 'en', 6],
    ["Don't stop at 3.5 now!", 'en', 5],
    ['猫が好きです。', 'ja', 4],
    ['Je ne sais pas.', 'fr', 4],
    ['…!?', 'en', 0],
  ]
  for (const [text, language, words] of lines) assert.is(countLine(text, language).words, words, text)
})

test('markup counts for nothing', () => {
  const marked: readonly (readonly [string, string])[] = [
    ['<i>Stop</i> it', 'Stop it'],
    ['{\\an8}{\\pos(10,20)\\i1}Stop{\\i0} it', 'Stop it'],
    ['<font color="#ff0000" size=12>Stop</font> it', 'Stop it'],
    ['<c.yellow.bg_blue>Stop</c> <00:00:01.500>it', 'Stop it'],
    ['<v Roger Bingham>Stop it', 'Stop it'],
    ['Stop<br/>it', 'Stop\nit'],
    ['Stop\\Nit', 'Stop\nit'],
    ['Stop&nbsp;it', 'Stop it'],
    ['Stop &amp; &lt;it&gt; &#x41;&#66;', 'Stop & <it> AB'],
    ['<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>を', '漢字を'],
    ['<ruby>漢<rt>かん<rt></ruby>字', '漢字'],
  ]
  for (const [text, read] of marked) {
    assert.is(stripMarkup(text), read)
    assert.equal(countLine(text, 'en'), countLine(read, 'en'), text)
  }
})

test('what only looks like markup stays', () => {
  for (const text of [
    'a < b > c',
    'I <3 you',
    '{laughs}',
    'x<y',
    'AT&T',
    '100 & more',
    '&unknown;',
    '<interesting>',
    '&#9999999;',
  ]) {
    assert.is(stripMarkup(text), text)
  }
})

test('hostile markup takes no longer than its length', () => {
  const started = performance.now()
  for (const part of ['<i', '{\\', '<rt>', '<ruby', '&#', '<font ', '<0']) stripMarkup(part.repeat(30_000))
  assert.ok(performance.now() - started < 2000)
})

test('a language that Intl does not know, or that is none, counts as the root does', () => {
  for (const language of ['und', '', 'tlh', 'not a tag!', 'x'.repeat(100)]) {
    assert.equal(countLine('two words', language), { chars: 8, words: 2 })
  }
})

test('more languages than are kept still count', () => {
  for (let index = 0; index < 100; index++) {
    const region = String.fromCharCode(65 + Math.floor(index / 26), 65 + (index % 26))
    assert.is(countLine('two words', `en-${region}`).words, 2)
  }
})

test('the script of a text names its language, where it names one', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['こんにちは', 'ja'],
    ['東京タワー', 'ja'],
    ['今日の天気予報', 'ja'],
    ['今天天气很好', 'zh'],
    ['了解', 'und'],
    ['안녕하세요', 'ko'],
    ['Привет', 'ru'],
    ['Καλημέρα', 'el'],
    ['مرحبا', 'ar'],
    ['שלום', 'he'],
    ['नमस्ते', 'hi'],
    ['สวัสดี', 'th'],
    ['Hello', 'und'],
    ['123 !?', 'und'],
    ['', 'und'],
    ['OK、わかりました', 'ja'],
    ['Hello 안', 'und'],
    ['<i>안녕</i>', 'ko'],
  ]
  for (const [text, language] of texts) assert.is(scriptLanguage(text), language, text)
})

test('an event that was counted, or has no text, keeps its measures', () => {
  const event: TrackingEvent = {
    streamId: '019be7a4-6c00-7000-8000-0123456789ab',
    type: 'subtitle.shown',
    occurredAtMs: 0,
    utcOffsetMin: 0,
    measures: { lines: 1 },
    payload: { text: 'two words' },
  }
  assert.is(countedMeasures(event), event.measures)
  assert.equal(countedMeasures({ ...event, countIn: 'en' }), { lines: 1, chars: 8, words: 2 })
  assert.equal(countedMeasures({ ...event, countIn: 'en', payload: null }), { lines: 1 })
  assert.equal(countedMeasures({ ...event, countIn: 'en', measures: { lines: 1, words: 9 } }), {
    lines: 1,
    chars: 8,
    words: 9,
  })
})

test.run()
