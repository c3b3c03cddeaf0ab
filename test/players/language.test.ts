// Languages and locations as players name them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createScriptGuess, normaliseLanguage } from '../../src/players/language.js'
import { ignoreRule, locationOf, videoKeyOf } from '../../src/players/location.js'

const test = suite('names that players give')

test('the codes of ISO 639-2, both kinds, and regional tags are one language each', () => {
  const named = ['jpn', 'ja-JP', 'JA', 'ger', 'deu', 'chi', 'zho', 'zh-Hant-TW', 'fre', 'dut', 'cze', 'en_US', 'jp']
  assert.equal(named.map(normaliseLanguage), [
    ...['ja', 'ja', 'ja', 'de', 'de', 'zh', 'zh', 'zh', 'fr', 'nl', 'cs', 'en', 'ja'],
  ])
})

test('what names no language is no language', () => {
  for (const tag of ['und', 'mul', 'zxx', '', ' ', 'japanese', 'x', '日本語', 'a b']) {
    assert.is(normaliseLanguage(tag), undefined, tag)
  }
})

test('the first line that tells its script decides, and a quotation in another script changes nothing', () => {
  const guess = createScriptGuess()
  assert.equal(['Hello', '……', 'はい', 'Да, да, да', 'OK'].map(guess), [undefined, undefined, 'ja', 'ja', 'ja'])
})

test('a path is made absolute, a URL loses its user and stays', () => {
  assert.is(locationOf('./a/../b.mkv', '/videos'), '/videos/b.mkv')
  assert.is(locationOf('/films/b.mkv', '/videos'), '/films/b.mkv')
  assert.is(locationOf('file:///films/%E6%97%A5.mkv', '/videos'), '/films/日.mkv')
  assert.is(locationOf('file:///films/100%.mkv', '/videos'), '/films/100%.mkv')
  assert.is(locationOf('https://me:secret@host/a?b=c@d', '/videos'), 'https://host/a?b=c@d')
  assert.is(videoKeyOf('https://host/a'), 'remote:https://host/a')
  assert.is(videoKeyOf('/films/b.mkv'), 'local:/films/b.mkv')
})

test('a pattern is found anywhere, whatever the case, with * and ? in it', () => {
  const isIgnored = ignoreRule(['/private/', 'show?? - *.mkv', 'a+b'])
  assert.equal(
    ['/x/Private/a.mkv', '/x/Show01 - End.mkv', '/x/show1 - End.mkv', '/x/a+b', '/x/aab', '/x/ok.mkv'].map(isIgnored),
    [true, true, false, true, false, false],
  )
  assert.is(ignoreRule([])('/x/a.mkv'), false)
})

test.run()
