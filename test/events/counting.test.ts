// Counts of lines. Expected numbers are counted by hand.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countedMeasures, countLine, scriptLanguage } from '../../src/events/counting.js'
import { readText, stripMarkup } from '../../src/events/read-text.js'
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

test('drawings, further tags, entities of any name and comments count for nothing', () => {
  const marked: readonly (readonly [string, string])[] = [
    ['{\\p1\\pos(10,10)}m 0 0 l 300 0 300 100 0 100', ''],
    ['m 0 0 l 300 0 300 100 0 100', ''],
    ['m 12.5 -3 b 1 2 3 4 5 6 s 1 2 3 4 5 6 c', ''],
    ['{\\an7\\p4}m 0 0 l 1 1{\\p0}Stop it', 'Stop it'],
    ['<span data-reading="a>b" style="color:#abcdef">猫</span><span class="w">が</span>', '猫が'],
    ['<mark>Stop</mark> <x-word pos="v">it</x-word><!-- not read -->', 'Stop it'],
    ['Stop&hellip; caf&eacute; &Auml;rger', 'Stop… café Ärger'],
    ['C:\\New\\notes', 'C:\\New\\notes'],
    ['one\\Ntwo\\hthree', 'one\ntwo\nthree'],
  ]
  for (const [text, read] of marked) {
    assert.is(stripMarkup(text), read)
    assert.equal(countLine(text, 'en'), countLine(read, 'en'), text)
  }
})

test('readings in brackets, speakers and descriptions of sound are not read', () => {
  const lines: readonly (readonly [string, string])[] = [
    ['叶(かな)う', '叶う'],
    ['漢字（かんじ）を書く', '漢字を書く'],
    ['｜薔薇《ばら》の花', '｜薔薇の花'],
    ['（太郎）叶(かな)うよ', '叶うよ'],
    ['[ドアが閉まる音]', ''],
    ['（ドアが閉まる音）', ''],
    ['行こう（笑）', '行こう'],
    ['太郎「行こう」', '行こう'],
    ['太郎：行こう', '行こう'],
    ['ナレーター: 昔々', ' 昔々'],
    ['MAN: Stop it', ' Stop it'],
    ['- DR. WHO #2: Stop', ' Stop'],
    ['>> REPORTER: Good evening', ' Good evening'],
    ['(thunder)', ''],
    ['(sighs) Stop it', ' Stop it'],
    ['[applause] Stop [music] it', ' Stop  it'],
    ['（花子）行こう\n（太郎）うん', '行こう\nうん'],
  ]
  for (const [text, read] of lines) assert.is(readText(text), read, text)
})

test('brackets, quotations and colons within what is said are read', () => {
  for (const text of [
    'I (really) mean it',
    '「行こう」と言った',
    '彼は「行こう」と言った',
    '今日の天気は次の通り：晴れ',
    'Note: this is mixed case',
    'At 10:30 we go',
    'https://a.example',
    '昨日（日曜日）は休み',
    'a[b',
    '）（',
  ]) {
    assert.is(readText(text), text)
  }
})

test('half-width kana count as what they show', () => {
  assert.is(readText('ｶﾞﾊﾞﾃｨ'), 'ガバティ')
  assert.is(countLine('ﾊﾝｶｸｶﾞ', 'ja').chars, 5)
})

test('what only looks like markup stays', () => {
  for (const text of ['a < b > c', 'I <3 you', '{laughs}', 'x<y', 'AT&T', '100 & more', '&unknown;', '<interesting>']) {
    assert.is(stripMarkup(text), text)
  }
})

test('hostile markup takes no longer than its length', () => {
  const started = performance.now()
  const parts = [
    '<i',
    '{\\',
    '<rt>',
    '<ruby',
    '&#',
    '<font ',
    '<0',
    '{\\p1',
    '<font "',
    '<!--',
    'm 1 ',
    '(',
    '（',
    '[',
    '漢(か',
    'A',
    '「',
  ]
  for (const part of parts) readText(part.repeat(30_000))
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
