// `immersion explain`: what a code means, for people and as JSON, even where the configuration cannot be read.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ERROR_CODES } from '../../src/events/error-codes.js'
import { inHome } from './home.js'

const test = suite('command explain')

test('explain prints the meaning, the cause and the remedy of a code, in any case', () =>
  inHome(({ immersion }) => {
    const { status, stdout } = immersion(['explain', 'storage_busy'])
    assert.is(status, 0)
    assert.match(
      stdout,
      /^STORAGE_BUSY: another process holds the lock; worth trying again\.\nCause: .+\nRemedy: .+\n$/,
    )
    assert.equal(JSON.parse(immersion(['explain', 'STORAGE_BUSY', '--json']).stdout), {
      code: 'STORAGE_BUSY',
      ...ERROR_CODES.STORAGE_BUSY,
    })
  }))

test('explain lists every error code, and the overlap that merge reports', () =>
  inHome(({ immersion }) => {
    const listed = Object.keys(JSON.parse(immersion(['explain', '--json']).stdout))
    assert.equal(listed, [...Object.keys(ERROR_CODES), 'CONFLICT', 'STATEMENT_OVERLAP'])
    const { stdout } = immersion(['explain'])
    for (const code of listed) assert.match(stdout, new RegExp(`^${code} `, 'm'))
  }))

test('explain refuses an unknown code with 2, and needs no readable configuration', () =>
  inHome(({ folder, immersion }) => {
    mkdirSync(join(folder, 'config', 'immersion-log'), { recursive: true })
    writeFileSync(join(folder, 'config', 'immersion-log', 'config.json'), '{')
    assert.is(immersion(['stats']).status, 2)
    assert.is(immersion(['explain', 'INVALID_CONFIG']).status, 0)
    const { status, stderr } = immersion(['explain', 'toString'])
    assert.is(status, 2)
    assert.match(stderr, 'there is no error code "toString" (INVALID_ARGUMENT)\n  `immersion explain` lists the codes.')
  }))

test.run()
