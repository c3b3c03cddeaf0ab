// The writer's thread dies again and again while a session is tracked into SQLite: nothing is lost, nothing is there
// twice, and queries are answered throughout.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSystemClock } from '../../src/events/clock.js'
import { checkConfig } from '../../src/store/config.js'
import { openStore } from '../../src/store/open-store.js'
import { accountOf, withFolder } from './with-store.js'

const test = suite('a worker that dies')

const ROUNDS = 12
const LINES_PER_ROUND = 200

test('a writer that ends between any two writes is started again, and all is written once', () =>
  withFolder(async (folder) => {
    const config = checkConfig({
      storage: {
        provider: new URL('../fixtures/dying-sqlite.js', import.meta.url).href,
        path: join(folder, 'immersion.sqlite'),
        diesAtWrite: 4,
      },
    })
    const store = await openStore(config, createSystemClock('UTC'))
    try {
      const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
      for (let round = 0; round < ROUNDS; round++) {
        for (let line = 0; line < LINES_PER_ROUND; line++) {
          session.line({ text: `行 ${round} ${line}`, chars: 2, words: 1 })
          if (line % 25 === 24) await new Promise((resolve) => setTimeout(resolve, 2))
        }
        await store.flush({ timeoutMs: 30_000 })
        const { asOfRevision } = await store.analytics.overview()
        assert.ok(asOfRevision > 0)
      }
      session.end()
      await store.flush({ timeoutMs: 30_000 })
      const { total } = await store.analytics.overview()
      const snapshot = store.diagnostics.snapshot()
      assert.is(total.measures.lines, ROUNDS * LINES_PER_ROUND)
      assert.is(total.measures.chars, 2 * ROUNDS * LINES_PER_ROUND)
      assert.ok(snapshot.workerRestarts >= 3, `${snapshot.workerRestarts} restarts`)
      assert.equal([snapshot.state, snapshot.setAside], ['ok', 0])
      assert.is(accountOf(snapshot).admitted, accountOf(snapshot).accounted)
      const report = await store.maintenance.verify()
      assert.equal([report.damage, report.missing], [[], []])
    } finally {
      await store.close()
    }
  }))

test.run()
