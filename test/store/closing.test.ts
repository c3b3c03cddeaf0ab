// How a store ends: what flush and close wait for, what they say when the database does not let them, and that nothing
// of it keeps a process alive or wakes it.

import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImmersionError } from '../../src/events/errors.js'
import type { DiagnosticsNotice } from '../../src/ports/diagnostics-types.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { until } from '../support/until.js'
import { accountOf, withFolder, withStore } from './with-store.js'

const test = suite('flush and close')

const FAULTY = new URL('../fixtures/faulty.js', import.meta.url).href

function playLines(store: ImmersionTrackingStore, lines: number) {
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (let line = 0; line < lines; line++) session.line({ text: `行 ${line}`, chars: 1, words: 1 })
  return session
}

async function errorOf(work: Promise<unknown>): Promise<ImmersionError | null> {
  return work.then(
    () => null,
    (error) => error,
  )
}

/** A store whose database hangs while the file is there. */
async function withStalled(work: (store: ImmersionTrackingStore, goOn: () => void) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const stalled = join(folder, 'stalled')
    const store = await openImmersionTrackingStore({
      storage: { provider: FAULTY, faults: [{ kind: 'hang', whileFile: stalled }] },
    })
    writeFileSync(stalled, '')
    try {
      await work(store, () => rmSync(stalled))
    } finally {
      await store.close({ timeoutMs: 0 }).catch(() => undefined)
    }
  })
}

test('close ends open sessions, writes everything that was admitted, and tells that it is closed', () =>
  withFolder(async (folder) => {
    const storage = { path: join(folder, 'immersion.sqlite') }
    const store = await openImmersionTrackingStore({ storage })
    const notices: DiagnosticsNotice[] = []
    let completed = false
    store.diagnostics.notices.subscribe({ next: (notice) => notices.push(notice), complete: () => (completed = true) })
    const session = playLines(store, 900)
    await store.close()
    const { acknowledged, admitted, state } = store.diagnostics.snapshot()
    assert.equal([acknowledged, state, completed, session.isOpen], [admitted, 'closed', true, false])
    assert.equal(notices.at(-1), { kind: 'state', state: 'closed' })

    const again = await openImmersionTrackingStore({ storage })
    try {
      const { sessions } = await again.analytics.sessions()
      assert.equal([sessions[0]?.status, sessions[0]?.measures.lines], ['ended', 900])
    } finally {
      await again.close()
    }
  }))

test('after close every promise is STORE_CLOSED, and the calls of the tracker do nothing but be counted', () =>
  withStore({}, async (store) => {
    const session = playLines(store, 1)
    await store.close()
    session.line({ text: 'late' })
    store.tracker.startSession({ videoKey: 'local:/b.mkv' }).line({ text: 'later' })
    const asked = [
      store.flush(),
      store.analytics.overview(),
      store.events({ after: 0 }),
      store.maintenance.verify(),
      store.maintenance.rebuild(),
      store.maintenance.rebuild({ fromLog: true }),
      store.maintenance.settings(),
      store.maintenance.stats(),
      store.maintenance.exportEvents()[Symbol.asyncIterator]().next(),
    ]
    for (const answer of asked) assert.is((await errorOf(answer))?.code, 'STORE_CLOSED')
    const snapshot = store.diagnostics.snapshot()
    assert.is(accountOf(snapshot).admitted, accountOf(snapshot).accounted)
    assert.is(snapshot.state, 'closed')
  }))

test('flush of a database that stands still says how much was left, and a later one succeeds', () =>
  withStalled(async (store, goOn) => {
    playLines(store, 30)
    const error = await errorOf(store.flush({ timeoutMs: 100 }))
    assert.is(error?.code, 'CLOSE_TIMEOUT')
    assert.is(Number(error?.details.waiting) + Number(error?.details.inFlight), 31)
    goOn()
    await store.flush()
    assert.is(store.diagnostics.snapshot().acknowledged, 31)
  }))

test('close of a database that stands still is bounded, says what was left once, and is idempotent', () =>
  withStalled(async (store) => {
    playLines(store, 30)
    const startedMs = performance.now()
    const closings = [store.close({ timeoutMs: 100 }), store.close(), store.close()]
    const [first, ...others] = await Promise.all(closings.map(errorOf))
    assert.is(first?.code, 'CLOSE_TIMEOUT')
    assert.equal(others, [null, null])
    assert.is(await errorOf(store.close()), null)
    assert.ok(performance.now() - startedMs < 5000)
    const { lastError, state } = store.diagnostics.snapshot()
    assert.equal([lastError?.code, state], ['CLOSE_TIMEOUT', 'closed'])
  }))

test('a timeout that no timer can wait for is refused, and costs nothing of what waits', () =>
  withStore({}, async (store) => {
    const session = playLines(store, 3)
    for (const timeoutMs of [-1, 0.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
      assert.is((await errorOf(store.flush({ timeoutMs })))?.code, 'INVALID_ARGUMENT', `flush ${timeoutMs}`)
      assert.is((await errorOf(store.close({ timeoutMs })))?.code, 'INVALID_ARGUMENT', `close ${timeoutMs}`)
    }
    assert.is(session.isOpen, true)
    await store.flush({ timeoutMs: 2 ** 31 - 1 })
    assert.is((await store.analytics.overview()).total.measures.lines, 3)
  }))

test('a session that ends flushes within half a second by itself', () =>
  withStore({}, async (store) => {
    playLines(store, 3).end()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const { acknowledged, admitted } = store.diagnostics.snapshot()
    assert.is(acknowledged, admitted)
  }))

test('a program that forgets to close still writes what waits, and ends by itself', () =>
  withFolder(async (folder) => {
    const host = fileURLToPath(new URL('../fixtures/host-without-close.js', import.meta.url))
    const path = join(folder, 'immersion.sqlite')
    for (const way of ['at once', 'queried', 'flushed']) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [host, path, way], { timeout: 20_000 })
      assert.equal([status, String(stdout), String(stderr)], [0, '', ''], way)
    }
    const store = await openImmersionTrackingStore({ storage: { path } })
    try {
      assert.is((await store.analytics.overview()).total.measures.lines, 9)
    } finally {
      await store.close()
    }
  }))

test('a program given by -e can open a store too, and nothing is printed', () =>
  withFolder(async (folder) => {
    const entryPoint = new URL('../../src/immersion-log.js', import.meta.url).href
    const program = `
      import { openImmersionTrackingStore } from '${entryPoint}'
      const store = await openImmersionTrackingStore({ storage: { path: '${join(folder, 'immersion.sqlite')}' } })
      store.tracker.startSession({ videoKey: 'local:/a.mkv' }).line({ text: 'a' })
      await store.close()`
    const args = ['--input-type=module', '-e', program]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { timeout: 20_000 })
    assert.equal([status, String(stdout), String(stderr)], [0, '', ''])
  }))

test('other settings than the stored ones are a warning, and the stored ones count', () =>
  withFolder(async (folder) => {
    const storage = { path: join(folder, 'immersion.sqlite') }
    for (const dayStartsAtHour of [4, 6]) {
      const store = await openImmersionTrackingStore({ storage, settings: { dayStartsAtHour } })
      try {
        assert.equal((await store.maintenance.settings()).dayStartsAtHour, 4)
        const { warnings } = store.diagnostics.snapshot()
        assert.is(warnings.length, dayStartsAtHour === 4 ? 0 : 1)
        if (dayStartsAtHour === 6) assert.match(warnings[0] ?? '', /is 6 in the configuration and 4 in profile default/)
      } finally {
        await store.close()
      }
    }
  }))

test('while nothing is tracked, no timer runs and nothing keeps the process awake', () =>
  withStore({}, async (store) => {
    playLines(store, 30).end()
    await store.flush()
    await store.analytics.overview()
    // The pipes of this process may be there; a timer or a referenced port may not, once the reader has started.
    const awake = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout' || kind === 'MessagePort')
    await until('no timer runs and no port keeps the process awake', () => awake().length === 0)
  }))

test.run()
