// Where a program is bundled, the worker's entry file is not beside the store: it is named, as a path or as a URL.

import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'

const test = suite('worker.path')

const WORKER = new URL('../../src/worker/worker.js', import.meta.url)

test('the file of the worker can be named by its path or by its URL', async () => {
  for (const path of [fileURLToPath(WORKER), WORKER.href]) {
    const store = await openImmersionTrackingStore({ storage: { provider: 'memory' }, worker: { path } })
    try {
      store.tracker.startSession({ videoKey: 'local:/a.mkv' }).line({ text: 'a', chars: 1, words: 1 })
      await store.flush()
      assert.is((await store.analytics.overview()).total.measures.lines, 1)
    } finally {
      await store.close()
    }
  }
})

test('a file that is not there is one error, which says what to set', async () => {
  const path = fileURLToPath(new URL('nowhere.js', WORKER))
  const error = await openImmersionTrackingStore({ storage: { provider: 'memory' }, worker: { path } }).catch(
    (thrown) => thrown,
  )
  assert.is(error.code, 'WORKER_FAILED')
  assert.match(error.hint, 'worker.path')
})

test.run()
