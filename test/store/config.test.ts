// The door of the configuration: what is filled in, and what the errors say.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import { BACKEND_DEFAULTS } from '../../src/ports/defaults.js'
import { checkConfig, dataFolder, defaultSqlitePath, storageFromUrl } from '../../src/store/config.js'

const test = suite('configuration')

function refusal(config: unknown): ImmersionError {
  try {
    checkConfig(config)
  } catch (error) {
    assert.instance(error, ImmersionError)
    return error as ImmersionError
  }
  throw new Error(`not refused: ${JSON.stringify(config)}`)
}

test('nothing at all is SQLite in the data folder with the defaults of the contract', () => {
  const config = checkConfig({})
  assert.is(config.provider, 'sqlite')
  assert.equal(config.storage, { path: defaultSqlitePath() })
  assert.is(config.profile, 'default')
  assert.is(config.batchMaxEvents, 25)
  assert.is(config.flushIntervalMs, 500)
  assert.is(config.queueMaxEvents, 1000)
  assert.is(config.overflowPolicy, 'summarize')
  assert.is(config.fallback, 'error')
  assert.equal(config.settings, { dayStartsAtHour: 4 })
  assert.equal(config.retention, BACKEND_DEFAULTS.retention)
  assert.is(config.inline, false)
})

test('what is given is taken, and what is given as undefined is as if it were left out', () => {
  const config = checkConfig({
    storage: { provider: 'memory', name: 'one' },
    profile: 'まりこ',
    settings: { dayStartsAtHour: 0 },
    tz: 'Asia/Tokyo',
    batching: { maxEvents: 5, flushIntervalMs: undefined },
    queue: { maxEvents: 10, overflowPolicy: 'drop-newest' },
    retention: { detailMs: 0 },
    projections: [new URL('file:///a.js'), 'file:///b.js'],
    worker: { inline: true },
  })
  assert.equal(config.storage, { name: 'one' })
  assert.equal([config.profile, config.timeZone], ['まりこ', 'Asia/Tokyo'])
  assert.equal([config.batchMaxEvents, config.flushIntervalMs], [5, 500])
  assert.equal([config.queueMaxEvents, config.overflowPolicy, config.settingsAsked], [10, 'drop-newest', true])
  assert.equal([config.retention.detailMs, config.retention.dailyDays], [0, 365])
  assert.equal(config.projections, ['file:///a.js', 'file:///b.js'])
})

test('an error names the key, the value and what is allowed', () => {
  const policies = /"block".*'summarize' or 'drop-oldest' or 'drop-newest'/
  const cases: readonly (readonly [config: unknown, key: string, shown: RegExp])[] = [
    [{ queue: { maxEvents: -3 } }, 'queue.maxEvents', /is -3; allowed is an integer from 10 to 1000000/],
    [{ queue: { maxEvents: '100' } }, 'queue.maxEvents', /is "100"; allowed is an integer/],
    [{ queue: { overflowPolicy: 'block' } }, 'queue.overflowPolicy', policies],
    [{ settings: { dayStartsAtHour: 13 } }, 'settings.dayStartsAtHour', /13.*from 0 to 12/],
    [{ tz: 'Tokyo' }, 'tz', /"Tokyo".*IANA/],
    [{ tz: 9 }, 'tz', /9.*IANA/],
    [{ profile: '' }, 'profile', /1 to 100 characters/],
    [{ profile: 'a\u0000b' }, 'profile', /control/],
    [{ projections: ['./mine.js'] }, 'projections.0', /"\.\/mine\.js".*URL/],
    [{ storage: { path: 7 } }, 'storage.path', /7.*path/],
    [{ storage: { fallback: 'sqlite' } }, 'storage.fallback', /'error' or 'memory'/],
    [{ storage: 'immersion.sqlite' }, 'storage', /object with provider/],
    [{ worker: { inline: 'yes' } }, 'worker.inline', /true or false/],
    [{ batching: [] }, 'batching', /a list.*an object with maxEvents/],
    [null, '', /The configuration is null/],
  ]
  for (const [config, key, shown] of cases) {
    const { code, message, hint, details } = refusal(config)
    assert.is(code, 'INVALID_CONFIG', key)
    assert.is(details.key, key)
    assert.match(message, shown)
    assert.ok(hint.length > 0)
  }
})

test('an unknown key is refused and the known ones are named', () => {
  const top = refusal({ profil: 'default' })
  assert.match(top.message, /profil is not a setting/)
  assert.match(top.hint, /storage, profile, settings, tz/)
  assert.is(refusal({ queue: { max: 10 } }).details.key, 'queue.max')
  assert.is(refusal({ storage: { provider: 'memory', path: 'x' } }).details.key, 'storage.path')
  assert.is(refusal({ storage: { file: 'x' } }).details.key, 'storage.file')
})

test('a provider that is not there is UNKNOWN_PROVIDER; a module URL passes with its own settings', () => {
  assert.is(refusal({ storage: { provider: 'oracle' } }).code, 'UNKNOWN_PROVIDER')
  assert.is(refusal({ storage: { provider: 7 } }).code, 'UNKNOWN_PROVIDER')
  assert.match(refusal({ storage: { provider: 'postgres' } }).message, /no adapter for postgres yet/)
  const config = checkConfig({ storage: { provider: new URL('file:///mine.js'), shards: 3 } })
  assert.is(config.provider, 'file:///mine.js')
  assert.equal(config.storage, { shards: 3 })
})

test('a database is named by sqlite:PATH, a plain path, or memory:', () => {
  assert.equal(storageFromUrl('sqlite:log.sqlite'), { provider: 'sqlite', path: 'log.sqlite' })
  assert.equal(storageFromUrl('sqlite:/var/log.sqlite'), { provider: 'sqlite', path: '/var/log.sqlite' })
  assert.equal(storageFromUrl('sqlite:///var/log.sqlite'), { provider: 'sqlite', path: '/var/log.sqlite' })
  assert.equal(storageFromUrl('./log.sqlite'), { provider: 'sqlite', path: './log.sqlite' })
  assert.equal(storageFromUrl('C:\\log.sqlite'), { provider: 'sqlite', path: 'C:\\log.sqlite' })
  assert.equal(storageFromUrl('memory:'), { provider: 'memory' })
  assert.equal(storageFromUrl('memory:one'), { provider: 'memory', name: 'one' })
})

test('a URL that names nothing is refused without its secret', () => {
  for (const url of ['redis://me:hunter2@host/0', 'redis://host?password=hunter2', 'sqlite:', '']) {
    try {
      storageFromUrl(url)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, ImmersionError)
      const { code, message, details } = error as ImmersionError
      assert.is(code, 'INVALID_CONFIG')
      assert.not.match(JSON.stringify([message, details]), /hunter2/)
    }
  }
  assert.throws(
    () => storageFromUrl('postgres://me:hunter2@host/db'),
    (error: ImmersionError) => error.code === 'UNKNOWN_PROVIDER' && !error.message.includes('hunter2'),
  )
  assert.not.match(refusal({ storage: { provider: 'redis://me:hunter2@host', fallback: 7 } }).message, /hunter2/)
  assert.not.match(refusal({ worker: { inline: 'mysql://me:hunter2@host' } }).message, /hunter2/)
})

test('data is kept where each system keeps it', () => {
  assert.is(dataFolder({ HOME: '/me' }, 'linux'), join('/me', '.local', 'share', 'immersion-log'))
  assert.is(dataFolder({ HOME: '/me', XDG_DATA_HOME: '/data' }, 'linux'), join('/data', 'immersion-log'))
  assert.is(
    dataFolder({ HOME: '/me', XDG_DATA_HOME: 'data' }, 'linux'),
    join('/me', '.local', 'share', 'immersion-log'),
  )
  assert.is(dataFolder({ HOME: '/me' }, 'darwin'), join('/me', 'Library', 'Application Support', 'immersion-log'))
  assert.is(dataFolder({ LOCALAPPDATA: '/local' }, 'win32'), join('/local', 'immersion-log'))
})

test.run()
