// `immersion config`: the place of the file, the keys in it, and that no command prints a password of an address.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inHome } from './home.js'

const test = suite('command config')

test('the file is in the folder of XDG_CONFIG_HOME, and in .config where that is empty or relative', () => {
  return inHome((home) => {
    const pathWith = (folder: string) =>
      JSON.parse(home.immersion(['config', 'path', '--json'], { env: { XDG_CONFIG_HOME: folder } }).stdout).path
    const inHomeFolder = join(home.folder, '.config', 'immersion-log', 'config.json')
    assert.is(pathWith(join(home.folder, 'elsewhere')), join(home.folder, 'elsewhere', 'immersion-log', 'config.json'))
    assert.is(pathWith(''), inHomeFolder)
    assert.is(pathWith('relative'), inHomeFolder)
  })
})

test('a password in an address is kept, and not printed by set, get or list', () => {
  return inHome((home) => {
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

test('a spool answers for the configured server while that is away, and for no other server', () => {
  return inHome((home) => {
    // No server listens there.
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
