// Another process holds the database's lock: writes wait behind the worker, and queries do not wait behind writes.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { accountOf, until, withStore } from './with-store.js'

const test = suite('a locked database')

/** SQLite waits this long for the lock; a query that waited behind a write would wait as long. */
const BUSY_TIMEOUT_MS = 2500

function playLines(store: ImmersionTrackingStore, lines: number) {
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (let line = 0; line < lines; line++) session.line({ text: `行 ${line}`, chars: 1, words: 1 })
  return session
}

test('queries are answered while a write waits for the lock, and what waited is written after it', () =>
  withStore({}, async (store, folder) => {
    playLines(store, 10).end()
    await store.flush()
    await store.analytics.overview()
    const other = new Database(join(folder, 'immersion.sqlite'))
    try {
      other.exec('begin immediate')
      playLines(store, 100).end()
      await until('a write is under way', () => store.diagnostics.snapshot().inFlight > 0)
      const askedMs = performance.now()
      const { total } = await store.analytics.overview()
      assert.is(total.measures.lines, 10)
      assert.ok(performance.now() - askedMs < BUSY_TIMEOUT_MS / 2, 'the answer came while the write waited')
      assert.ok(store.diagnostics.snapshot().inFlight > 0)

      await until('the lock is reported', () => store.diagnostics.snapshot().lastError?.code === 'STORAGE_BUSY')
      assert.is(store.diagnostics.snapshot().state, 'retrying')
    } finally {
      other.close()
    }
    await store.flush()
    const snapshot = store.diagnostics.snapshot()
    assert.is((await store.analytics.overview()).total.measures.lines, 110)
    assert.equal([snapshot.state, snapshot.setAside], ['ok', 0])
    assert.is(accountOf(snapshot).admitted, accountOf(snapshot).accounted)
  }))

test('a lock that is held for longer than every retry loses nothing, and nothing is suspected of it', () =>
  withStore({ queue: { maxEvents: 100 } }, async (store, folder) => {
    const other = new Database(join(folder, 'immersion.sqlite'))
    try {
      other.exec('begin immediate')
      playLines(store, 2000).end()
      await until('it was tried twice', () => store.diagnostics.snapshot().retries > 1, 30_000)
    } finally {
      other.close()
    }
    await store.flush()
    const { summarized, dropped, setAside } = store.diagnostics.snapshot()
    assert.ok(summarized > 1800)
    assert.equal([dropped, setAside], [0, 0])
    assert.is((await store.analytics.overview()).total.measures.lines, 2000)
    assert.is((await store.maintenance.verify()).ok, true)
  }))

test('a writer that is stuck in the lock for too long is given up, not ended, and the host lives on', () =>
  withStore({ worker: { stuckAfterMs: 300 } }, async (store, folder) => {
    const other = new Database(join(folder, 'immersion.sqlite'))
    try {
      other.exec('begin immediate')
      playLines(store, 100).end()
      await until('the thread is given up', () => store.diagnostics.snapshot().lastError?.code === 'WORKER_FAILED')
      // Long enough for its call to fail: that is when a thread that was ended within it takes the process along.
      await new Promise((resolve) => setTimeout(resolve, BUSY_TIMEOUT_MS + 500))
    } finally {
      other.close()
    }
    await store.flush({ timeoutMs: 30_000 })
    assert.is((await store.analytics.overview()).total.measures.lines, 100)
    assert.is((await store.maintenance.verify()).ok, true)
  }))

test('a host that exits while a write waits for the lock exits as it meant to, and prints nothing', () =>
  withStore({}, async (_store, folder) => {
    const path = join(folder, 'immersion.sqlite')
    const other = new Database(path)
    try {
      other.exec('begin immediate')
      const host = fileURLToPath(new URL('../fixtures/host-without-close.js', import.meta.url))
      const { status, stdout, stderr } = spawnSync(process.execPath, [host, path, 'exits'], { timeout: 20_000 })
      assert.equal([status, String(stdout), String(stderr)], [7, '', ''])
    } finally {
      other.close()
    }
  }))

test.run()
