// The replaced tracker's calls against the real store: tracker, worker thread and SQLite, closed and opened again. What
// analytics answers is compared with what the stand-in does, added up by hand; there is no SQL in sight.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MEASURE_NAMES, type MeasureName } from '../../src/events/measures.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { checkConfig } from '../../src/store/config.js'
import { openStore } from '../../src/store/open-store.js'
import { createReplacedTracker, type ReplacedTracker, TWO_EPISODES, watchTwoEpisodes } from './replaced-tracker.js'
import { createHandClock, type HandClock, START_MS } from './watched-player.js'

const test = suite('the replaced tracker’s calls, stored')

/** Uses the overlay on a new database, closes the store, and checks what a second one finds. */
async function watchThenAsk(
  watch: (overlay: ReplacedTracker, clock: HandClock) => void,
  check: (store: ImmersionTrackingStore) => Promise<void>,
): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'replaced-tracker-'))
  const config = checkConfig({ storage: { path: path.join(folder, 'log.sqlite') }, tz: 'UTC' })
  try {
    const clock = createHandClock()
    const written = await openStore(config, clock)
    watch(createReplacedTracker(written.tracker, 'ja'), clock)
    await written.close()
    const { admitted, acknowledged, invalidCalls } = written.diagnostics.snapshot()
    assert.equal({ acknowledged, invalidCalls }, { acknowledged: admitted, invalidCalls: 0 })
    const store = await openStore(config, clock)
    try {
      await check(store)
    } finally {
      await store.close()
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

test('two episodes come out of analytics as they were watched', async () => {
  // Ten lines of each episode say a number of one digit and ten of two; これは and 行目の台詞です are ten letters.
  const chars = 2 * (10 * 11 + 10 * 12)
  await watchThenAsk(
    (overlay, clock) => watchTwoEpisodes(overlay, clock.pass),
    async (store) => {
      const { videos } = await store.analytics.videos({ sort: 'cards' })
      assert.equal(
        videos.map((video) => [video.videoKey, video.title, video.measures.lines, video.measures.cards]),
        [
          ['local:/videos/show/02.mkv', 'Show 2: The End', 20, 3],
          ['local:/videos/show/01.mkv', 'Show 1', 20, 1],
        ],
      )
      const { sessions } = await store.analytics.sessions({})
      assert.equal(
        sessions.map((session) => [session.status, session.language, session.startedAtMs]),
        [
          ['ended', 'ja', START_MS + 95_000],
          ['ended', 'ja', START_MS],
        ],
      )
      const { days } = await store.analytics.calendar({ fromDay: 20_522, toDay: 20_523 })
      assert.is(days[0]?.localDay, Date.UTC(2026, 2, 10) / 86_400_000)
      for (const [measure, expected] of Object.entries({ ...TWO_EPISODES, chars })) {
        assert.is(days[0]?.measures[measure as MeasureName], expected, measure)
        const ofSessions = sessions.reduce((sum, session) => sum + session.measures[measure as MeasureName], 0)
        assert.is(ofSessions, expected, `${measure} of the sessions`)
      }
      const known = new Set([...Object.keys(TWO_EPISODES), 'chars', 'words'])
      for (const name of MEASURE_NAMES) if (!known.has(name)) assert.is(days[0]?.measures[name], 0, name)
      assert.ok((await store.maintenance.verify()).ok)
    },
  )
})

test('900 lookups in one tick and then a stop are all there', async () => {
  await watchThenAsk(
    (overlay) => {
      overlay.handleMediaChange('/videos/a.mkv', 'A')
      for (let lookup = 0; lookup < 900; lookup++) overlay.recordLookup(lookup % 3 === 0)
      overlay.destroy()
    },
    async (store) => {
      const { sessions } = await store.analytics.sessions({})
      assert.is(sessions.length, 1)
      assert.is(sessions[0]?.status, 'ended')
      assert.is(sessions[0]?.measures.lookups, 900)
      assert.is(sessions[0]?.measures.lookupHits, 300)
    },
  )
})

test('a session that nobody stops is ended when the store closes', async () => {
  await watchThenAsk(
    (overlay, clock) => {
      overlay.handleMediaChange('/videos/a.mkv', null)
      clock.pass(20_000)
    },
    async (store) => {
      const { sessions } = await store.analytics.sessions({})
      assert.is(sessions[0]?.status, 'ended')
      assert.is(sessions[0]?.endedAtMs, START_MS + 20_000)
      assert.is(sessions[0]?.measures.activeMs, 20_000)
    },
  )
})

test.run()
