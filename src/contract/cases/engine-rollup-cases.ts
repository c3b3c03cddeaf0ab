// Contract cases of counting: sessions, videos, time and read models, against the sums of src/contract/cases/engine-case.ts.

import assert from 'node:assert/strict'
import { assertAscending, refused } from './contract-case.js'
import {
  allRows,
  appendBoth,
  assertSound,
  FIRST,
  MONDAY,
  onEngine,
  rowsOf,
  rowsUnchanged,
  SECOND,
  SUMS,
  TUESDAY,
} from './engine-case.js'

const { sessionId: FIRST_ID, startedAtMs: FIRST_MS, videoKey: FIRST_VIDEO } = FIRST
const { sessionId: SECOND_ID, startedAtMs: SECOND_MS, videoKey: SECOND_VIDEO } = SECOND

function idsOf(sessions: readonly { readonly sessionId: string }[]): readonly string[] {
  return sessions.map(({ sessionId }) => sessionId)
}

export const sessionCases = onEngine('Session', [], {
  async 'a session has its video, its times, its sums and its rates'(engine) {
    await appendBoth(engine)
    const { session, eventsHeld, eventsRecorded } = await engine.analyze('session', FIRST_ID)
    assert.deepEqual(session, {
      sessionId: FIRST_ID,
      videoKey: FIRST_VIDEO,
      title: 'Night',
      series: 'Days',
      targetLanguage: 'ja',
      language: 'ja',
      startedAtMs: FIRST_MS,
      utcOffsetMin: 540,
      localDay: MONDAY,
      endedAtMs: FIRST_MS + 30_000,
      status: 'ended',
      measures: SUMS.first,
      rates: {
        charsPerHour: 24 * 180,
        wordsPerMinute: 30,
        cardsPerHour: 180,
        lookupsPerHundredWords: 20,
        lookupHitRate: 0.5,
      },
    })
    assert.deepEqual([eventsHeld, eventsRecorded], [15, 15])
    const second = await engine.analyze('session', SECOND_ID)
    // No end was recorded, so the session ends with the time that its last heartbeat covers.
    assert.equal(second.session.endedAtMs, SECOND_MS + 1_800_000 + 60_000)
    assert.deepEqual(second.session.measures, SUMS.second)
  },

  async 'sessions come newest first, page by page, and can be filtered by language'(engine) {
    await appendBoth(engine)
    const all = await engine.analyze('sessions')
    assert.deepEqual(idsOf(all.sessions), [SECOND_ID, FIRST_ID])
    assert.equal(all.nextCursor, null)
    const first = await engine.analyze('sessions', { limit: 1 })
    assert.deepEqual(first.sessions, all.sessions.slice(0, 1))
    const second = await engine.analyze('sessions', { limit: 1, cursor: String(first.nextCursor) })
    assert.deepEqual(second.sessions, all.sessions.slice(1))
    const japanese = await engine.analyze('sessions', { language: 'ja' })
    assert.deepEqual(japanese.sessions, all.sessions.slice(1))
  },

  async 'a session whose start arrives last counts nowhere before, and completely afterwards'(engine) {
    const [start, ...rest] = FIRST.events
    await engine.append(rest)
    assert.deepEqual(await rowsOf(engine, 'sessions@1'), {})
    assert.deepEqual(await rowsOf(engine, 'calendar@1'), {})
    await refused(() => engine.analyze('session', FIRST_ID), 'UNKNOWN_SESSION')
    await engine.append(start ? [start] : [])
    assert.deepEqual(await rowsOf(engine, 'calendar@1'), { [`${MONDAY} ja`]: SUMS.first })
    assert.deepEqual((await engine.analyze('session', FIRST_ID)).session.measures, SUMS.first)
    await assertSound(engine)
  },

  async 'a timeline has its samples and markers in order of time'(engine) {
    await appendBoth(engine)
    const { items, detail, quarters } = await engine.analyze('timeline', { sessionId: FIRST_ID })
    assert.equal(detail, 'events')
    assert.equal(items.filter(({ kind }) => kind === 'sample').length, 2)
    const times = items.map(({ atMs }) => atMs)
    assertAscending(times)
    assert.deepEqual(quarters, [{ fromMs: FIRST_MS, utcOffsetMin: 540, measures: SUMS.first }])
  },
})

export const videoCases = onEngine('Video', [], {
  async 'a video has its recorded facts and the sums of its sessions'(engine) {
    await appendBoth(engine)
    const { video, languages, sessions } = await engine.analyze('video', FIRST_VIDEO)
    assert.deepEqual(video.facts, { title: 'Night', series: 'Days', episode: 2, durationMs: 1_440_000 })
    assert.deepEqual([video.title, video.firstSeenAtMs, video.lastSeenAtMs], ['Night', FIRST_MS, FIRST_MS + 30_000])
    assert.deepEqual(video.measures, SUMS.first)
    assert.deepEqual(languages, [{ language: 'ja', measures: SUMS.first }])
    assert.deepEqual(idsOf(sessions), [FIRST_ID])
    const { videos } = await engine.analyze('videos')
    const videoKeys = videos.map(({ videoKey }) => videoKey)
    assert.deepEqual(videoKeys, [SECOND_VIDEO, FIRST_VIDEO])
    await refused(() => engine.analyze('video', 'local:/none'), 'UNKNOWN_VIDEO')
  },
})

export const telemetryCases = onEngine('Telemetry', [], {
  async 'watched, active and paused time are the sums of the heartbeats'(engine) {
    await appendBoth(engine)
    const { total, today, week, languages } = await engine.analyze('overview', { today: TUESDAY })
    const { watchedMs, activeMs, pausedMs } = total.measures
    assert.deepEqual([watchedMs, activeMs, pausedMs], [105_000, 95_000, 10_000])
    assert.deepEqual(today.measures, SUMS.tuesday)
    assert.deepEqual(week.measures, total.measures)
    assert.deepEqual(
      languages.map(({ language, measures: sums }) => [language, sums.activeMs]),
      [
        ['en', 75_000],
        ['ja', 20_000],
      ],
    )
  },
})

export const rollupCases = onEngine('Rollup', [], {
  async 'every read model holds the sums that were worked out by hand'(engine) {
    await appendBoth(engine)
    assert.deepEqual(await allRows(engine), {
      'sessions@1': {
        [`${FIRST_MS} ${FIRST_ID} ${FIRST_VIDEO} ja`]: SUMS.first,
        [`${SECOND_MS} ${SECOND_ID} ${SECOND_VIDEO} en`]: SUMS.second,
      },
      'videos@1': { [`${FIRST_VIDEO} ja`]: SUMS.first, [`${SECOND_VIDEO} en`]: SUMS.second },
      'daily@1': {
        [`${MONDAY} ${FIRST_VIDEO} ja`]: SUMS.first,
        [`${MONDAY} ${SECOND_VIDEO} en`]: SUMS.monday,
        [`${TUESDAY} ${SECOND_VIDEO} en`]: SUMS.tuesday,
      },
      'monthly@1': {
        [`202603 ${FIRST_VIDEO} ja`]: SUMS.first,
        [`202603 ${SECOND_VIDEO} en`]: SUMS.second,
      },
      'calendar@1': {
        [`${MONDAY} ja`]: SUMS.first,
        [`${MONDAY} en`]: SUMS.monday,
        [`${TUESDAY} en`]: SUMS.tuesday,
      },
      'hours@1': {
        '1 19 ja': SUMS.first,
        '1 3 en': SUMS.monday,
        '2 4 en': SUMS.tuesday,
      },
    })
    await assertSound(engine)
  },

  async 'another hour at which the day starts moves the sums, and moves them back'(engine) {
    await appendBoth(engine)
    await rowsUnchanged(engine, async () => {
      await engine.configure({ dayStartsAtHour: 0 })
      assert.equal((await engine.settings()).dayStartsAtHour, 0)
      const moved = { [`${MONDAY} ja`]: SUMS.first, [`${TUESDAY} en`]: SUMS.second }
      assert.deepEqual(await rowsOf(engine, 'calendar@1'), moved)
      await assertSound(engine)
      await engine.configure({ dayStartsAtHour: 4 })
    })
  },

  async 'a rebuild from the log gives the same rows'(engine) {
    await appendBoth(engine)
    await rowsUnchanged(engine, async () => {
      const { ledgersCorrected, ledgersIncomplete } = await engine.rebuild({ fromLog: true })
      assert.deepEqual([ledgersCorrected, ledgersIncomplete], [0, 0])
    })
  },

  async 'streak, trend and throughput follow from the sums'(engine) {
    await appendBoth(engine)
    // Monday had 35 s of active time and Tuesday a minute: only Tuesday counts for a streak.
    const streak = await engine.analyze('streak', { today: TUESDAY })
    assert.deepEqual([streak.current.days, streak.longest.days, streak.activeDays, streak.todayCounts], [1, 1, 1, true])
    const later = await engine.analyze('streak', { today: TUESDAY + 2 })
    assert.deepEqual([later.current.days, later.longest.days], [0, 1])
    const trend = await engine.analyze('trend', { days: 1, today: TUESDAY })
    assert.deepEqual([trend.current.measures.activeMs, trend.previous.measures.activeMs], [60_000, 35_000])
    assert.equal(trend.change.activeMs, 25 / 35)
    const { rows } = await engine.analyze('throughput', { by: 'day' })
    assert.deepEqual(
      rows.map(({ key, rates }) => [key, rates.wordsPerMinute]),
      [
        ['2026-03-03', 7],
        ['2026-03-02', 15 / (35 / 60)],
      ],
    )
  },

  async 'an empty log answers queries with zeros and empty lists'(engine) {
    const { total, streak } = await engine.analyze('overview', { today: MONDAY })
    assert.deepEqual([total.measures, streak.current.days], [SUMS.none, 0])
    assert.deepEqual((await engine.analyze('sessions')).sessions, [])
    assert.deepEqual((await engine.analyze('daily')).days, [])
    await assertSound(engine)
  },
})
