// A database file that is removed, moved or replaced while a store has it open. Nothing is acknowledged into a file that its
// path no longer names; what waits is written as soon as there is a file again.

import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { backUp, type ImmersionTrackingStore, openImmersionTrackingStore } from '../../src/immersion-log.js'
import { until } from '../support/until.js'
import { withFolder } from './with-store.js'

const test = suite('a database file that is replaced')
const PARTS = ['', '-wal', '-shm']

for (const inline of [false, true]) {
  const where = inline ? 'inline' : 'in a worker'

  const watching = (
    work: (opened: { store: ImmersionTrackingStore; file: string; watch: (lines: number) => void }) => Promise<void>,
    storage: object = {},
  ): Promise<void> =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'log'))
      const file = join(folder, 'log', 'log.sqlite')
      const store = await openImmersionTrackingStore({ storage: { path: file, ...storage }, worker: { inline } })
      const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
      let count = 0
      const watch = (lines: number): void => {
        for (let line = 0; line < lines; line++) session.line({ text: `行 ${count++}`, chars: 2, words: 1 })
      }
      watch(10)
      await store.flush()
      try {
        await work({ store, file, watch })
      } finally {
        await store.close().catch(() => {})
      }
    })

  const linesOf = async (store: ImmersionTrackingStore): Promise<number> =>
    (await store.analytics.overview()).total.measures.lines

  const reported = async (store: ImmersionTrackingStore): Promise<number> => {
    await until('the fault is reported', () => store.diagnostics.snapshot().lastError?.code === 'STORAGE_REPLACED')
    assert.is(store.diagnostics.snapshot().state, 'retrying')
    return store.diagnostics.snapshot().acknowledged
  }

  test(`removed, ${where}: nothing is acknowledged, no file is made, and writing goes on once it is back`, () =>
    watching(async ({ store, file, watch }) => {
      const aside = `${file}.aside`
      for (const part of PARTS) renameSync(file + part, aside + part)
      watch(5)
      const acknowledged = await reported(store)
      await new Promise((resolve) => setTimeout(resolve, 700))
      assert.is(store.diagnostics.snapshot().acknowledged, acknowledged)
      assert.not(existsSync(file))
      for (const part of PARTS) if (existsSync(aside + part)) renameSync(aside + part, file + part)
      await store.flush()
      assert.is(await linesOf(store), 15)
      assert.is(store.diagnostics.snapshot().state, 'ok')
      assert.equal(store.diagnostics.snapshot().setAside, 0)
      assert.ok((await store.maintenance.verify()).ok)
    }))

  test(`replaced by an older copy, ${where}: writing and reading go on in the copy`, () =>
    watching(async ({ store, file, watch }) => {
      const copy = `${file}.copy`
      await backUp({ storage: { path: file } }, copy)
      watch(3)
      await store.flush()
      assert.is(await linesOf(store), 13)
      for (const part of ['-wal', '-shm']) rmSync(file + part)
      renameSync(copy, file)
      assert.is(await linesOf(store).catch(() => linesOf(store)), 10, 'what the copy holds')
      watch(4)
      await store.flush()
      assert.is(await linesOf(store), 14)
      assert.is(store.diagnostics.snapshot().state, 'ok')
    }))

  for (const part of ['-wal', '-shm']) {
    test(`its ${part} removed, ${where}: nothing that was recorded is lost`, () =>
      watching(async ({ store, file, watch }) => {
        rmSync(file + part)
        watch(5)
        await store.flush()
        assert.is(await linesOf(store), 15)
        // What another program would find there, were this one killed now.
        const copy = `${file}.copy`
        for (const name of ['', '-wal']) if (existsSync(file + name)) copyFileSync(file + name, copy + name)
        const again = await openImmersionTrackingStore({ storage: { path: copy }, worker: { inline: true } })
        assert.is(await linesOf(again), 15)
        assert.ok((await again.maintenance.verify()).ok)
        await again.close()
      }))
  }

  test(`removed with whenRemoved: 'create', ${where}: a new file is made`, () =>
    watching(
      async ({ store, file, watch }) => {
        for (const part of PARTS) rmSync(file + part)
        watch(5)
        await store.flush()
        assert.ok(existsSync(file))
        assert.is(await linesOf(store), 0, 'of what title they are was recorded in the file that is gone')
        const next = store.tracker.startSession({ videoKey: 'local:/b.mkv', targetLanguage: 'ja' })
        next.line({ text: '次', chars: 1, words: 1 })
        await store.flush()
        assert.is(await linesOf(store), 1)
      },
      { whenRemoved: 'create' },
    ))
}

test.run()
