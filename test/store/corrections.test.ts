// store.corrections: what a learner gets wrong and takes back, through the worker, with the numbers that are then shown.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dayToIso } from '../../src/events/calendar.js'
import type { NewEvent } from '../../src/events/types.js'
import { ImmersionError } from '../../src/immersion-log.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { event, idOf, line, MINUTE_MS, START_DAY, START_MS, started } from '../support/engine-logs.js'
import { withStore } from './with-store.js'

const test = suite('store.corrections')

const A = idOf(1)
const B = idOf(2)
const HISTORY = [
  started(A, 1, 'local:/a', 'ja'),
  event(A, 2, { type: 'video.described', payload: { title: 'First' } }),
  line(A, 3),
  started(B, 1, 'local:/b', 'ja', START_MS + 60 * MINUTE_MS),
  line(B, 2, START_MS + 61 * MINUTE_MS),
]

async function onHistory(run: (store: ImmersionTrackingStore) => Promise<void>): Promise<void> {
  for (const inline of [true, false]) {
    await withStore({ tz: 'Asia/Tokyo', worker: { inline } }, async (store) => {
      await store.maintenance.importEvents(pages(HISTORY))
      await run(store)
      assert.equal((await store.maintenance.verify()).damage, [])
    })
  }
}

async function* pages(events: readonly NewEvent[]) {
  yield events
}

/** Everything that a learner sees of it, without the revision. */
async function shown(store: ImmersionTrackingStore): Promise<unknown> {
  const { videos } = await store.analytics.videos()
  const { sessions } = await store.analytics.sessions()
  const { days } = await store.analytics.daily({ fromDay: START_DAY - 30, toDay: START_DAY + 30 })
  return { videos, sessions, days }
}

async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof ImmersionError) return error.code
    throw error
  }
  return 'nothing'
}

test('each mistake is undone by one call, with what was shown before', async () => {
  await onHistory(async (store) => {
    const { corrections } = store
    const before = await shown(store)
    const mistakes = [
      () => corrections.discardSession(A),
      () => corrections.mergeVideos('local:/a', 'local:/b'),
      () => corrections.renameVideo('local:/a', { title: 'Wrong', series: 'Wrong' }),
      () => corrections.adjustSession(A, { measures: { lines: -1, cards: 3 }, language: 'zh' }),
      () => corrections.adjustVideo({ videoKey: 'local:/a', date: '2026-03-09', measures: { activeMs: 600_000 } }),
    ]
    for (const mistake of mistakes) {
      await mistake()
      assert.not.equal(await shown(store), before)
      await corrections.undo()
      assert.equal(await shown(store), before)
    }
    // All of them, then one undo each.
    for (const mistake of mistakes) await mistake()
    for (const _mistake of mistakes) await corrections.undo()
    assert.equal(await shown(store), before)
    assert.is(await refused(corrections.undo()), 'INVALID_ARGUMENT')
  })
})

test('a corrected session says so in every answer about it', async () => {
  await onHistory(async (store) => {
    await store.corrections.adjustSession(A, { measures: { cards: 3 }, language: 'zh' })
    const { session } = await store.analytics.session(A)
    assert.equal([session.language, session.targetLanguage, session.measures.cards], ['zh', 'zh', 3])
    const { quarters } = await store.analytics.timeline({ sessionId: A })
    assert.equal(
      quarters.map(({ measures }) => [measures.lines, measures.cards]),
      [[1, 3]],
    )
    await store.corrections.discardSession(A)
    assert.is(await refused(store.analytics.session(A)), 'UNKNOWN_SESSION')
  })
})

test('time added to a date counts on that local day, at noon of the learner’s clock', async () => {
  await onHistory(async (store) => {
    const measures = { activeMs: 1_800_000 }
    await store.corrections.adjustVideo({ videoKey: 'local:/a', date: '2026-03-09', measures, language: 'ja' })
    const { days } = await store.analytics.daily({ fromDay: START_DAY + 7, toDay: START_DAY + 8 })
    assert.is(
      days.reduce((sum, day) => sum + day.measures.activeMs, 0),
      1_800_000,
    )
    const { cells } = await store.analytics.hours()
    assert.is(cells.find(({ weekday, hour }) => weekday === 1 && hour === 12)?.measures.activeMs, 1_800_000)
  })
})

test('what cannot be is refused by name and writes nothing', async () => {
  await onHistory(async (store) => {
    const { corrections } = store
    const nobody = idOf(99)
    assert.is(await refused(corrections.discardSession(nobody)), 'UNKNOWN_SESSION')
    assert.is(await refused(corrections.discardSession('x')), 'UNKNOWN_SESSION')
    assert.is(await refused(corrections.eraseSession(nobody)), 'UNKNOWN_SESSION')
    assert.is(await refused(corrections.adjustSession(A, { measures: { lines: -2 } })), 'INVALID_ARGUMENT')
    assert.is(await refused(corrections.adjustSession(A, {})), 'INVALID_ARGUMENT')
    assert.is(await refused(corrections.adjustSession(A, { language: 'not a tag' })), 'INVALID_ARGUMENT')
    assert.is(await refused(corrections.renameVideo('local:/x', { title: 'x' })), 'UNKNOWN_VIDEO')
    assert.is(await refused(corrections.renameVideo('local:/a', {})), 'INVALID_ARGUMENT')
    assert.is(await refused(corrections.mergeVideos('local:/a', 'local:/x')), 'UNKNOWN_VIDEO')
    assert.is(await refused(corrections.mergeVideos('local:/a', 'local:/a')), 'INVALID_ARGUMENT')
    assert.is(await refused(corrections.eraseVideo('local:/x')), 'UNKNOWN_VIDEO')
    const wrong = { videoKey: 'local:/a', measures: { lines: 1 } }
    assert.is(await refused(corrections.adjustVideo({ ...wrong, date: '2026-02-30' })), 'INVALID_ARGUMENT')
    assert.is(
      await refused(corrections.adjustVideo({ ...wrong, date: '2026-03-01', measures: { lines: -1 } })),
      'INVALID_ARGUMENT',
    )
    assert.equal((await corrections.list()).corrections, [])
  })
})

test('what a video had on a day can be subtracted, once, after retention has removed the rows of that day', async () => {
  await onHistory(async ({ corrections, maintenance, analytics }) => {
    await maintenance.importEvents(pages([started(idOf(3), 1, 'local:/c', 'ja', Date.now() - 24 * 60 * MINUTE_MS)]))
    await maintenance.configure({ retention: { dailyDays: 31 } })
    await maintenance.retain({})
    const { days } = await analytics.daily({ fromDay: START_DAY - 1, toDay: START_DAY + 2 })
    assert.equal(days, [])
    const wrong = { videoKey: 'local:/a', date: dayToIso(START_DAY), language: 'ja', measures: { lines: -1 } }
    await corrections.adjustVideo(wrong)
    assert.is((await analytics.overview()).total.measures.lines, 1)
    assert.is(await refused(corrections.adjustVideo(wrong)), 'INVALID_ARGUMENT')
    assert.is(await refused(corrections.adjustVideo({ ...wrong, videoKey: 'local:/b' })), 'nothing')
  })
})

test('what was subtracted on a day goes with the session that it was subtracted from, and comes back with it', async () => {
  await onHistory(async (store) => {
    const { corrections } = store
    const date = dayToIso(START_DAY)
    await corrections.adjustVideo({ videoKey: 'local:/a', date, language: 'ja', measures: { lines: -1, chars: -4 } })
    const after = await shown(store)
    assert.is((await store.analytics.session(A)).session.measures.chars, 6)
    await corrections.discardSession(A)
    const { days } = await store.analytics.daily({ fromDay: START_DAY - 1, toDay: START_DAY + 2 })
    assert.equal(
      days.map(({ videoKey, measures }) => [videoKey, measures.lines, measures.chars]),
      [['local:/b', 1, 10]],
    )
    await corrections.restoreSession(A)
    assert.equal(await shown(store), after)
  })
})

test('more than a quarter hour has is subtracted from the quarter hours that have it, and one undo takes it back', async () => {
  await onHistory(async (store) => {
    const { corrections, analytics } = store
    // 10 characters at 10:00, 30 at 10:20 and 20 at 11:05, UTC.
    await store.maintenance.importEvents(
      pages([line(A, 4, START_MS + 20 * MINUTE_MS, 30), line(A, 5, START_MS + 65 * MINUTE_MS, 20)]),
    )
    const before = await shown(store)
    const chars = async () =>
      (await analytics.timeline({ sessionId: A })).quarters.map(({ measures }) => measures.chars)
    assert.equal(await chars(), [10, 30, 20])
    const { correctionIds } = await corrections.adjustSession(A, { measures: { chars: -45, cards: 2 } })
    assert.equal(await chars(), [0, 0, 15])
    // The addition, and what each of three quarter hours loses.
    assert.is(new Set(correctionIds).size, 4)
    const hours = (await analytics.hours()).cells.map(({ hour, measures }) => [hour, measures.chars])
    // B has 10 characters at 11:01.
    assert.equal(hours, [
      [10, 0],
      [11, 25],
    ])
    assert.is(await refused(corrections.adjustSession(A, { measures: { chars: -16 } })), 'INVALID_ARGUMENT')
    await corrections.undo()
    assert.equal(await shown(store), before)
  })
})

test('of two programs that subtract the same sum at once, one is refused', async () => {
  await onHistory(async (store) => {
    const wrong = { measures: { chars: -10 } }
    const outcomes = await Promise.all([
      refused(store.corrections.adjustSession(A, wrong)),
      refused(store.corrections.adjustSession(A, wrong)),
    ])
    assert.equal(outcomes.sort(), ['INVALID_ARGUMENT', 'nothing'])
  })
})

test('an erased video is gone with all that names it, and is no correction to undo', async () => {
  await onHistory(async (store) => {
    const { corrections } = store
    await corrections.renameVideo('local:/a', { title: 'Mine' })
    await corrections.mergeVideos('local:/a', 'local:/b')
    await corrections.adjustSession(A, { measures: { cards: 1 } })
    const { correctionIds } = await corrections.eraseVideo('local:/a')
    assert.is(correctionIds.length, 4)
    const { videos } = await store.analytics.videos()
    assert.equal(
      videos.map(({ videoKey }) => videoKey),
      ['local:/b'],
    )
    const { corrections: listed } = await corrections.list()
    assert.equal([...new Set(listed.map(({ type }) => type))], ['stream.erased'])
    assert.is(await refused(corrections.undo()), 'INVALID_ARGUMENT')
    const { events } = await store.events({ after: 0 })
    assert.not(JSON.stringify(events).includes('local:/a'))
  })
})

test('corrections are listed newest first, with what they name and whether they count', async () => {
  await onHistory(async (store) => {
    const { corrections } = store
    await corrections.renameVideo('local:/a', { title: 'Mine' })
    await corrections.adjustSession(A, { measures: { cards: 1 } })
    await corrections.undo()
    const { corrections: listed } = await corrections.list()
    const standing = listed.filter(({ type }) => type !== 'stream.discarded')
    assert.equal(
      standing.map(({ type, state, measures, names }) => [type, state, measures, names.title]),
      [
        ['session.adjusted', 'discarded', { cards: 1 }, undefined],
        ['video.renamed', 'counts', {}, 'Mine'],
      ],
    )
  })
})

test.run()
