// Logs of other versions as sources: one of an older version is read through a migrated copy and stays as it is; one of a
// newer version is refused, and the target stays as it is.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import type { StoreConfig } from '../../src/store/config.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { compareLogs, mergeLog } from '../../src/store/replication.js'
import { isMigrated } from '../fixtures/next-schema-sqlite.js'
import { withFolder } from './with-store.js'

const NEXT_SCHEMA = new URL('../fixtures/next-schema-sqlite.js', import.meta.url).href

const test = suite('sources of other versions')

/** Resolves to the number of events: whether a heartbeat is among them depends on whether the session takes a millisecond. */
async function watch(config: StoreConfig): Promise<number> {
  const store = await openImmersionTrackingStore(config)
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (let line = 0; line < 10; line++) session.line({ text: `行 ${line}`, chars: 2, words: 1 })
  session.end()
  await store.close()
  return store.diagnostics.snapshot().acknowledged
}

test('an older log is merged through a migrated copy: the log is not changed, and the copy is removed', () =>
  withFolder(async (folder) => {
    const [older, here] = [join(folder, 'older.sqlite'), join(folder, 'here.sqlite')]
    const events = await watch({ storage: { path: older } })
    assert.ok(events >= 12)
    const source = { storage: { provider: NEXT_SCHEMA, path: older } }
    const { ok, carried, equal, streams } = await mergeLog(source, { storage: { path: here } })
    assert.equal([ok, carried?.events, equal], [true, events, streams])
    assert.not(isMigrated(older))
    assert.ok((await compareLogs({ storage: { path: older } }, { storage: { path: here } })).ok)
    const left = readdirSync(folder).filter((name) => !/^(older|here)\.sqlite(-wal|-shm)?$/.test(name))
    assert.equal(left, [])
  }))

test('a newer log is refused, and the target stays as it is', () =>
  withFolder(async (folder) => {
    const [newer, here] = [join(folder, 'newer.sqlite'), join(folder, 'here.sqlite')]
    await watch({ storage: { path: newer } })
    await watch({ storage: { path: here } })
    const database = new Sqlite(newer)
    database.pragma('user_version = 99')
    database.close()
    const refused: unknown = await mergeLog({ storage: { path: newer } }, { storage: { path: here } }).then(
      () => assert.unreachable(),
      (error) => error,
    )
    assert.is(refused instanceof ImmersionError ? refused.code : String(refused), 'SCHEMA_NEWER')
    const store = await openImmersionTrackingStore({ storage: { path: here } })
    assert.is((await store.analytics.overview()).total.measures.sessions, 1)
    await store.close()
  }))

test.run()
