// `immersion backup` and `immersion restore`, as a learner types them after a mistake.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evening, ndjson } from './evening.js'
import { inHome } from './home.js'

const test = suite('command backup')

test('a restore brings the log of the backup back, and keeps the replaced log under another name', () =>
  inHome(({ folder, immersion }) => {
    const file = join(folder, 'kept.backup')
    assert.is(immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) }).status, 0)
    const sessions = () => immersion(['stats', 'sessions', '--json']).stdout
    const before = sessions()
    assert.match(immersion(['backup', file]).stdout, `Wrote ${file}: 0.`)
    assert.is(immersion(['profiles', 'delete', 'default', '--yes']).status, 0)
    assert.is.not(sessions(), before)
    const { status, stdout } = immersion(['restore', file])
    assert.is(status, 0)
    assert.match(stdout, 'the profile default with 8 events, all verified.')
    assert.match(stdout, /kept as .*immersion\.sqlite\.before-restore\.\d{8}T/)
    assert.is(sessions(), before)
  }))

test('a backup to an existing file is wrong usage, and a restore from a missing file names it', () =>
  inHome(({ folder, immersion }) => {
    assert.is(immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) }).status, 0)
    const file = join(folder, 'kept.backup')
    assert.is(immersion(['backup', file]).status, 0)
    const again = immersion(['backup', file])
    assert.is(again.status, 2)
    assert.match(again.stderr, 'INVALID_ARGUMENT')
    const none = immersion(['restore', join(folder, 'none')])
    assert.is(none.status, 1)
    assert.match(none.stderr, `There is no backup at ${join(folder, 'none')}`)
  }))

test.run()
