// No public method or function rejects with anything but an ImmersionError, throws synchronously, or leaves a rejection
// that nobody handles, whatever it is called with. Every method is called with generated arguments, with the database in
// this thread and in another.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { Observable } from 'rxjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import * as entryPoint from '../../src/immersion-log.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { withStore } from './with-store.js'

const test = suite('hostile arguments')

const SEED = 20_260_302
const CALLS_OF_A_METHOD = 30
const CALLS_OF_A_FUNCTION = 25
/** A feed that was given a position goes on for ever. */
const FEED_WAIT_MS = 20

type Callable = (...args: never) => unknown

class Mine extends Error {}

const throwing = (): never => {
  throw new Mine('from the host')
}

function ring(): unknown {
  const self: Record<string, unknown> = {}
  self.self = self
  return self
}

async function* failingPages() {
  yield [{ version: 1 }]
  throwing()
}

const hostileValues: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Symbol('mine'),
  () => throwing,
  () => 10n,
  () => Number.NaN,
  () => 'x'.repeat(100_000),
  () => new Mine('not thrown'),
  ring,
  () => ({ ...{ ring: ring() }, after: ring(), timeoutMs: ring(), onProgress: ring(), storage: ring() }),
  () => new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing, has: throwing }),
  () => new Proxy(() => {}, { apply: throwing, get: throwing }),
  () => Object.create(null),
  () => Object.defineProperty({}, 'storage', { get: throwing, enumerable: true }),
  () => Object.defineProperty({}, 'onProgress', { get: throwing, enumerable: true }),
  () => ({ onProgress: 'none', limit: 1n, language: Symbol('mine'), after: -1, timeoutMs: Number.NaN }),
  () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
  () => ({ toString: 1, valueOf: 1, limit: { toString: 1 }, measures: { lines: { toString: 1 } } }),
  () => new Map([[ring(), ring()]]),
  () => new Date(Number.NaN),
  () => [[[]], ring()],
  () => failingPages(),
  () => [null, { kind: 'event' }, { kind: 'summary', summary: ring() }],
  () => [{ kind: 'settings' }],
  () => [[null], 'text', new Proxy([], { get: throwing })],
]

const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...hostileValues).map((make) => make()) },
  { weight: 1, arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }) },
)
const argumentLists = fc.array(hostile, { maxLength: 3 })

/** INTERNAL would be a defect of ours, or an error of the host's that was taken for one. */
function codeOfOurs(call: string, error: unknown): string {
  if (error instanceof ImmersionError && error.code !== 'INTERNAL') return error.code
  throw new Error(`${call} failed with ${error instanceof Error ? error.stack : String(error)}`)
}

/** Waits for whatever the call returned: a promise, values, or a feed. */
async function ended(returned: unknown): Promise<void> {
  if (returned instanceof Observable) return heardOf(returned)
  if (typeof returned === 'object' && returned !== null && Symbol.asyncIterator in returned) {
    for await (const _value of returned as AsyncIterable<unknown>);
    return
  }
  await returned
}

function heardOf(feed: Observable<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, FEED_WAIT_MS)
    feed.subscribe({ error: reject, complete: resolve }).add(() => clearTimeout(timer))
  })
}

async function codeOf(name: string, method: Callable, args: readonly unknown[]): Promise<string> {
  let returned: unknown
  try {
    returned = Reflect.apply(method, undefined, args)
  } catch (error) {
    throw new Error(`${name} threw synchronously: ${error instanceof Error ? error.stack : String(error)}`)
  }
  return ended(returned).then(
    () => 'resolved',
    (error) => codeOfOurs(name, error),
  )
}

function methodsOf(store: ImmersionTrackingStore): ReadonlyMap<string, Callable> {
  const { analytics, corrections, maintenance, diagnostics, events, follow, flush } = store
  const groups = { analytics, corrections, maintenance, diagnostics: { snapshot: diagnostics.snapshot } }
  const methods = new Map<string, Callable>(Object.entries({ events, follow, flush }))
  for (const [group, members] of Object.entries(groups)) {
    for (const [name, method] of Object.entries(members)) methods.set(`${group}.${name}`, method)
  }
  return methods
}

async function withoutUnhandled(work: () => Promise<void>): Promise<void> {
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    await work()
    await new Promise((resolve) => setTimeout(resolve, FEED_WAIT_MS))
  } finally {
    process.off('unhandledRejection', note)
  }
  assert.equal(unhandled, [])
}

test('every method of a store refuses hostile arguments with an ImmersionError, in this thread and through the worker alike', async () => {
  const inline = await codesOfStore(true)
  const behindWorker = await codesOfStore(false)
  assert.equal(behindWorker, inline)
})

/** Calls every method of a store; answers the code of each call. */
async function codesOfStore(inline: boolean): Promise<readonly string[]> {
  const codes: string[] = []
  await withoutUnhandled(() =>
    withStore({ worker: { inline } }, async (store) => {
      store.tracker.startSession({ videoKey: 'local:/a.mkv' }).end()
      await store.flush()
      const methods = methodsOf(store)
      assert.ok(methods.size > 35, `${methods.size} methods`)
      for (const [name, method] of [...methods, ['close', store.close] as const]) {
        for (const args of fc.sample(argumentLists, { numRuns: CALLS_OF_A_METHOD, seed: SEED })) {
          codes.push(`${name}: ${await codeOf(name, method, args)}`)
        }
        if (name === 'maintenance.importEvents') assert.equal((await store.maintenance.verify()).damage, [])
      }
      await store.close()
      for (const [name, method] of methods) codes.push(`closed ${name}: ${await codeOf(name, method, [])}`)
    }),
  )
  return codes
}

test('the functions of the package refuse hostile arguments with an ImmersionError', () =>
  withoutUnhandled(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'immersion-hostile-'))
    const before = process.env.XDG_DATA_HOME
    // A configuration that names no place opens the user's own log.
    process.env.XDG_DATA_HOME = folder
    try {
      const { ImmersionError: _class, defineProjection: _sync, locationOf, videoKeyOf, ...functions } = entryPoint
      for (const [name, member] of Object.entries({ locationOf, videoKeyOf })) {
        for (const args of fc.sample(argumentLists, { numRuns: CALLS_OF_A_FUNCTION, seed: SEED })) {
          await codeOf(name, async () => Reflect.apply(member, undefined, args), [])
        }
      }
      for (const [name, member] of Object.entries(functions)) {
        if (typeof member !== 'function') continue
        for (const args of fc.sample(argumentLists, { numRuns: CALLS_OF_A_FUNCTION, seed: SEED })) {
          await codeOf(name, closing(member), args)
        }
      }
    } finally {
      if (before === undefined) delete process.env.XDG_DATA_HOME
      else process.env.XDG_DATA_HOME = before
      rmSync(folder, { recursive: true })
    }
  }))

/** A store that opens all the same is closed. */
function closing(open: Callable): Callable {
  return (...args: readonly unknown[]) => {
    const returned = Reflect.apply(open, undefined, args)
    if (!(returned instanceof Promise)) return returned
    return returned.then((opened) => (typeof opened?.close === 'function' ? opened.close() : opened))
  }
}

test('a callback of the host that throws ends a copy with INVALID_ARGUMENT, and a pass not at all', async () => {
  const error = await entryPoint
    .copyLog({ storage: 'memory:' }, { storage: 'memory:' }, { onProgress: 'none' as never })
    .catch((thrown) => thrown)
  assert.is(error.code, 'INVALID_ARGUMENT')
  await withStore({ storage: { provider: 'memory' } }, async (store) => {
    store.tracker.startSession({ videoKey: 'local:/a.mkv' }).end()
    await store.flush()
    assert.ok((await store.maintenance.verify({ onProgress: throwing })).ok)
    assert.is(store.diagnostics.snapshot().lastError?.message, 'from the host')
  })
})

test('events that are given as a list and not as pages are refused, and a list of pages is taken', () =>
  withStore({}, async ({ tracker, maintenance, flush }) => {
    tracker.startSession({ videoKey: 'local:/a.mkv' }).end()
    await flush()
    const pages = []
    for await (const page of maintenance.exportEvents()) pages.push(page)
    const held = pages.flat().length
    assert.ok(held >= 2)
    const importing = (events: unknown) => maintenance.importEvents(events as AsyncIterable<never>)
    for (const wrong of [pages.flat(), [undefined], 'text', [{}]]) {
      const error = await importing(wrong).then(
        () => null,
        (refused) => refused,
      )
      assert.is(error?.code, 'INVALID_ARGUMENT', JSON.stringify(wrong))
      assert.match(error.message, /events/)
    }
    assert.equal(await importing(pages), { appended: 0, present: held })
  }))

test.run()
