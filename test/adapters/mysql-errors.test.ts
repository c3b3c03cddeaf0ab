// What the errors of driver and server become: their codes, and nothing of statements or secrets in them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRefusedRow, leavesConnectionUsable, mysqlError, UnusableBind } from '../../adapters/mysql/errors.js'
import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'

const test = suite('mysql: errors')

const LOCATION = 'mysql://db.example:3306/immersion'

/** As the driver makes them. */
function serverError(errno: number, message = 'of the server', code: string | undefined = `ER_${errno}`): Error {
  return Object.assign(new Error(message), { errno, code, sqlState: 'HY000', sqlMessage: message })
}

function driverError(code: string, message = 'of the driver'): Error {
  return Object.assign(new Error(message), { code })
}

function codeOf(error: unknown): ErrorCode {
  const failure = mysqlError(error, LOCATION, 'commit')
  assert.instance(failure, ImmersionError)
  return (failure as ImmersionError).code
}

const EXPECTED: readonly (readonly [ErrorCode, readonly Error[]])[] = [
  ['STORAGE_BUSY', [serverError(1213), serverError(1205), serverError(1969), serverError(3024), serverError(1412)]],
  ['STORAGE_BUSY', [driverError('PROTOCOL_SEQUENCE_TIMEOUT')]],
  [
    'STORAGE_FULL',
    [serverError(1021), serverError(1114), serverError(1030, 'Got error 28 "No space left" from engine')],
  ],
  ['STORAGE_FULL', [serverError(3, "Error writing file '/tmp/x' (Errcode: 28)"), serverError(1026, 'x (errno: 28)')]],
  [
    'STORAGE_READ_ONLY',
    [serverError(1290), serverError(1836), serverError(1792), serverError(1142), serverError(1227)],
  ],
  [
    'STORAGE_UNAVAILABLE',
    [serverError(1045), serverError(1049), serverError(1044), serverError(1040), serverError(1053)],
  ],
  [
    'STORAGE_UNAVAILABLE',
    ['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'PROTOCOL_CONNECTION_LOST'].map((code) => driverError(code)),
  ],
  [
    'STORAGE_UNAVAILABLE',
    ['HANDSHAKE_SSL_ERROR', 'HANDSHAKE_NO_SSL_SUPPORT', 'SELF_SIGNED_CERT_IN_CHAIN'].map((code) => driverError(code)),
  ],
  ['STORAGE_CORRUPT', [serverError(1034), serverError(1712)]],
  [
    'STORAGE_FAILED',
    [serverError(1064), serverError(1030, 'Got error 168 from engine'), serverError(4000, 'new', undefined)],
  ],
]

test('each error of the server, the driver and the network gets the code that it means', () => {
  for (const [code, errors] of EXPECTED) for (const error of errors) assert.is(codeOf(error), code, String(error))
})

test('an address with several answers, none of them good, still says what happened', () => {
  const refusedTwice = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' })
  const failure = mysqlError(refusedTwice, LOCATION, 'open the database') as ImmersionError
  assert.is(failure.message, 'MySQL failed to open the database: ECONNREFUSED')
  assert.is(failure.details.location, LOCATION)
})

test('what neither driver nor server has thrown comes back as it is', () => {
  for (const error of [
    new Error('of the work'),
    new TypeError('x'),
    new ImmersionError('STORE_CLOSED', 'x'),
    'text',
    null,
  ]) {
    assert.is(mysqlError(error, LOCATION, 'commit'), error)
  }
  const wrongUse = driverError('ERR_INVALID_ARG_TYPE')
  assert.is(mysqlError(wrongUse, LOCATION, 'commit'), wrongUse)
})

test('no credentials are in what an error says, and no statement goes on with it', () => {
  const error = serverError(1064, 'near mysql://me:hush-hush@db.example/immersion')
  const failure = mysqlError(Object.assign(error, { sql: 'insert hush-hush' }), LOCATION, 'commit') as ImmersionError
  assert.not.match(JSON.stringify([failure, failure.message, failure.cause, String(failure.cause)]), 'hush-hush')
})

test('a row is refused for its values, and for nothing else', () => {
  for (const errno of [1048, 1264, 1366, 1406, 3988]) assert.ok(isRefusedRow(serverError(errno)), String(errno))
  assert.ok(isRefusedRow(new UnusableBind('an object')))
  for (const errno of [1062, 1205, 1213, 1290, 1231]) assert.not.ok(isRefusedRow(serverError(errno)), String(errno))
  assert.not.ok(isRefusedRow(driverError('ECONNRESET')))
})

test('a connection is used again after a refusal, not after it was lost or writes went elsewhere', () => {
  for (const errno of [1062, 1205, 1213, 1231, 1406])
    assert.ok(leavesConnectionUsable(serverError(errno)), String(errno))
  for (const errno of [1053, 1290, 1927]) assert.not.ok(leavesConnectionUsable(serverError(errno)), String(errno))
  for (const code of ['PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT', 'EPIPE']) {
    assert.not.ok(leavesConnectionUsable(driverError(code)), code)
  }
  assert.not.ok(leavesConnectionUsable(Object.assign(serverError(1045), { fatal: true })))
})

test.run()
