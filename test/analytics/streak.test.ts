// Streaks: days in a row, the unfinished today, and dates that never existed for the learner.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSkipped } from '../../src/analytics/learner-offsets.js'
import { streaksOf } from '../../src/analytics/streak.js'
import { dayOf, moment, type OpenHistory, onEachLog, session } from './history.js'

const test = suite('analytics: streak')
const NONE: ReadonlySet<number> = new Set()

test('days in a row are counted to today, or to yesterday while today is unfinished', () => {
  const streak = (days: readonly number[]) => streaksOf(days, 100, NONE)
  assert.equal(streak([98, 99, 100]).current, { days: 3, fromDay: 98, lastDay: 100 })
  assert.is(streak([98, 99, 100]).todayCounts, true)
  assert.equal(streak([98, 99]).current, { days: 2, fromDay: 98, lastDay: 99 })
  assert.is(streak([98, 99]).todayCounts, false)
  assert.equal(streak([97, 98]).current, { days: 0, fromDay: null, lastDay: null })
  assert.equal(streak([100]).current, { days: 1, fromDay: 100, lastDay: 100 })
})

test('the longest streak is the first of equals, and may be the current one', () => {
  assert.equal(streaksOf([1, 2, 3, 10, 11, 20, 21, 22], 22, NONE).longest, { days: 3, fromDay: 1, lastDay: 3 })
  assert.equal(streaksOf([1, 2, 5, 6, 7], 7, NONE).longest, { days: 3, fromDay: 5, lastDay: 7 })
  assert.is(streaksOf([1, 2, 5, 6, 7], 7, NONE).activeDays, 5)
})

test('a date that never existed neither counts nor breaks', () => {
  const skipped = new Set([99])
  assert.equal(streaksOf([97, 98, 100], 100, skipped).current, { days: 3, fromDay: 97, lastDay: 100 })
  // Today is unfinished and yesterday never was.
  assert.equal(streaksOf([97, 98], 100, skipped).current, { days: 2, fromDay: 97, lastDay: 98 })
  assert.is(streaksOf([97, 100], 100, skipped).current.days, 1)
})

test('a clock that goes forward by a day between the sessions around a date has skipped the date', () => {
  const skips = (date: string, texts: readonly string[], dayStartsAtHour = 4) =>
    isSkipped(dayOf(date), texts.map(moment), dayStartsAtHour)
  const apia = ['2011-12-28T20:00-10:00', '2011-12-29T20:00-10:00', '2011-12-31T20:00+14:00', '2012-01-01T20:00+14:00']
  assert.is(skips('2011-12-30', apia), true)
  assert.is(skips('2011-12-30', apia, 0), true)
  // A zone of 23 hours' difference: the date was there, if short.
  assert.is(skips('2026-03-03', ['2026-03-02T20:00-10:00', '2026-03-04T20:00+13:00']), false)
  // Back over the line: a date twice, none skipped.
  assert.is(skips('2026-03-03', ['2026-03-02T20:00+14:00', '2026-03-04T20:00-10:00']), false)
  // A session too short to count still shows that the date was there.
  assert.is(skips('2011-12-30', ['2011-12-29T20:00-10:00', '2011-12-31T03:00+14:00', '2011-12-31T20:00+14:00']), false)
  assert.is(skips('2011-12-30', ['2011-12-29T20:00-10:00']), false)
  assert.is(skips('2011-12-30', ['2011-12-31T20:00+14:00']), false)
})

const IN_APIA = { now: '2012-01-01T22:00+14:00' }

onEachLog(test, 'Apia had no 2011-12-30, and a streak goes on over it', IN_APIA, async (history) => {
  for (const date of ['2011-12-27', '2011-12-28', '2011-12-29']) await watch(history, `${date}T20:00-10:00`, 5)
  // Nothing came since: today is the 1st, so the 31st is missing and the streak over.
  assert.is((await history.analytics.streak()).current.days, 0)
  // On the 31st it was not: that day was unfinished, and the day before it never existed.
  const on31st = await history.analytics.streak({ today: dayOf('2011-12-31') })
  assert.equal(on31st.current, { days: 3, fromDay: dayOf('2011-12-27'), lastDay: dayOf('2011-12-29') })
  await watch(history, '2011-12-31T20:00+14:00', 5)
  await watch(history, '2012-01-01T20:00+14:00', 5)
  const streak = await history.analytics.streak()
  assert.equal(streak.current, { days: 5, fromDay: dayOf('2011-12-27'), lastDay: dayOf('2012-01-01') })
  assert.equal(streak.longest, streak.current)
  assert.is(streak.activeDays, 5)
  assert.equal((await history.analytics.overview()).streak.current, streak.current)
})

onEachLog(test, 'a day without anything breaks a streak where the date existed', IN_APIA, async (history) => {
  for (const date of ['2011-12-28', '2011-12-29', '2011-12-31', '2012-01-01']) {
    await watch(history, `${date}T20:00+13:00`, 5)
  }
  const { current, longest } = await history.analytics.streak()
  assert.equal(current, { days: 2, fromDay: dayOf('2011-12-31'), lastDay: dayOf('2012-01-01') })
  assert.equal(longest, { days: 2, fromDay: dayOf('2011-12-28'), lastDay: dayOf('2011-12-29') })
})

onEachLog(test, 'a day counts from its least minutes on, over all of its sessions', IN_APIA, async (history) => {
  await watch(history, '2011-12-31T10:00+14:00', 6)
  await watch(history, '2011-12-31T20:00+14:00', 4)
  await watch(history, '2012-01-01T20:00+14:00', 9)
  const days = async (minimumMinutes: number) => (await history.analytics.streak({ minimumMinutes })).current.days
  assert.is(await days(9), 2)
  assert.is(await days(10), 1)
  assert.is(await days(11), 0)
  assert.is((await history.analytics.streak()).minimumMinutes, 1)
})

onEachLog(
  test,
  'an hour of the night belongs to the day before',
  { now: '2012-01-02T03:00+14:00' },
  async (history) => {
    await watch(history, '2012-01-01T02:00+14:00', 5)
    await watch(history, '2012-01-02T02:00+14:00', 5)
    const streak = await history.analytics.streak()
    assert.is(streak.today, dayOf('2012-01-01'))
    assert.equal(streak.current, { days: 2, fromDay: dayOf('2011-12-31'), lastDay: dayOf('2012-01-01') })
  },
)

async function watch({ append }: OpenHistory, start: string, minutes: number): Promise<void> {
  await append(session({ start }).watch(minutes).events)
}

test.run()
