// `immersion config`: where the file is, what is set in it, and that a password in an address is printed nowhere.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Home, makeHome } from './run-command.js'

const test = suite('command config')

function inHome(work: (home: Home) => void): void {
  const home = makeHome()
  try {
    work(home)
  } finally {
    home.remove()
  }
}

test('the file is in the folder that XDG names, and in .config where that is empty or relative', () => {
  inHome((home) => {
    const pathWith = (folder: string) =>
      JSON.parse(home.immersion(['config', 'path', '--json'], { env: { XDG_CONFIG_HOME: folder } }).stdout).path
    const inHomeFolder = join(home.folder, '.config', 'immersion-log', 'config.json')
    assert.is(pathWith(join(home.folder, 'elsewhere')), join(home.folder, 'elsewhere', 'immersion-log', 'config.json'))
    assert.is(pathWith(''), inHomeFolder)
    assert.is(pathWith('relative'), inHomeFolder)
  })
})

test('a password in an address is kept, and printed by none of set, get and list', () => {
  inHome((home) => {
    const address = 'ws://me:hidden@localhost:6677/?token=hidden'
    const outcomes = [
      home.immersion(['config', 'set', 'feedUrl', address]),
      home.immersion(['config', 'get', 'feedUrl']),
      home.immersion(['config', 'list']),
      home.immersion(['config', 'list', '--json']),
    ]
    for (const { status, stdout, stderr } of outcomes) {
      assert.is(status, 0, stderr)
      assert.match(stdout, 'localhost:6677')
      assert.not.match(stdout + stderr, 'hidden')
    }
    const file = readFileSync(join(home.folder, 'config', 'immersion-log', 'config.json'), 'utf8')
    assert.is(JSON.parse(file).track.feedUrl, address)
  })
})

test('a spool stands before the server that is set, answers while that is away, and before no other', () => {
  inHome((home) => {
    // Nobody listens there.
    const server = 'postgres://me@127.0.0.1:1/immersion'
    assert.is(home.immersion(['config', 'set', 'db', server]).status, 0)
    assert.is(home.immersion(['config', 'set', 'spool', join(home.folder, 'spool.sqlite')]).status, 0)
    const answered = home.immersion(['stats', '--json'])
    assert.is(answered.status, 0, answered.stderr)
    assert.is(JSON.parse(answered.stdout).fromSpool, true)
    assert.match(answered.stderr, 'The server is away')
    const elsewhere = home.immersion(['--db', server, 'stats', '--json'])
    assert.is(elsewhere.status, 1)
    assert.match(elsewhere.stderr, 'STORAGE_UNAVAILABLE')
  })
})

test.run()
