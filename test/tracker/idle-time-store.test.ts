// Idle time through tracker, worker and every database: an hour with nobody there is an hour of idleMs and nothing else, and
// a program that is killed loses no more of it than the present quarter hour.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Measures } from '../../src/events/measures.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { checkConfig, type StorageConfig } from '../../src/store/config.js'
import { openStore } from '../../src/store/open-store.js'
import { server, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import { createHandClock, type HandClock, HOUR_MS, MINUTE_MS, SECOND_MS, START_MS } from './watched-player.js'

const test = suite('idle time, stored')

type Work = (store: ImmersionTrackingStore, clock: HandClock) => Promise<void>

async function withStore(storage: StorageConfig, clock: HandClock, work: Work): Promise<void> {
  const store = await openStore(checkConfig({ storage, tz: 'UTC' }), clock)
  try {
    await work(store, clock)
  } finally {
    await store.close()
  }
}

async function withFile(work: (storage: StorageConfig) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'idle-time-'))
  try {
    await work({ path: path.join(folder, 'log.sqlite') })
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const times = ({ watchedMs, activeMs, pausedMs, idleMs }: Measures) => ({ watchedMs, activeMs, pausedMs, idleMs })

/** A film of an hour and twenty minutes, of which the learner gives a sign twenty minutes in, and an hour after the idle limit. */
async function idleAfterAFilm(storage: StorageConfig): Promise<void> {
  await withStore(storage, createHandClock(), async (store, clock) => {
    const session = store.tracker.startSession({ videoKey: 'local:/film.mkv', targetLanguage: 'ja' })
    clock.pass(20 * MINUTE_MS)
    session.presence()
    clock.pass(HOUR_MS)
    clock.pass(HOUR_MS)
    session.lookup()
    session.end()
    await store.flush()

    const expected = { watchedMs: 80 * MINUTE_MS, activeMs: 80 * MINUTE_MS, pausedMs: 0, idleMs: HOUR_MS }
    const answer = await store.analytics.session(session.sessionId)
    assert.equal(times(answer.session.measures), expected)
    const { days } = await store.analytics.daily({})
    assert.equal(
      days.map(({ measures }) => times(measures)),
      [expected],
    )
    const { damage } = await store.maintenance.verify()
    assert.equal(damage, [])
    const rebuilt = await store.maintenance.rebuild({ fromLog: true })
    assert.is(rebuilt.ledgersCorrected, 0)
    for (const { added, removed, corrected } of Object.values(rebuilt.changed)) {
      assert.equal([added, removed, corrected], [0, 0, 0])
    }
  })
}

test('an idle hour after a film is an hour of idleMs, on SQLite', () => withFile(idleAfterAFilm))

test('an idle hour after a film is an hour of idleMs, in memory', () => idleAfterAFilm({ provider: 'memory' }))

for (const kind of ['postgres', 'mysql'] as const) {
  requires(test, server(kind))(`an idle hour after a film is an hour of idleMs, on ${kind}`, () =>
    withTestDatabase(kind, ({ storage }) => idleAfterAFilm(storage)),
  )
}

test('a store that is killed while idle loses the idle time of the present quarter hour, and its session ended when time stopped', () =>
  withFile(async (storage) => {
    await withStore(storage, createHandClock(), async (store, clock) => {
      const session = store.tracker.startSession({ videoKey: 'local:/film.mkv', targetLanguage: 'ja' })
      clock.pass(HOUR_MS + 50 * MINUTE_MS)
      await store.flush()
      // Another program reads the file, as one does after a kill.
      await withStore(storage, clock, async (reader) => {
        const { session: read } = await reader.analytics.session(session.sessionId)
        // The session began 5 s after a quarter hour, so it has been idle since 5 s after one.
        const reportedMs = 45 * MINUTE_MS - 5 * SECOND_MS
        const expected = { watchedMs: HOUR_MS, activeMs: HOUR_MS, pausedMs: 0, idleMs: reportedMs }
        assert.equal(times(read.measures), expected)
        assert.equal([read.status, read.endedAtMs], ['silent', START_MS + HOUR_MS])
        assert.equal((await reader.maintenance.verify()).damage, [])
      })
    })
  }))

test('a store that closes while idle reports all of it', () =>
  withFile(async (storage) => {
    const clock = createHandClock()
    let sessionId = ''
    await withStore(storage, clock, async (store) => {
      sessionId = store.tracker.startSession({ videoKey: 'local:/film.mkv' }).sessionId
      clock.pass(HOUR_MS + 50 * MINUTE_MS)
    })
    await withStore(storage, clock, async (store) => {
      const { session } = await store.analytics.session(sessionId)
      assert.is(session.measures.idleMs, 50 * MINUTE_MS)
      assert.equal([session.status, session.endedAtMs], ['ended', START_MS + HOUR_MS + 50 * MINUTE_MS])
    })
  }))

test.run()
