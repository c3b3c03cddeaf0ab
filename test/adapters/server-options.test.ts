// The settings of a database server: what flat keys and URLs become, what is refused, and that no refusal shows a secret.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serverLocation, serverOptions, tlsOptions } from '../../adapters/server/options.js'
import { ImmersionError } from '../../src/events/errors.js'

const test = suite('server options')

const SECRET = 'hunter2-marker'

/** Without the environment of whoever runs the tests. */
function options(storage: Record<string, unknown>, provider: 'postgres' | 'mysql' = 'postgres') {
  return serverOptions(provider, storage, {})
}

function refusal(storage: Record<string, unknown>, provider: 'postgres' | 'mysql' = 'postgres'): ImmersionError {
  try {
    options(storage, provider)
  } catch (error) {
    assert.instance(error, ImmersionError)
    const refused = error as ImmersionError
    assert.is(refused.code, 'INVALID_CONFIG', refused.message)
    assert.ok(refused.hint.length > 0)
    return refused
  }
  throw new Error(`not refused: ${JSON.stringify(storage)}`)
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-options-'))
  try {
    work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a database alone is on this machine, with the documented defaults', () => {
  assert.equal(options({ database: 'immersion' }), {
    host: 'localhost',
    port: 5432,
    user: userInfo().username,
    password: undefined,
    database: 'immersion',
    schema: 'public',
    poolSize: 4,
    tls: 'off',
    caFile: undefined,
    connectTimeoutMs: 5000,
    statementTimeoutMs: 30_000,
    singleWriter: false,
  })
  assert.is(options({ database: 'immersion' }, 'mysql').port, 3306)
})

test('a URL and flat keys that say the same give the same', () => {
  const flat = {
    host: 'db.example',
    port: 6000,
    user: 'mari/ko',
    password: 'a:b/c?d#e@f%g',
    database: 'im mersion',
    schema: 'learners',
    poolSize: 9,
    tls: 'verify',
    caFile: '/ca.pem',
    connectTimeoutMs: 700,
    statementTimeoutMs: 800,
  }
  const url =
    'postgresql://mari%2Fko:a%3Ab%2Fc%3Fd%23e%40f%25g@db.example:6000/im%20mersion' +
    '?schema=learners&poolSize=9&tls=verify&caFile=/ca.pem&connectTimeoutMs=700&statementTimeoutMs=800'
  assert.equal(options({ url }), options(flat))
  assert.equal(options({ url: new URL(url) }), options(flat))
  assert.equal(options({ provider: 'postgres', ...flat }), { ...flat, singleWriter: false })
  const single = (value: string) => options({ url: `mysql://me@h/log?singleWriter=${value}` }, 'mysql').singleWriter
  assert.equal([single('true'), single('false')], [true, false])
  assert.match(refusal({ url: 'mysql://me@h/log?singleWriter=1' }, 'mysql').message, /"1"; allowed is true or false/)
})

test('what the URL leaves out may stand beside it', () => {
  const { password, poolSize, host } = options({ url: 'postgres://me@db.example/log', password: SECRET, poolSize: 2 })
  assert.equal([password, poolSize, host], [SECRET, 2, 'db.example'])
  assert.match(refusal({ url: `postgres://me:${SECRET}@h/log`, password: 'x' }).message, /password is given twice/)
  assert.match(refusal({ url: 'postgres://me@h/log', host: 'other' }).message, /host is given twice/)
})

test('IPv6 addresses and Unix sockets are hosts', () => {
  const { host, port } = options({ url: 'postgres://me@[2001:db8::7]:6000/log' })
  assert.equal([host, port], ['2001:db8::7', 6000])
  assert.is(options({ url: 'postgres://me@%2Frun%2Fpostgresql/log' }).host, '/run/postgresql')
  assert.is(options({ url: 'postgres://me@localhost/log?host=/run/postgresql' }).host, '/run/postgresql')
  assert.is(options({ url: 'postgres:///log?host=/run/postgresql' }).host, '/run/postgresql')
  assert.is(options({ url: 'mariadb://me@localhost/log?socket=/run/mysqld.sock' }, 'mysql').host, '/run/mysqld.sock')
})

test('connections of this machine are not encrypted by default, all others verify the server', () => {
  const tlsOf = (host: string, more: object = {}) => options({ host, database: 'log', user: 'me', ...more }).tls
  for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '::1', '/run/postgresql']) assert.is(tlsOf(host), 'off')
  for (const host of ['db.example', '10.0.0.1', '::2', '127.evil.example', 'localhost.example']) {
    assert.is(tlsOf(host), 'verify')
  }
  assert.is(tlsOf('db.example', { tls: 'off' }), 'off')
  assert.is(tlsOf('localhost', { caFile: '/ca.pem' }), 'verify')
  assert.match(
    refusal({ database: 'log', tls: 'require', caFile: '/ca.pem' }).message,
    /'require' beside storage.caFile/,
  )
})

test('what the driver of MySQL cannot verify is refused: an address, whose certificate it would not look at', () => {
  const at = (host: string, more: object = {}) => ({ host, database: 'log', user: 'me', ...more })
  for (const storage of [at('10.0.0.1'), at('2001:db8::7'), at('127.0.0.1', { caFile: '/ca.pem' })]) {
    const { message, hint } = refusal(storage, 'mysql')
    assert.match(message, `storage.host is the address ${storage.host}`)
    assert.match(hint, 'storage.tls')
    assert.is(options(storage).tls, 'verify')
  }
  assert.is(options(at('10.0.0.1', { tls: 'require' }), 'mysql').tls, 'require')
  assert.is(options(at('127.0.0.1'), 'mysql').tls, 'off')
  assert.is(options(at('db.example'), 'mysql').tls, 'verify')
})

test('the modes of other programs are mapped where they mean the same, else refused', () => {
  const tlsOf = (query: string, provider: 'postgres' | 'mysql' = 'postgres') =>
    options({ url: `${provider}://me@db.example/log?${query}` }, provider).tls
  assert.is(tlsOf('sslmode=disable'), 'off')
  assert.is(tlsOf('sslmode=require'), 'require')
  assert.is(tlsOf('sslmode=verify-full'), 'verify')
  assert.is(tlsOf('ssl-mode=VERIFY_IDENTITY', 'mysql'), 'verify')
  assert.is(tlsOf('ssl-mode=REQUIRED', 'mysql'), 'require')
  const { caFile, tls } = options({ url: 'postgres://me@localhost/log?sslmode=verify-full&sslrootcert=/ca.pem' })
  assert.equal([caFile, tls], ['/ca.pem', 'verify'])
  assert.is(options({ url: 'postgres://me@h/log?connect_timeout=7' }).connectTimeoutMs, 7000)
  for (const mode of ['prefer', 'allow', 'verify-ca']) {
    assert.match(refusal({ url: `postgres://me@h/log?sslmode=${mode}` }).hint, /verify-full/)
  }
  assert.match(refusal({ url: 'postgres://me@h/log?options=-csearch_path%3Dx' }).message, /parameter options/)
  assert.match(
    refusal({ url: 'postgres://me@h/log?tls=off&sslmode=disable' }).message,
    /tls of storage.url is given twice/,
  )
})

test('a value that is not allowed is named with its key and what is allowed', () => {
  const cases: readonly (readonly [setting: Record<string, unknown>, key: string, shown: RegExp])[] = [
    [{ port: 0 }, 'port', /is 0; allowed is an integer from 1 to 65535/],
    [{ port: '5432' }, 'port', /is "5432"; allowed is an integer/],
    [{ poolSize: 101 }, 'poolSize', /101.*1 to 100/],
    [{ poolSize: 1.5 }, 'poolSize', /1\.5.*1 to 100/],
    [{ tls: 'prefer' }, 'tls', /"prefer".*'off', 'require' or 'verify'/],
    [{ tls: true }, 'tls', /true.*'off'/],
    [{ connectTimeoutMs: 99 }, 'connectTimeoutMs', /99.*100 to 600000/],
    [{ statementTimeoutMs: -1 }, 'statementTimeoutMs', /-1.*100 to 86400000/],
    [{ schema: 'a"b' }, 'schema', /letters, digits and underscores/],
    [{ schema: 'x'.repeat(64) }, 'schema', /1 to 63/],
    [{ host: 'a,b' }, 'host', /"a,b".*one host/],
    [{ user: '' }, 'user', /"".*not empty/],
    [{ database: 'a\0b' }, 'database', /NUL/],
    [{ password: 7 }, 'password', /is a number; allowed/],
    [{ caFile: [] }, 'caFile', /a list/],
  ]
  for (const [setting, key, shown] of cases) {
    const { message, details } = refusal({ database: 'log', user: 'me', ...setting })
    assert.is(details.key, `storage.${key}`)
    assert.match(message, shown)
  }
  const noUser = { url: 'postgres://me@h/log?poolSize=many' }
  assert.match(refusal(noUser).message, /poolSize is "many"/)
})

test('a setting that is not there is refused and the known ones are named; a database has to be named', () => {
  const { message, hint, details } = refusal({ database: 'log', hosts: 'a' })
  assert.match(message, /storage\.hosts is not a setting of provider postgres/)
  assert.match(hint, /url, host, port, user/)
  assert.is(details.key, 'storage.hosts')
  assert.match(refusal({ database: 'log', schema: 'x' }, 'mysql').message, /schema is not a setting of provider mysql/)
  assert.match(refusal({ database: 'log', singleWriter: true }).message, /singleWriter is not a setting of provider/)
  assert.match(refusal({ database: 'log', constructor: 1 }).message, /constructor is not a setting/)
  assert.match(refusal({ host: 'h', user: 'me' }).message, /storage\.database is missing/)
  assert.match(refusal({ url: 'postgres://me@h' }).message, /storage\.database is missing/)
})

test('a password comes from the URL, a file, or the environment, in this order', () =>
  inFolder((folder) => {
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, `${SECRET}\n`)
    const environment = { IMMERSION_DB_PASSWORD: 'of the environment' }
    const passwordOf = (storage: Record<string, unknown>) => serverOptions('mysql', storage, environment).password
    assert.is(passwordOf({ url: `mysql://me:${SECRET}@h/log` }), SECRET)
    assert.is(passwordOf({ url: 'mysql://me@h/log', passwordFile }), SECRET)
    assert.is(passwordOf({ url: `mysql://me@h/log?passwordFile=${passwordFile}` }), SECRET)
    assert.is(passwordOf({ url: 'mysql://me@h/log' }), 'of the environment')
    assert.match(refusal({ database: 'log', passwordFile, password: SECRET }).message, /passwordFile is given beside/)
    assert.match(refusal({ database: 'log', passwordFile: join(folder, 'none') }).message, /cannot be read/)
    writeFileSync(passwordFile, '\n')
    assert.match(refusal({ database: 'log', passwordFile }).message, /empty file/)
  }))

test('a URL that cannot be read shows no part of itself, because the password may be anywhere in it', () => {
  const urls = [
    `postgres://me:${SECRET}/x@host/log`,
    `postgres://me:12#${SECRET}@host/log`,
    `postgres://me:12?${SECRET}@host/log`,
    `postgres://me:12/${SECRET}@host/log`,
    `postgres://me:%zz${SECRET}@host/log`,
    `postgres://me@host/log?password=x&${SECRET}`,
    `postgres://me:${SECRET}@host:99999/log`,
    `mysql://me:${SECRET}@host/log`,
    SECRET,
    7,
    '',
  ]
  for (const url of urls) {
    const error = refusal({ url })
    assert.match(error.message, /cannot be read as a URL of postgres/)
    assert.not.match(inspect(error, { depth: 9, showHidden: true }), SECRET)
  }
})

test('no refusal shows a secret', () => {
  const storages: readonly Record<string, unknown>[] = [
    { url: `postgres://me:${SECRET}@host/log?nonsense=1` },
    { url: `postgres://me:${SECRET}@host/log?sslmode=prefer` },
    { url: `postgres://me:${SECRET}@host/log`, port: 0 },
    { url: `postgres://me:${SECRET}@host/log`, password: SECRET },
    { url: `postgres://me:${SECRET}@host` },
    { url: [SECRET] },
    { database: 'log', password: [SECRET] },
    { database: 'log', password: SECRET, passwordFile: '/nowhere' },
    { database: 'log', password: `${SECRET}\0` },
    { database: 'log', host: `postgres://me:${SECRET}@host` },
  ]
  for (const storage of storages) assert.not.match(inspect(refusal(storage), { depth: 9, showHidden: true }), SECRET)
})

test('a location names the same log without its secret', () => {
  const locationOf = (url: string, provider: 'postgres' | 'mysql' = 'postgres') =>
    serverLocation(provider, options({ url }, provider))
  assert.is(locationOf(`postgresql://me:${SECRET}@db.example/log`), 'postgres://me@db.example:5432/log')
  assert.is(locationOf(`mariadb://m%40e:${SECRET}@[::1]:99/my%20log`, 'mysql'), 'mysql://m%40e@[::1]:99/my%20log')
  const urls = [
    'postgres://me@localhost:5432/log?host=%2Frun%2Fpostgresql&schema=learners',
    'postgres://me@[2001:db8::7]:6000/log',
  ]
  for (const url of urls) assert.is(locationOf(url), url)
  const socket = 'mysql://me@localhost:3306/log?socket=%2Frun%2Fmysqld.sock'
  assert.is(locationOf(socket, 'mysql'), socket)
})

test('the driver gets the authorities and the order to verify, or nothing', () =>
  inFolder((folder) => {
    const caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, 'a certificate')
    const tlsOf = (more: object) => tlsOptions(options({ database: 'log', host: 'db.example', ...more }))
    assert.is(tlsOf({ tls: 'off' }), undefined)
    assert.equal(tlsOf({ tls: 'require' }), { rejectUnauthorized: false, verifyIdentity: false })
    assert.equal(tlsOf({}), { rejectUnauthorized: true, verifyIdentity: true })
    assert.equal(tlsOf({ caFile }), { rejectUnauthorized: true, verifyIdentity: true, ca: 'a certificate' })
    assert.throws(
      () => tlsOf({ caFile: join(folder, 'none') }),
      (error: ImmersionError) => error.code === 'INVALID_CONFIG' && /caFile cannot be read/.test(error.message),
    )
  }))

test.run()
