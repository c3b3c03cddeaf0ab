// A program registers a projection of its own: lines per language and weekday. Its rows are made with those of the
// product, survive programs that do not know it, and are rebuilt like them.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { withFolder } from './with-store.js'

const test = suite('a projection of a program')

const PROJECTION = new URL('../fixtures/lines-by-weekday.js', import.meta.url)

async function watch(store: ImmersionTrackingStore, targetLanguage: string, lines: number): Promise<void> {
  const session = store.tracker.startSession({ videoKey: `local:/${targetLanguage}.mkv`, targetLanguage })
  for (let line = 1; line <= lines; line++) session.line({ text: `${line}`, chars: 1, words: 1 })
  session.end()
  await store.flush()
}

async function linesByLanguage(store: ImmersionTrackingStore): Promise<Record<string, number>> {
  const { rows } = await store.analytics.rows({ projection: 'lines_by_weekday@1', groupBy: ['language'] })
  return Object.fromEntries(rows.map(({ key, measures }) => [String(key.language), measures.lines]))
}

test('its rows stand beside those of the product, per language and weekday', () =>
  withFolder(async (folder) => {
    const storage = { path: join(folder, 'immersion.sqlite') }
    const store = await openImmersionTrackingStore({ storage, projections: [PROJECTION], tz: 'UTC' })
    try {
      await watch(store, 'ja', 3)
      await watch(store, 'en', 2)
      assert.equal(await linesByLanguage(store), { en: 2, ja: 3 })
      const { rows } = await store.analytics.rows({ projection: 'lines_by_weekday@1' })
      for (const { key } of rows) assert.ok(Number(key.weekday) >= 1 && Number(key.weekday) <= 7)
      assert.is((await store.maintenance.verify()).ok, true)
    } finally {
      await store.close()
    }
  }))

test('it is rebuilt for what a program wrote that does not know it', () =>
  withFolder(async (folder) => {
    const storage = { path: join(folder, 'immersion.sqlite') }
    const knowing = await openImmersionTrackingStore({ storage, projections: [PROJECTION] })
    try {
      await watch(knowing, 'ja', 3)
      const unknowing = await openImmersionTrackingStore({ storage })
      try {
        await watch(unknowing, 'ja', 4)
      } finally {
        await unknowing.close()
      }
      // The first program is still open, and finds its projection left behind.
      assert.equal(await linesByLanguage(knowing), { ja: 7 })
      await watch(knowing, 'ja', 1)
      assert.equal(await linesByLanguage(knowing), { ja: 8 })
    } finally {
      await knowing.close()
    }
  }))

test('one that is registered on a log that exists is there at once', () =>
  withFolder(async (folder) => {
    const storage = { path: join(folder, 'immersion.sqlite') }
    const before = await openImmersionTrackingStore({ storage })
    await watch(before, 'ko', 5)
    await before.close()
    const store = await openImmersionTrackingStore({ storage, projections: [PROJECTION] })
    try {
      assert.equal(await linesByLanguage(store), { ko: 5 })
      const { changed } = await store.maintenance.rebuild({ projection: 'lines_by_weekday@1' })
      assert.equal(changed['lines_by_weekday@1'], { added: 0, removed: 0, corrected: 0 })
    } finally {
      await store.close()
    }
  }))

test('a module that is not there or exports none is one clear error at open', () =>
  withFolder(async (folder) => {
    const storage = { path: join(folder, 'immersion.sqlite') }
    for (const url of ['file:///no/such/module.js', new URL('./with-store.js', import.meta.url)]) {
      await openImmersionTrackingStore({ storage, projections: [url] }).then(
        () => assert.unreachable(),
        (error) => {
          assert.is(error.code, 'UNKNOWN_PROJECTION')
          assert.ok(error.hint.length > 0)
        },
      )
    }
  }))

test.run()
