// An ImmersionError as plain data: across a thread, in JSON, and made again from it; and the code of what is not ours.

import { accessSync } from 'node:fs'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'

const test = suite('errors')

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return assert.unreachable()
}

test('an error comes back equal from a structured clone and from JSON, with its chain of causes', () => {
  const driver = Object.assign(new Error('duplicate key'), { name: 'DatabaseError', code: '23505' })
  const storage = new ImmersionError('STORAGE_FAILED', 'an append failed', {
    cause: driver,
    details: { table: 'events' },
  })
  const error = new ImmersionError('EVENT_REFUSED', 'an event was refused', {
    hint: 'look at it',
    details: { streamId: 'a', version: 3, tried: [1, { deep: null }] },
    cause: storage,
  })
  const shape = error.toJSON()
  assert.equal(shape.cause, {
    code: 'STORAGE_FAILED',
    message: 'an append failed',
    hint: '',
    details: { table: 'events' },
    cause: { name: 'DatabaseError', message: 'duplicate key', code: '23505' },
  })
  for (const crossed of [structuredClone(shape), JSON.parse(JSON.stringify(error))]) {
    assert.equal(crossed, shape)
    const again = ImmersionError.from(crossed)
    assert.instance(again, ImmersionError)
    assert.equal(again.toJSON(), shape)
    assert.instance(again.cause, ImmersionError)
    assert.is(((again.cause as Error).cause as Error).name, 'DatabaseError')
  }
})

test('whatever the details hold, they are plain in the shape, and the shape says the same after JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true })),
      (details) => {
        const shape = new ImmersionError('INVALID_ARGUMENT', 'no', { details }).toJSON()
        assert.equal(structuredClone(shape), shape)
        assert.equal(ImmersionError.from(JSON.parse(JSON.stringify(shape))).toJSON(), JSON.parse(JSON.stringify(shape)))
      },
    ),
    { numRuns: 300 },
  )
})

test('details that no text can be made of, and that contain themselves, are carried all the same', () => {
  const ring: Record<string, unknown> = { callback: () => 1, symbol: Symbol('s'), bare: Object.create(null) }
  ring.self = ring
  const hostile = new Proxy(() => 1, {
    get() {
      throw new Error('mine')
    },
  })
  const error = new ImmersionError('INVALID_ARGUMENT', 'no', { details: { ring, hostile }, cause: hostile })
  assert.equal(structuredClone(error.toJSON()), error.toJSON())
  assert.is(ImmersionError.from(hostile).code, 'INTERNAL')
})

test('a chain of causes that ends nowhere is cut', () => {
  const first = new Error('first')
  first.cause = new Error('second', { cause: first })
  assert.match(JSON.stringify(new ImmersionError('STORAGE_FAILED', 'no', { cause: first })), 'second')
})

test('what is not ours is INTERNAL with the stack of where it was thrown, also on the other side of a thread', () => {
  const error = ImmersionError.from(thrownBy(() => Reflect.get(Object(null), 'missing').toString()))
  assert.is(error.code, 'INTERNAL')
  assert.match(error.message, 'Cannot read properties of undefined')
  assert.is((error.cause as Error).name, 'TypeError')
  const crossed = ImmersionError.from(structuredClone(error.toJSON()))
  for (const one of [error, crossed]) assert.match(one.toJSON().stack ?? '', /TypeError[\s\S]*errors\.test/)
  assert.is(new ImmersionError('STORAGE_BUSY', 'no').toJSON().stack, undefined)
})

test('a failed call of the system is a failure of the storage', () => {
  const error = ImmersionError.from(thrownBy(() => accessSync('/no/such/file')))
  assert.is(error.code, 'STORAGE_FAILED')
  assert.equal(error.toJSON().cause, { name: 'Error', message: error.message, code: 'ENOENT' })
})

test('an error of another copy of the package keeps its code', () => {
  const foreign = Object.assign(new Error('busy'), {
    name: 'ImmersionError',
    code: 'STORAGE_BUSY',
    hint: '',
    details: {},
  })
  const error = ImmersionError.from(foreign)
  assert.equal([error.code, error.message], ['STORAGE_BUSY', 'busy'])
})

test.run()
