// `immersion profiles`: each profile has its own settings, and deleting one needs a confirmation.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program, requires } from '../support/requires.js'
import { evening, ndjson } from './evening.js'
import { type Home, inHome, PROGRAM } from './home.js'

const test = suite('command profiles')

/** A log with the profiles `default` and `kai`, both with the same evening. */
function withTwoProfiles(
  work: (run: (...args: string[]) => ReturnType<Home['immersion']>, path: string) => void,
): Promise<void> {
  return inHome((home) => {
    const path = join(home.folder, 'log.sqlite')
    for (const profile of ['default', 'kai']) {
      const recorded = home.immersion(['--db', path, '--profile', profile, 'import', 'ndjson', '-'], {
        input: ndjson(evening()),
      })
      assert.is(recorded.status, 0, recorded.stderr)
    }
    work((...args) => home.immersion(['--db', path, ...args]), path)
  })
}

test('listing creates no profile, and fails where there is no database', () => {
  return withTwoProfiles((run, path) => {
    assert.is(run('--profile', 'nobody', 'profiles').stdout, 'default\nkai\n')
    assert.equal(JSON.parse(run('profiles', '--json').stdout), ['default', 'kai'])
    const none = run('--db', `${path}.none`, 'profiles')
    assert.is(none.status, 1)
    assert.match(none.stderr, 'STORAGE_UNAVAILABLE')
  })
})

test('the hour at which a day starts belongs to one profile', () => {
  return withTwoProfiles((run) => {
    const hourOf = (profile: string) =>
      JSON.parse(run('--profile', profile, 'config', 'get', 'dayStartsAtHour', '--json').stdout)
    assert.is(run('--profile', 'kai', 'config', 'set', 'dayStartsAtHour', '7').status, 0)
    assert.equal([hourOf('default'), hourOf('kai')], [4, 7])
    assert.is(run('--profile', 'kai', 'config', 'set', 'dayStartsAtHour', '13').status, 2)
    assert.is(run('--profile', 'kai', 'verify').status, 0)
    assert.is(run('--profile', 'kai', 'config', 'unset', 'dayStartsAtHour').status, 0)
    assert.equal([hourOf('default'), hourOf('kai')], [4, 4])
  })
})

test('a profile is deleted with --yes, and the other one stays', () => {
  return withTwoProfiles((run, path) => {
    const before = run('stats', 'sessions', '--json').stdout
    const deleted = run('profiles', 'delete', 'kai', '--yes')
    assert.is(deleted.status, 0, deleted.stderr)
    assert.is(run('profiles').stdout, 'default\n')
    assert.is(run('stats', 'sessions', '--json').stdout, before)
    assert.is(run('verify').status, 0)
    assert.equal(JSON.parse(run('profiles', 'delete', 'default', '--yes', '--json').stdout), { deleted: 'default' })
    assert.is(run('profiles', '--json').stdout, '[]\n')
    for (const trace of ['猫', '.mkv', 'kai']) assert.not(readFileSync(path).includes(trace), `${trace} is left`)
  })
})

test('an unknown profile is refused, and so is deleting without a terminal to confirm on', () => {
  return withTwoProfiles((run) => {
    const unknown = run('profiles', 'delete', 'Kai', '--yes')
    assert.is(unknown.status, 2)
    assert.match(unknown.stderr, /no profile "Kai"[\s\S]*default, kai/)
    const unasked = run('profiles', 'delete', 'kai')
    assert.is(unasked.status, 2)
    assert.match(unasked.stderr, '--yes')
    assert.is(run('profiles').stdout, 'default\nkai\n')
  })
})

const onTerminal = requires(test, program('script'))

onTerminal('on a terminal a profile is deleted when its name is typed, and by no other answer', () => {
  return withTwoProfiles((run, path) => {
    const answered = (answer: string) => {
      const command = [process.execPath, PROGRAM, '--db', path, 'profiles', 'delete', 'kai']
      return spawnSync('script', ['-qec', command.map((part) => `'${part}'`).join(' '), '/dev/null'], {
        encoding: 'utf8',
        input: answer,
        timeout: 60_000,
      })
    }
    for (const answer of ['y\n', 'default\n', '\n', '\u0004']) {
      const { status, stdout } = answered(answer)
      assert.is(status, 1, stdout)
      assert.match(stdout, 'Nothing was deleted')
    }
    assert.is(run('profiles').stdout, 'default\nkai\n')
    const { status, stdout } = answered('kai\n')
    assert.is(status, 0, stdout)
    assert.is(run('profiles').stdout, 'default\n')
  })
})

test.run()
