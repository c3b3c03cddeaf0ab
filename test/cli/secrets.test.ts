// A password is given in every place that takes one, to commands that succeed and to commands that fail. None prints it.
// A wrong URL and a missing driver are named.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { privateServer, withLockedServer } from '../support/locked-server.js'
import { requires } from '../support/requires.js'
import { type Home, inHome, type Outcome } from './home.js'

const test = suite('secrets of the program')

const RIGHT = 'hunter2-marker'
const WRONG = 'wrong-hunter2-marker'
/** Printed with the stack of what fails. */
const DEBUG = { IMMERSION_DEBUG: '1' }

function assertNoSecret(what: string, { stdout, stderr }: Outcome): void {
  assert.not.match(stdout + stderr, 'hunter2-marker', what)
}

function configure(home: Home, file: unknown): void {
  const folder = join(home.folder, 'config', 'immersion-log')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), typeof file === 'string' ? file : JSON.stringify(file))
}

for (const kind of ['postgres', 'mysql'] as const) {
  const withServer = requires(test, privateServer(kind))

  withServer(`${kind}: no command prints a password, wherever it was given`, () =>
    withLockedServer(kind, RIGHT, async ({ url }) => {
      for (const password of [RIGHT, WRONG]) {
        await inHome((home) => {
          const passwordFile = join(home.folder, 'password')
          writeFileSync(passwordFile, `${password}\n`)
          const full = url('learner', password)
          const bare = url('learner', '')
          const places: Readonly<Record<string, () => Outcome>> = {
            'the option': () => home.immersion(['--db', full, 'doctor'], { env: DEBUG }),
            'the variable of the URL': () =>
              home.immersion(['doctor', '--json'], { env: { ...DEBUG, IMMERSION_DB: full } }),
            'the variable of the password': () =>
              home.immersion(['--db', bare, 'doctor'], { env: { ...DEBUG, IMMERSION_DB_PASSWORD: password } }),
            'a file': () => home.immersion(['--db', `${bare}?passwordFile=${passwordFile}`, 'doctor'], { env: DEBUG }),
            'db of the configuration': () => {
              configure(home, { db: full })
              return home.immersion(['doctor'], { env: DEBUG })
            },
            'storage of the configuration': () => {
              configure(home, { store: { storage: { url: bare, password, fallback: 'retry' } } })
              return home.immersion(['doctor', '--json'], { env: DEBUG })
            },
          }
          for (const [place, run] of Object.entries(places)) {
            const outcome = run()
            assert.is(outcome.status, password === RIGHT ? 0 : 1, `${place}: ${outcome.stderr}${outcome.stdout}`)
            assertNoSecret(place, outcome)
            assert.match(outcome.stdout, password === RIGHT ? 'learner@127.0.0.1' : 'STORAGE_UNAVAILABLE', place)
          }
        })
      }
      await inHome((home) => {
        const full = url('learner', RIGHT)
        for (const words of [
          ['config', 'set', 'db', full],
          ['config', 'get', 'db'],
          ['config', 'list'],
          ['stats'],
          ['demo'],
          ['verify', '--json'],
          ['--db', `${full}?nonsense=1`, 'stats'],
          ['--db', `${full}?poolSize=0`, 'stats'],
          ['--db', url('learner', WRONG), 'stats'],
          ['--db', url('learner', RIGHT, 'elsewhere'), 'export', 'ndjson'],
          ['--db', url('learner', RIGHT, 'elsewhere'), 'track', 'feed'],
        ]) {
          assertNoSecret(words[0] ?? '', home.immersion(words, { env: DEBUG }))
        }
      })
    }),
  )
}

test('a wrong URL of a server is wrong usage, and is not printed', () =>
  inHome((home) => {
    for (const url of [
      'postgres://me:1/hunter2-marker@host/log',
      'mysql://me:hunter2-marker@host',
      'redis://me:hunter2-marker@host',
    ]) {
      const outcome = home.immersion(['--db', url, 'stats'], { env: DEBUG })
      assert.is(outcome.status, 2, outcome.stderr)
      assert.match(outcome.stderr, /INVALID_CONFIG/)
      assertNoSecret(url, outcome)
    }
    configure(home, '{ "store": { "storage": { "password": hunter2-marker } } }')
    const outcome = home.immersion(['stats'], { env: DEBUG })
    assert.is(outcome.status, 2)
    assertNoSecret('the configuration', outcome)
  }))

test('a driver that is not installed is named, with the command that installs it', () =>
  inHome((home) => {
    const hook = new URL('../fixtures/without-drivers.js', import.meta.url).href
    const expected = { 'postgres://me@127.0.0.1:1/log': 'pg', 'mysql://me@127.0.0.1:1/log': 'mysql2' }
    for (const [url, driver] of Object.entries(expected)) {
      const outcome = home.immersion(['--db', url, 'stats'], { env: { NODE_OPTIONS: `--import ${hook}` } })
      assert.is(outcome.status, 1)
      assert.match(
        outcome.stderr,
        new RegExp(`package ${driver} cannot be loaded. \\(DRIVER_MISSING\\)\\n.*npm install ${driver}`),
      )
    }
  }))

test.run()
