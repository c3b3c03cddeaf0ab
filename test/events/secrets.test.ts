// What may be printed: addresses without their credentials, settings without their secrets, errors without either.

import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import { shownSetting, withoutSecret } from '../../src/events/secrets.js'

const test = suite('secrets')

test('the credentials of a URL are left out, wherever in a text it stands', () => {
  const cases: Readonly<Record<string, string>> = {
    'postgres://me:hidden@host/log': 'postgres://…@host/log',
    'cannot reach mysql://me:hidden@host:1/log?x=1 now': 'cannot reach mysql://…@host:1/log?x=1 now',
    'ws://hidden@host and ws://hidden@other': 'ws://…@host and ws://…@other',
    'postgres://me:a/hidden@host/log': 'postgres://…@host/log',
    'postgres://me:a@hidden@host/log': 'postgres://…@host/log',
    'ws://host/?token=hidden&a=1': 'ws://host/?token=…&a=1',
    'postgres://host/log?sslpassword=hidden': 'postgres://host/log?sslpassword=…',
    '"postgres://me:hidden@host/log"': '"postgres://…@host/log"',
    'postgres://hidden/b@host/log': 'postgres://…@host/log',
    'mysql://me:@host/log': 'mysql://…@host/log',
    'mysql://me@host/log': 'mysql://me@host/log',
    'postgres://host/log': 'postgres://host/log',
    'a@b.example': 'a@b.example',
  }
  for (const [text, shown] of Object.entries(cases)) assert.is(withoutSecret(text), shown)
})

test('a setting that holds a secret is shown as what kind of value it is', () => {
  for (const key of ['password', 'storage.password', 'storage.url', 'apiToken', 'clientSecret', 'url']) {
    assert.is(shownSetting(key, 'hidden'), 'a text')
    assert.is(shownSetting(key, 12345), 'a number')
  }
  assert.is(shownSetting('port', 12345), '12345')
  assert.is(shownSetting('passwordFile', '/run/secret'), '"/run/secret"')
  assert.is(shownSetting('path', 'ws://me:hidden@host'), '"ws://…@host"')
  assert.is(shownSetting('x', ['hidden']), 'a list')
  assert.is(shownSetting('x', { hidden: 'hidden' }), 'an object')
})

test('no part of an error shows the credentials of an address, nor on the other side of a thread', () => {
  const address = 'postgres://me:hidden@host/log'
  const error = new ImmersionError('STORAGE_FAILED', `no ${address}`, {
    hint: `look at ${address}`,
    details: { address, port: 1 },
    cause: new Error(`refused ${address}`),
  })
  const shape = error.toJSON()
  const thrown = [new Error(address), address].map((value) => ImmersionError.from(value))
  for (const one of [error, shape, ImmersionError.from(shape), ...thrown, ...thrown.map((each) => each.toJSON())]) {
    assert.not.match(inspect(one, { depth: 9, showHidden: true }), 'hidden')
  }
  assert.match(error.message, 'no postgres://…@host/log')
  assert.equal(error.details, { address: 'postgres://…@host/log', port: 1 })
  assert.match(shape.cause?.message ?? '', 'refused postgres://…@host/log')
})

test('an error without a secret keeps its cause and its details as they are', () => {
  const cause = new Error('why')
  const details = { field: 'x' }
  const error = new ImmersionError('INVALID_ARGUMENT', 'no', { cause, details })
  assert.is(error.cause, cause)
  assert.is(error.details, details)
})

test.run()
