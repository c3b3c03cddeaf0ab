// `immersion demo --json`: the same answers as for a person, in one document.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeHome } from './run-command.js'

const test = suite('command demo')

test('with --json the demo is one document on stdout, with the answers that it shows', () => {
  const home = makeHome()
  try {
    const { status, stdout, stderr } = home.immersion(['demo', '--json'])
    assert.is(status, 0, stderr)
    const shown = JSON.parse(stdout)
    assert.equal(Object.keys(shown), ['db', 'overview', 'calendar', 'hours', 'throughput'])
    const asked = JSON.parse(home.immersion(['--db', shown.db, 'stats', '--json']).stdout)
    assert.equal(shown.overview.total, asked.total)
    assert.is(shown.overview.languages.length, 2)
  } finally {
    home.remove()
  }
})

test.run()
