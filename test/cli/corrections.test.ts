// The learner's corrections as commands: after a correction and its undoing the statistics are as before.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evening, ndjson, SESSION } from './evening.js'
import { inHome } from './home.js'

const test = suite('immersion corrections')

const KEY = 'local:/tv/猫.mkv'

test('undo takes back a correction, and corrections lists it, under its old name commands too', () => {
  return inHome((home) => {
    home.immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) })
    assert.is(home.immersion(['corrections']).stdout, 'No corrections.\n')
    const videos = () => {
      const { status, stdout } = home.immersion(['--json', 'stats', 'videos'])
      assert.is(status, 0)
      return stdout.replace(/"asOfRevision": \d+/, '')
    }
    const before = videos()
    for (const mistake of [
      ['sessions', 'discard', SESSION],
      ['videos', 'rename', KEY, 'Wrong'],
      ['sessions', 'adjust', SESSION, '--lines', '-1', '--cards', '2'],
      ['adjust', '--video', KEY, '--date', '2026-02-05', '--active-minutes', '30', '--language', 'ja'],
    ]) {
      const { status, stderr } = home.immersion(mistake)
      assert.is(status, 0, stderr)
    }
    for (let count = 0; count < 4; count++) assert.is(home.immersion(['undo']).status, 0)
    assert.is(videos(), before)
    const none = home.immersion(['undo'])
    assert.is(none.status, 2)
    assert.match(none.stderr, /there is no correction to undo .*\n.*immersion corrections/)
    assert.is(home.immersion(['commands']).stdout, home.immersion(['corrections']).stdout)
    assert.match(home.immersion(['corrections']).stdout, /video\.renamed .*title=Wrong.* \(discarded\)/)
  })
})

test('erasing needs a confirmation, and leaves no byte of title, path or text in the file', () => {
  return inHome((home) => {
    const db = join(home.folder, 'log.sqlite')
    home.immersion(['--db', db, 'import', 'ndjson', '-'], { input: ndjson(evening()) })
    home.immersion(['--db', db, 'videos', 'rename', KEY, 'わたしの猫'])
    const refused = home.immersion(['--db', db, 'videos', 'erase', KEY])
    assert.is(refused.status, 2)
    assert.match(refused.stderr, /--yes/)
    const { status, stderr } = home.immersion(['--db', db, 'videos', 'erase', KEY, '--yes'])
    assert.is(status, 0, stderr)
    const bytes = readFileSync(db)
    assert.equal(
      ['猫', 'ねこだよ', '/tv/'].filter((text) => bytes.includes(text)),
      [],
    )
  })
})

test.run()
