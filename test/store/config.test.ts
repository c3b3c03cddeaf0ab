// The check of the configuration: its defaults and its errors.

import { join } from 'node:path'
import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import { checkConfig, type StoreConfig } from '../../src/store/config.js'
import { dataFolder, defaultSqlitePath, storageFromUrl } from '../../src/store/storage-location.js'

const HOUR_MS = 3_600_000

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
  assert.equal([config.retainEveryMs, config.vacuumEveryMs], [24 * HOUR_MS, 7 * 24 * HOUR_MS])
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
    retention: { detailMs: 0, dailyDays: 365 },
    projections: [new URL('file:///a.js'), 'file:///b.js'],
    worker: { inline: true },
  })
  assert.equal(config.storage, { name: 'one' })
  assert.equal([config.profile, config.timeZone], ['まりこ', 'Asia/Tokyo'])
  assert.equal([config.batchMaxEvents, config.flushIntervalMs], [5, 500])
  assert.equal([config.queueMaxEvents, config.overflowPolicy, config.retainEveryMs], [10, 'drop-newest', 24 * HOUR_MS])
  assert.equal(config.settings, { dayStartsAtHour: 0, retention: { detailMs: 0 } })
  assert.equal(config.settingsAsked, { dayStartsAtHour: 0, retention: { detailMs: 0, dailyDays: 365 } })
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
    [{ storage: { fallback: 'memory' } }, 'storage.fallback', /"memory".*'error' or 'retry'/],
    [{ storage: null }, 'storage', /null.*a URL, a path, or an object with provider/],
    [{ storage: 7 }, 'storage', /7.*a URL, a path, or an object with provider/],
    [{ storage: { url: 7 } }, 'storage.url', /a number.*a URL or a path/],
    [{ storage: { provider: 'postgres', database: 'log', port: 0 } }, 'storage.port', /0.*1 to 65535/],
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
  const { code, hint } = refusal({ storage: { provider: 'oracle' } })
  assert.is(code, 'UNKNOWN_PROVIDER')
  assert.match(hint, /'sqlite', 'postgres', 'mysql', 'memory', or the URL of a module.*MariaDB is 'mysql'/)
  assert.is(refusal({ storage: { provider: 7 } }).code, 'UNKNOWN_PROVIDER')
  assert.is(refusal({ storage: { provider: 'mariadb' } }).code, 'UNKNOWN_PROVIDER')
  const config = checkConfig({ storage: { provider: new URL('file:///mine.js'), shards: 3, url: 'mine://host' } })
  assert.is(config.provider, 'file:///mine.js')
  assert.equal(config.storage, { shards: 3, url: 'mine://host' })
})

test('a database is named by one URL, alone or among its settings', () => {
  const placeOf = (storage: StoreConfig['storage']) => {
    const { provider, storage: place, fallback } = checkConfig({ storage })
    return [provider, place, fallback]
  }
  const server = 'postgresql://me@host/log'
  assert.equal(placeOf('log.sqlite'), ['sqlite', { path: 'log.sqlite' }, 'error'])
  assert.equal(placeOf('memory:one'), ['memory', { name: 'one' }, 'error'])
  assert.equal(placeOf(server), ['postgres', { url: server }, 'error'])
  assert.equal(placeOf({ url: 'mariadb://me@host/log', poolSize: 2, fallback: 'retry' }), [
    'mysql',
    { url: 'mariadb://me@host/log', poolSize: 2 },
    'retry',
  ])
  assert.equal(placeOf({ provider: 'postgres', url: new URL(server) }), ['postgres', { url: server }, 'error'])
  assert.equal(placeOf({ provider: 'mysql', database: 'log' }), ['mysql', { database: 'log' }, 'error'])
  assert.equal(placeOf({ url: 'sqlite:a.sqlite' }), ['sqlite', { path: 'a.sqlite' }, 'error'])
})

test('a URL that contradicts what stands beside it is refused', () => {
  const both = refusal({ storage: { provider: 'mysql', url: 'postgres://me@host/log' } })
  assert.equal([both.code, both.details.key], ['INVALID_CONFIG', 'storage.provider'])
  assert.match(both.message, /is 'mysql', and storage.url is one of postgres/)
  assert.is(refusal({ storage: { url: 'sqlite:a', path: 'b' } }).details.key, 'storage.path')
  assert.is(refusal({ storage: { url: 'postgres://me@host/log', host: 'b' } }).details.key, 'storage.host')
  assert.is(refusal({ storage: { url: 'sqlite:a', host: 'b' } }).details.key, 'storage.host')
  assert.match(refusal({ storage: { provider: 'postgres://me@host/log' } }).message, /for storage.url/)
})

test('a database is named by sqlite:PATH, a plain path, the URL of a server, or memory:', () => {
  assert.equal(storageFromUrl('sqlite:log.sqlite'), { provider: 'sqlite', path: 'log.sqlite' })
  assert.equal(storageFromUrl('sqlite:/var/log.sqlite'), { provider: 'sqlite', path: '/var/log.sqlite' })
  assert.equal(storageFromUrl('sqlite:///var/log.sqlite'), { provider: 'sqlite', path: '/var/log.sqlite' })
  assert.equal(storageFromUrl('./log.sqlite'), { provider: 'sqlite', path: './log.sqlite' })
  assert.equal(storageFromUrl('C:\\log.sqlite'), { provider: 'sqlite', path: 'C:\\log.sqlite' })
  assert.equal(storageFromUrl('memory:'), { provider: 'memory' })
  assert.equal(storageFromUrl('memory:one'), { provider: 'memory', name: 'one' })
  assert.equal(storageFromUrl('mariadb://me@host/log'), { provider: 'mysql', url: 'mariadb://me@host/log' })
})

test('a configuration that is refused shows no secret', () => {
  const urls = [
    'redis://me:hunter2@host/0',
    'redis://host?password=hunter2',
    'redis://me:a/hunter2@host',
    'sqlite:',
    '',
  ]
  for (const url of urls) {
    for (const error of [refusal({ storage: url }), refusal({ storage: { url } })]) {
      assert.is(error.code, 'INVALID_CONFIG')
      assert.not.match(inspect(error, { depth: 9 }), /hunter2/)
    }
  }
  const secret = 'mysql://me:hunter2@host/log'
  const configs: readonly unknown[] = [
    { storage: { provider: 'redis://me:hunter2@host', fallback: 7 } },
    { storage: { provider: secret } },
    { storage: { url: secret, fallback: 'hunter' } },
    { storage: { url: secret, poolSize: 0 } },
    { storage: { url: secret, password: 'hunter2' } },
    { storage: { provider: 'postgres', database: 'log', password: ['hunter2'] } },
    { storage: { provider: 'postgres', database: 'log', password: 'hunter2', passwordFile: 'x' } },
    { storage: { path: secret.length, password: 'hunter2' } },
    { storage: [secret] },
    { worker: { inline: secret } },
    { projections: [7, secret] },
  ]
  for (const config of configs) assert.not.match(inspect(refusal(config), { depth: 9 }), /hunter2/)
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
