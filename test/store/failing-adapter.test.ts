// A database that fails in every way that can be scripted, behind the worker: nothing of it reaches the caller, nothing
// is lost or counted twice, and diagnostics tells of it.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import type { Fault } from '../support/faults.js'
import { accountOf, until, withFolder } from './with-store.js'

const test = suite('a failing database')

const FAULTY = new URL('../fixtures/faulty.js', import.meta.url).href

/** Opening a new log writes once: the list of projections that are folded up to it. */
const WRITES_OF_OPENING = 1

async function withFaults<T>(
  faults: readonly Fault[],
  work: (store: ImmersionTrackingStore) => Promise<T>,
  stuckAfterMs = 60_000,
): Promise<T> {
  const store = await openImmersionTrackingStore({
    storage: { provider: FAULTY, faults: faults.map((fault) => ({ afterCalls: WRITES_OF_OPENING, ...fault })) },
    worker: { stuckAfterMs },
    tz: 'UTC',
  })
  try {
    return await work(store)
  } finally {
    await store.close({ timeoutMs: 500 }).catch(() => undefined)
  }
}

/** A session of forty lines, recorded by a player that must not notice anything. */
function play(
  store: ImmersionTrackingStore,
  texts: readonly string[] = Array.from({ length: 40 }, (_, i) => `line ${i}`),
) {
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'en' })
  for (const text of texts) session.line({ text, chars: 5, words: 2 })
  session.lookup({ term: 'line', hit: true })
  session.end()
}

/** Everything that was played is there once, and the rows agree with the log. */
async function assertComplete(store: ImmersionTrackingStore, sessions = 1): Promise<void> {
  const { total } = await store.analytics.overview()
  const { lines, chars, lookups } = total.measures
  assert.equal([total.measures.sessions, lines, chars, lookups], [sessions, 40 * sessions, 200 * sessions, sessions])
  const report = await store.maintenance.verify()
  assert.equal(report.damage, [])
  const { admitted, accounted } = accountOf(store.diagnostics.snapshot())
  assert.is(admitted, accounted)
}

const PASSING: readonly (readonly [name: string, fault: Fault])[] = [
  ['throws that it is busy', { kind: 'throw', code: 'STORAGE_BUSY', times: 3 }],
  ['throws that it is full', { kind: 'throw', code: 'STORAGE_FULL', times: 3 }],
  ['throws a code that nobody knows', { kind: 'throw', code: 'ORA-00942', times: 3 }],
  ['throws what is no error of ours', { kind: 'foreign', times: 3 }],
  ['throws what its own queue would say', { kind: 'throw', code: 'QUEUE_FULL', times: 3 }],
  ['fails after half of its rows', { kind: 'half-write', rows: 7, times: 3 }],
  ['commits and fails to say so', { kind: 'lost-answer', code: 'STORAGE_UNAVAILABLE', times: 3 }],
  ['says that it is stale when it is not', { kind: 'stale', times: 2 }],
  ['answers nonsense', { kind: 'nonsense', times: 3 }],
]

for (const [name, fault] of PASSING) {
  test(`a database that ${name} loses nothing, and the caller hears nothing`, () =>
    withFaults([fault], async (store) => {
      play(store)
      await store.flush({ timeoutMs: 20_000 })
      await assertComplete(store)
      const { state, setAside } = store.diagnostics.snapshot()
      assert.equal([state, setAside], ['ok', 0])
    }))
}

test('while it fails, diagnostics says so, the tracker takes more, and all is written once it works again', () =>
  withFolder((folder) => {
    const broken = join(folder, 'broken')
    writeFileSync(broken, '')
    return withFaults([{ kind: 'throw', code: 'STORAGE_UNAVAILABLE', whileFile: broken }], async (store) => {
      play(store)
      await until('it is retrying', () => store.diagnostics.snapshot().state === 'retrying')
      play(store)
      const during = store.diagnostics.snapshot()
      assert.is(during.lastError?.code, 'STORAGE_UNAVAILABLE')
      assert.is(during.acknowledged, 0)
      rmSync(broken)
      await store.flush()
      await assertComplete(store, 2)
      assert.is(store.diagnostics.snapshot().state, 'ok')
      assert.ok(store.diagnostics.snapshot().retries > 0)
    })
  }))

test('a write that hangs ends its thread; what the new thread finds is written again', () =>
  withFaults(
    // The log of this adapter lives in its thread, so the new one begins empty: nothing was acknowledged before.
    [{ kind: 'hang', times: 1 }],
    async (store) => {
      play(store)
      await until('the thread was ended', () => store.diagnostics.snapshot().retries > 0)
      const { lastError, state } = store.diagnostics.snapshot()
      assert.is(lastError?.code, 'WORKER_FAILED')
      assert.is(state, 'retrying')
      assert.is(accountOf(store.diagnostics.snapshot()).admitted, accountOf(store.diagnostics.snapshot()).accounted)
    },
    200,
  ))

test('a driver that ends its thread does not end the host', () =>
  withFolder((folder) => {
    const broken = join(folder, 'broken')
    writeFileSync(broken, '')
    return withFaults([{ kind: 'exit', whileFile: broken }], async (store) => {
      play(store)
      await until('the worker was started again', () => store.diagnostics.snapshot().workerRestarts > 0)
      rmSync(broken)
      await store.flush()
      await assertComplete(store)
    })
  }))

test('a poison event is set aside with its error, its measures are kept, and it blocks nothing', () =>
  withFaults([{ kind: 'refuse-event', payloadHas: 'poison' }], async (store) => {
    play(store, [
      ...Array.from({ length: 20 }, (_, i) => `line ${i}`),
      'poison',
      ...Array.from({ length: 19 }, (_, i) => `l ${i}`),
    ])
    await store.flush()
    const { setAside, setAsideEvents, state } = store.diagnostics.snapshot()
    assert.equal([setAside, state], [1, 'ok'])
    assert.is(setAsideEvents[0]?.event.payload?.text, 'poison')
    assert.is(setAsideEvents[0]?.error.code, 'EVENT_REFUSED')
    assert.is(setAsideEvents[0]?.recordedWithoutPayload, true)
    await assertComplete(store)
  }))

test('a start whose payload is refused leaves a session without a video: it stands in no row, and all the rest answers', () =>
  withFaults([{ kind: 'refuse-event', payloadHas: 'poison' }], async (store) => {
    const nameless = store.tracker.startSession({ videoKey: 'local:/poison.mkv', targetLanguage: 'en' })
    nameless.line({ text: 'heard', chars: 5, words: 1 })
    nameless.end()
    play(store)
    await store.flush()
    await assertComplete(store)
    const { sessions } = await store.analytics.sessions()
    assert.equal(
      sessions.map(({ videoKey }) => videoKey),
      ['local:/a.mkv'],
    )
    const error = await store.analytics.session(nameless.sessionId).catch((thrown) => thrown)
    assert.is(error.code, 'UNKNOWN_SESSION')
    const { changed, ledgersIncomplete } = await store.maintenance.rebuild({ fromLog: true })
    assert.ok(Object.values(changed).every(({ added, removed, corrected }) => added + removed + corrected === 0))
    assert.is(ledgersIncomplete, 0)
  }))

test('a payload that cannot cross a thread is set aside like one that the database refuses', () =>
  withFaults([], async (store) => {
    const session = store.tracker.startSession({ videoKey: 'local:/a.mkv' })
    session.record('x.mine', { callback: () => 1 }, { cards: 2 })
    session.line({ text: 'after', chars: 5, words: 1 })
    session.end()
    await store.flush()
    const { total } = await store.analytics.overview()
    const { setAside, invalidCalls } = store.diagnostics.snapshot()
    assert.is(total.measures.lines, 1)
    assert.is(setAside + invalidCalls, 1)
  }))

test('a reader that fails is an error of the query, and of nothing else', () =>
  withFaults(
    [{ kind: 'throw', calls: ['read'], code: 'STORAGE_CORRUPT', afterCalls: 50, times: 1000 }],
    async (store) => {
      play(store)
      await store.flush()
      let codes: unknown[] = []
      for (let query = 0; query < 60 && codes.length === 0; query++) {
        codes = await store.analytics.overview().then(
          () => [],
          (error) => [error.code],
        )
      }
      assert.equal(codes, ['STORAGE_CORRUPT'])
      play(store)
      await store.flush()
      assert.is(store.diagnostics.snapshot().state, 'ok')
    },
  ))

test('a log that cannot be opened is one error', async () => {
  const faults: readonly Fault[] = [{ kind: 'throw', calls: ['openProfile'], code: 'STORAGE_UNAVAILABLE' }]
  await openImmersionTrackingStore({ storage: { provider: FAULTY, faults } }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'STORAGE_UNAVAILABLE'),
  )
})

test.run()
