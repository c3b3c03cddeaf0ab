// `immersion demo`: a year of example data, printed for people and as JSON.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inHome } from './home.js'

const test = suite('command demo')

test('the demo fills a database of its own with a year that verifies, and leaves other logs alone', () => {
  return inHome((home) => {
    const outcome = home.immersion(['demo'])
    assert.is(outcome.status, 0, outcome.stderr)
    for (const part of ['Overview', 'Calendar', 'Hours of the week', 'Speed by series', '猫と港町'])
      assert.match(outcome.stdout, part)
    assert.not.ok(existsSync(join(home.folder, 'data', 'immersion-log', 'immersion.sqlite')))
    const demo = join(home.folder, 'data', 'immersion-log', 'demo.sqlite')
    const verified = JSON.parse(home.immersion(['--db', demo, 'verify', '--json']).stdout)
    assert.ok(verified.ok)
    assert.ok(verified.events > 100_000)
    const refused = home.immersion(['--db', demo, 'demo'])
    assert.is(refused.status, 2)
    assert.match(refused.stderr, /holds events already/)
  })
})

test('with --json the demo prints one document with the answers that it shows people', () =>
  inHome((home) => {
    const { status, stdout, stderr } = home.immersion(['demo', '--json'])
    assert.is(status, 0, stderr)
    const shown = JSON.parse(stdout)
    assert.equal(Object.keys(shown), ['db', 'overview', 'calendar', 'hours', 'throughput'])
    const queried = JSON.parse(home.immersion(['--db', shown.db, 'stats', '--json']).stdout)
    assert.equal(shown.overview.total, queried.total)
    assert.is(shown.overview.languages.length, 2)
  }))

test.run()
