// The boundary to the worker's threads: who answers what, what crosses, and what becomes of a thread that dies, hangs
// or cannot be opened. The engine behind it is scripted.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineClient } from '../../src/engine/engine-client.js'
import { ImmersionError } from '../../src/events/errors.js'
import type { TrackingEvent } from '../../src/events/types.js'
import { openWorkerClient } from '../../src/worker/worker-client.js'
import { line } from '../pipeline/events.js'
import { until } from '../support/until.js'

const test = suite('worker client')

interface Opened {
  readonly client: EngineClient
  readonly restarts: unknown[]
  readonly failures: unknown[]
  /** What the scripted engines noted, line by line. */
  notes(): string[]
}

async function withClient(
  storage: Record<string, unknown>,
  work: (opened: Opened) => Promise<void>,
  stuckAfterMs?: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-worker-'))
  const file = join(folder, 'notes')
  const restarts: unknown[] = []
  const failures: unknown[] = []
  try {
    const client = await openWorkerClient({
      spec: {
        profile: 'default',
        settings: { dayStartsAtHour: 4 },
        provider: 'memory',
        storage: { ...storage, file },
        projections: [],
      },
      path: new URL('../fixtures/scripted-worker.js', import.meta.url).href,
      stuckAfterMs,
      onRestarted: (error) => restarts.push(error),
      onFailed: (error) => failures.push(error),
    })
    try {
      await work({ client, restarts, failures, notes: () => readFileSync(file, 'utf8').trim().split('\n') })
    } finally {
      await client.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function answeredBy(client: EngineClient): Promise<unknown> {
  return ((await client.analyze('overview')) as unknown as Record<string, unknown>).role
}

async function readerAnswers(client: EngineClient): Promise<void> {
  await until('a reader answers', async () => (await answeredBy(client)) === 'reader')
}

function versioned(...events: TrackingEvent[]) {
  return events.map((event, index) => ({ event, version: index + 1 }))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'resolved'
  } catch (error) {
    assert.instance(error, ImmersionError)
    return (error as ImmersionError).code
  }
}

test('batches are appended in the order in which they were sent, and answered each', () =>
  withClient({}, async ({ client, notes }) => {
    const answers = await Promise.all([
      client.appendTracked(versioned(line('a'), line('b'))),
      client.appendTracked([{ event: line('c'), version: 3 }]),
    ])
    assert.equal(
      answers.map(({ position }) => position),
      [2, 3],
    )
    assert.equal(notes(), ['open writer', 'append 1,2', 'append 3'])
  }))

test('an error comes back with its code, its details and its hint', () =>
  withClient({}, async ({ client }) => {
    try {
      await client.appendTracked(versioned(line('busy')))
      assert.unreachable()
    } catch (error) {
      assert.instance(error, ImmersionError)
      assert.is((error as ImmersionError).code, 'STORAGE_BUSY')
      assert.equal((error as ImmersionError).details, { text: 'busy' })
    }
  }))

test('a defect of the engine comes back as INTERNAL, with the stack of the thread', () =>
  withClient({}, async ({ client }) => {
    const error = await client.appendTracked(versioned(line('defect'))).catch((thrown) => thrown)
    assert.equal([error.code, error.message], ['INTERNAL', 'scripted: a defect'])
    assert.match(error.toJSON().stack, 'scripted-worker')
  }))

test('arguments that cannot cross a thread are INVALID_ARGUMENT', () =>
  withClient({}, async ({ client }) => {
    const query = { language: () => 1 } as never
    assert.is(await codeOf(client.analyze('overview', query)), 'INVALID_ARGUMENT')
  }))

test('a log that cannot be opened is one error with its code and hint, and leaves no thread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-worker-'))
  try {
    const opening = withClient({ openFails: true }, async () => assert.unreachable())
    await opening.then(
      () => assert.unreachable(),
      (error) => {
        assert.is(error.code, 'STORAGE_UNAVAILABLE')
        assert.is(error.hint, 'ask the script')
      },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an entry file that is missing is WORKER_FAILED and says where to set it', async () => {
  const opening = openWorkerClient({
    spec: { profile: 'p', settings: { dayStartsAtHour: 4 }, provider: 'memory', storage: {}, projections: [] },
    path: join(tmpdir(), 'no-such-worker.js'),
    onRestarted: () => {},
    onFailed: () => {},
  })
  try {
    await opening
    assert.unreachable()
  } catch (error) {
    assert.instance(error, ImmersionError)
    assert.is((error as ImmersionError).code, 'WORKER_FAILED')
    assert.match((error as ImmersionError).hint, /worker\.path/)
  }
})

test('reads are answered by a reader, passes by a thread of their own that ends with them', () =>
  withClient({ shared: true }, async ({ client, notes }) => {
    const progress: unknown[] = []
    await readerAnswers(client)
    const answer = (await client.analyze('overview', { language: 'ja' })) as unknown as Record<string, unknown>
    assert.equal([answer.role, answer.query, answer.args], ['reader', 'overview', [{ language: 'ja' }]])
    const report = await client.verify({ onProgress: (step) => progress.push(step) })
    assert.is(report.ok, true)
    assert.equal(progress, [
      { done: 1, total: 2 },
      { done: 2, total: 2 },
    ])
    assert.equal(notes(), ['open writer', 'open reader', 'open pass', 'close pass'])
  }))

test('until the reader has started, a writer that has nothing to do answers', () =>
  withClient({ shared: true }, async ({ client }) => {
    assert.is(await answeredBy(client), 'writer')
  }))

test('a writer that is at work gets no query: the first query waits for the reader', () =>
  withClient({ shared: true }, async ({ client }) => {
    const hanging = codeOf(client.appendTracked(versioned(line('hang'))))
    await new Promise((resolve) => setImmediate(resolve))
    assert.is(await answeredBy(client), 'reader')
    await client.close(true)
    assert.is(await hanging, 'WORKER_FAILED')
  }))

test('where an adapter cannot be opened twice, the writer answers everything', () =>
  withClient({ shared: false }, async ({ client, notes }) => {
    const answer = (await client.analyze('overview')) as unknown as Record<string, unknown>
    assert.is(answer.role, 'writer')
    assert.is((await client.verify()).ok, false)
    assert.equal(notes(), ['open writer'])
  }))

test('an export walks all pages and ends its thread, also when it is left half way', () =>
  withClient({ shared: true }, async ({ client, notes }) => {
    let count = 0
    for await (const page of client.exportPages()) count += page.length
    assert.is(count, 2500)
    for await (const page of client.exportPages()) {
      assert.is(page.length, 1000)
      break
    }
    assert.equal(
      notes().filter((note) => note.endsWith('pass')),
      ['open pass', 'close pass', 'open pass', 'close pass'],
    )
  }))

test('a writer that exits rejects what it had, and the next batch starts another', () =>
  withClient({}, async ({ client, restarts, notes }) => {
    const lost = client.appendTracked(versioned(line('exit')))
    const behind = client.appendTracked([{ event: line('b'), version: 2 }])
    assert.equal(await Promise.all([codeOf(lost), codeOf(behind)]), ['WORKER_FAILED', 'WORKER_FAILED'])
    await client.appendTracked([{ event: line('b'), version: 2 }])
    assert.is(restarts.length, 1)
    assert.equal(notes(), ['open writer', 'append 1', 'open writer', 'append 2'])
  }))

test('a writer in which something is thrown where nobody catches is started again, and its reason is kept', () =>
  withClient({}, async ({ client, restarts }) => {
    assert.is(await codeOf(client.appendTracked(versioned(line('throw')))), 'WORKER_FAILED')
    await client.appendTracked(versioned(line('a')))
    assert.match(String(restarts[0]), /outside of any call/)
  }))

test('a writer that does not answer is ended and started again', () =>
  withClient(
    {},
    async ({ client, restarts }) => {
      assert.is(await codeOf(client.appendTracked(versioned(line('hang')))), 'WORKER_FAILED')
      await client.appendTracked(versioned(line('a')))
      assert.match(String(restarts[0]), /not answered for 100 ms/)
    },
    100,
  ))

test('a reader that dies is started again and asked again, once', () =>
  withClient({ shared: true }, async ({ client, notes }) => {
    await readerAnswers(client)
    assert.is(await codeOf(client.events({ after: 13, limit: 1 })), 'WORKER_FAILED')
    assert.is((await client.events({ after: 0, limit: 1 })).lastPosition, 0)
    assert.is(notes().filter((note) => note === 'open reader').length, 3)
  }))

test('a writer that cannot be opened again is reported after five tries', () =>
  withClient({ openFails: 'reopen' }, async ({ client, failures }) => {
    assert.is(await codeOf(client.appendTracked(versioned(line('exit')))), 'WORKER_FAILED')
    for (let attempt = 1; attempt <= 5; attempt++) {
      assert.is(failures.length, 0)
      assert.is(await codeOf(client.appendTracked(versioned(line('a')))), 'STORAGE_UNAVAILABLE')
    }
    assert.is(failures.length, 1)
  }))

test('an event that cannot cross a thread is refused by name, whichever part of it cannot', () =>
  withClient({}, async ({ client }) => {
    // A function, which no type allows: what a host's getter could answer.
    const run: unknown = () => 1
    for (const part of [{ payload: { mine: run } }, { measures: { chars: run } }, { countIn: run }]) {
      const event = { ...line('b'), ...part } as TrackingEvent
      try {
        await client.appendTracked(versioned(line('a'), event))
        assert.unreachable()
      } catch (error) {
        assert.instance(error, ImmersionError)
        const { code, details } = error as ImmersionError
        assert.equal([code, details.streamId, details.version], ['EVENT_REFUSED', event.streamId, 2])
      }
    }
  }))

test('close ends the threads, the writer last, is idempotent, and everything after it is STORE_CLOSED', () =>
  withClient({ shared: true }, async ({ client, notes }) => {
    await readerAnswers(client)
    await Promise.all([client.close(), client.close()])
    assert.equal(notes().slice(2), ['close reader', 'close writer'])
    assert.is(await codeOf(client.appendTracked(versioned(line()))), 'STORE_CLOSED')
    assert.is(await codeOf(client.analyze('overview')), 'STORE_CLOSED')
  }))

test('close of a thread that hangs ends it all the same', () =>
  withClient({}, async ({ client }) => {
    const hanging = codeOf(client.appendTracked(versioned(line('hang'))))
    const startedAtMs = performance.now()
    await client.close()
    assert.is(await hanging, 'WORKER_FAILED')
    assert.ok(performance.now() - startedAtMs < 10_000)
  }))

test.run()
