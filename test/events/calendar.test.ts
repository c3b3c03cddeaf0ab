// Local days, months, weekdays and hours. Expected values come from Date in UTC or from what Intl.DateTimeFormat shows on a
// zone's wall clock, never from the calendar's own arithmetic.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createCalendar,
  dayBeginMs,
  dayToIso,
  isoToDay,
  localDayOf,
  localHourOf,
  monthOfDay,
  quarterOf,
  weekdayOfDay,
  zoneOffsetMin,
} from '../../src/events/calendar.js'
import { ImmersionError } from '../../src/events/errors.js'
import { utcOffset } from './arbitraries.js'

const test = suite('calendar')

const QUARTER_MS = 900_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const moment = fc.integer({ min: -2_000_000_000_000, max: 4_102_444_800_000 })
const startHour = fc.integer({ min: 0, max: 12 })

/** The other route: what a wall clock shows, by Intl, as a UTC date. */
function wallClock(epochMs: number, timeZone: string): Date {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(epochMs)
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value)
  return new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')))
}

function isoOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function localDate(utc: string, timeZone: string, dayStartsAtHour: number): string {
  const epochMs = Date.parse(utc)
  return dayToIso(localDayOf(epochMs, zoneOffsetMin(epochMs, timeZone), dayStartsAtHour))
}

function localHour(utc: string, timeZone: string): number {
  const epochMs = Date.parse(utc)
  return localHourOf(epochMs, zoneOffsetMin(epochMs, timeZone))
}

test('a day number and its date are what Date says, far back and far ahead', () => {
  fc.assert(
    fc.property(fc.integer({ min: -719_000, max: 2_900_000 }), (day) => {
      const date = new Date(day * DAY_MS)
      assert.is(dayToIso(day), isoOf(date))
      assert.is(isoToDay(dayToIso(day)), day)
      assert.is(monthOfDay(day), date.getUTCFullYear() * 100 + date.getUTCMonth() + 1)
      assert.is(weekdayOfDay(day), date.getUTCDay() === 0 ? 7 : date.getUTCDay())
    }),
  )
})

test('leap days, ends of centuries and the day before 1970 have their dates', () => {
  for (const [iso, day] of [
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-02-29', 11_016],
    ['1900-03-01', -25_508],
    ['2100-03-01', 47_541],
  ] as const) {
    assert.is(dayToIso(day), iso)
    assert.is(isoToDay(iso), day)
  }
})

test('a date that does not exist is refused by field, value and what is allowed', () => {
  for (const text of [
    '2026-02-30',
    '2026-13-01',
    '2025-02-29',
    '26-01-01',
    '2026-1-1',
    '',
    'today',
    '2026-01-01T00:00',
  ]) {
    assert.throws(
      () => isoToDay(text),
      (error: unknown) =>
        error instanceof ImmersionError &&
        error.code === 'INVALID_ARGUMENT' &&
        error.message.includes(JSON.stringify(text)) &&
        error.hint !== '',
    )
  }
})

test('day, month and hour are those of a date shifted by offset and start of day', () => {
  fc.assert(
    fc.property(moment, utcOffset, startHour, (epochMs, offset, start) => {
      const clock = new Date(epochMs + offset * 60_000)
      const day = new Date(clock.getTime() - start * HOUR_MS)
      assert.is(dayToIso(localDayOf(epochMs, offset, start)), isoOf(day))
      assert.is(monthOfDay(localDayOf(epochMs, offset, start)), day.getUTCFullYear() * 100 + day.getUTCMonth() + 1)
      assert.is(localHourOf(epochMs, offset), clock.getUTCHours())
    }),
  )
})

test('every moment of a quarter hour lies in the same local day, month, weekday and hour', () => {
  const inQuarter = fc.integer({ min: 0, max: QUARTER_MS - 1 })
  fc.assert(
    fc.property(moment, inQuarter, utcOffset, startHour, (epochMs, within, offset, start) => {
      const quarter = quarterOf(epochMs)
      const at = quarter * QUARTER_MS + within
      const entry = { quarter, utcOffsetMin: offset }
      const calendar = createCalendar(start)
      assert.is(calendar.dayOf(entry), localDayOf(at, offset, start))
      assert.is(calendar.monthOf(entry), monthOfDay(localDayOf(at, offset, start)))
      assert.is(calendar.weekdayOf(entry), weekdayOfDay(localDayOf(at, offset, start)))
      assert.is(calendar.hourOf(entry), localHourOf(at, offset))
    }),
  )
})

test('a local day of a fixed offset is 96 quarter hours, each in one day', () => {
  for (const offset of [-570, -210, 0, 330, 345, 765]) {
    const calendar = createCalendar(4)
    const first = quarterOf(Date.UTC(2026, 2, 1))
    const perDay = new Map<number, number>()
    for (let quarter = first; quarter < first + 96 * 5; quarter++) {
      const day = calendar.dayOf({ quarter, utcOffsetMin: offset })
      perDay.set(day, (perDay.get(day) ?? 0) + 1)
    }
    const whole = [...perDay.values()].slice(1, -1)
    assert.ok(whole.length >= 3)
    assert.ok(whole.every((count) => count === 96))
  }
})

test('the day begins at its hour: a minute before is the day before, and the month before', () => {
  const before = Date.parse('2026-03-01T03:59:00+09:00')
  const after = Date.parse('2026-03-01T04:00:00+09:00')
  assert.is(dayToIso(localDayOf(before, 540, 4)), '2026-02-28')
  assert.is(monthOfDay(localDayOf(before, 540, 4)), 202602)
  assert.is(dayToIso(localDayOf(after, 540, 4)), '2026-03-01')
  assert.is(monthOfDay(localDayOf(after, 540, 4)), 202603)
  assert.is(localHourOf(before, 540), 3)
})

test('the offset of a zone is what its wall clock shows, in every season', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'America/New_York',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'Pacific/Chatham',
    'Pacific/Apia',
    'Pacific/Marquesas',
    'Pacific/Kiritimati',
    'Asia/Tokyo',
  ]
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 946_684_800, max: 2_145_916_800 }), (zone, seconds) => {
      const epochMs = seconds * 1000
      assert.is(zoneOffsetMin(epochMs, zone), (wallClock(epochMs, zone).getTime() - epochMs) / 60_000)
    }),
  )
})

test('spring forward in Berlin: 02:00 to 03:00 does not exist, the day has 23 hours', () => {
  assert.is(zoneOffsetMin(Date.parse('2026-03-29T00:59:59Z'), 'Europe/Berlin'), 60)
  assert.is(zoneOffsetMin(Date.parse('2026-03-29T01:00:00Z'), 'Europe/Berlin'), 120)
  assert.is(localHour('2026-03-29T00:45:00Z', 'Europe/Berlin'), 1)
  assert.is(localHour('2026-03-29T01:00:00Z', 'Europe/Berlin'), 3)
  assert.is(quartersOf('2026-03-28T22:00:00Z', '2026-03-30T02:00:00Z', 'Europe/Berlin', 0, '2026-03-29'), 23 * 4)
  // A day that begins at 4 ends after the change, so the day before is the short one.
  assert.is(quartersOf('2026-03-27T22:00:00Z', '2026-03-30T06:00:00Z', 'Europe/Berlin', 4, '2026-03-28'), 23 * 4)
})

test('fall back in New York: 01:00 to 02:00 happens twice, the day has 25 hours', () => {
  assert.is(localHour('2026-11-01T05:30:00Z', 'America/New_York'), 1)
  assert.is(localHour('2026-11-01T06:30:00Z', 'America/New_York'), 1)
  assert.is(localHour('2026-11-01T07:00:00Z', 'America/New_York'), 2)
  assert.is(quartersOf('2026-11-01T00:00:00Z', '2026-11-02T12:00:00Z', 'America/New_York', 0, '2026-11-01'), 25 * 4)
})

test('Lord Howe moves by half an hour, and its days have 23.5 and 24.5 hours', () => {
  assert.is(zoneOffsetMin(Date.parse('2026-04-04T14:59:00Z'), 'Australia/Lord_Howe'), 660)
  assert.is(zoneOffsetMin(Date.parse('2026-04-04T15:00:00Z'), 'Australia/Lord_Howe'), 630)
  assert.is(quartersOf('2026-04-03T00:00:00Z', '2026-04-06T00:00:00Z', 'Australia/Lord_Howe', 0, '2026-04-05'), 98)
  assert.is(quartersOf('2026-10-02T00:00:00Z', '2026-10-05T00:00:00Z', 'Australia/Lord_Howe', 0, '2026-10-04'), 94)
})

test('zones of half an hour and of three quarters have the hour and the day of their clock', () => {
  assert.is(localHour('2026-06-01T18:30:00Z', 'Asia/Kolkata'), 0)
  assert.is(localDate('2026-06-01T18:15:00Z', 'Asia/Kolkata', 0), '2026-06-01')
  assert.is(localDate('2026-06-01T18:30:00Z', 'Asia/Kolkata', 0), '2026-06-02')
  assert.is(localDate('2026-06-01T18:00:00Z', 'Asia/Kathmandu', 0), '2026-06-01')
  assert.is(localDate('2026-06-01T18:15:00Z', 'Asia/Kathmandu', 0), '2026-06-02')
  assert.is(localHour('2026-01-01T10:15:00Z', 'Pacific/Chatham'), 0)
  assert.is(zoneOffsetMin(Date.parse('2026-06-01T00:00:00Z'), 'Pacific/Chatham'), 765)
})

test('Apia never had 2011-12-30: the quarter after the 29th lies in the 31st', () => {
  const lastMs = Date.parse('2011-12-30T09:59:59.999Z')
  const nextMs = Date.parse('2011-12-30T10:00:00Z')
  assert.is(dayToIso(localDayOf(lastMs, zoneOffsetMin(lastMs, 'Pacific/Apia'), 0)), '2011-12-29')
  assert.is(dayToIso(localDayOf(nextMs, zoneOffsetMin(nextMs, 'Pacific/Apia'), 0)), '2011-12-31')
  assert.is(quartersOf('2011-12-28T00:00:00Z', '2012-01-02T00:00:00Z', 'Pacific/Apia', 0, '2011-12-30'), 0)
  // Where the day begins at 4, the night of the 29th ends at midnight and goes on as the 30th until 4.
  assert.is(quartersOf('2011-12-28T00:00:00Z', '2012-01-02T00:00:00Z', 'Pacific/Apia', 4, '2011-12-29'), 20 * 4)
  assert.is(quartersOf('2011-12-28T00:00:00Z', '2012-01-02T00:00:00Z', 'Pacific/Apia', 4, '2011-12-30'), 4 * 4)
})

test('travel within a session: each quarter counts by the clock of its moment', () => {
  const calendar = createCalendar(4)
  const quarter = quarterOf(Date.parse('2026-05-01T18:00:00Z'))
  assert.is(dayToIso(calendar.dayOf({ quarter, utcOffsetMin: 120 })), '2026-05-01')
  assert.is(calendar.hourOf({ quarter, utcOffsetMin: 120 }), 20)
  // The plane has landed in Tokyo: the same quarter hour is 03:00 of the next date, which is still the day before.
  assert.is(dayToIso(calendar.dayOf({ quarter, utcOffsetMin: 540 })), '2026-05-01')
  assert.is(calendar.hourOf({ quarter, utcOffsetMin: 540 }), 3)
  assert.is(dayToIso(calendar.dayOf({ quarter: quarter + 4, utcOffsetMin: 540 })), '2026-05-02')
  assert.is(dayToIso(calendar.dayOf({ quarter: quarter + 4, utcOffsetMin: -600 })), '2026-05-01')
})

test('an old zone that was no quarter hour is rounded to one', () => {
  // Monrovia kept UTC−0:44:30 until January 1972.
  assert.is(zoneOffsetMin(Date.parse('1971-06-01T00:00:00Z'), 'Africa/Monrovia'), -45)
})

test('a local day of a zone begins with its first quarter hour on the wall clock, around every change of the clock', () => {
  const changes = [
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['Atlantic/Azores', '2026-10-25'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Asia/Kathmandu', '2026-06-01'],
    ['Pacific/Apia', '2011-12-30'],
  ] as const
  for (const [zone, date] of changes) {
    const noonMs = Date.parse(`${date}T12:00:00Z`)
    const quarters = Array.from({ length: 6 * 96 }, (_, index) => noonMs - 3 * DAY_MS + index * QUARTER_MS)
    const clocks = quarters.map((atMs) => wallClock(atMs, zone).getTime())
    for (const hour of [0, 1, 2, 3, 4, 12]) {
      for (const days of [-1, 0, 1]) {
        const midnightMs = Date.parse(`${date}T00:00:00Z`) + days * DAY_MS
        const first = quarters.find((_, index) => (clocks[index] ?? 0) - hour * HOUR_MS >= midnightMs)
        assert.is(dayBeginMs(midnightMs / DAY_MS, hour, zone), first, `${zone} ${date} ${days} ${hour}`)
      }
    }
  }
})

test('without a zone the offset is that of this machine', () => {
  const nowMs = Date.parse('2026-07-01T12:00:00Z')
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  assert.is(zoneOffsetMin(nowMs), (wallClock(nowMs, zone).getTime() - nowMs) / 60_000)
  assert.ok(Object.is(zoneOffsetMin(nowMs, 'UTC'), 0), 'never −0')
})

test('an unknown zone is refused by name', () => {
  assert.throws(
    () => zoneOffsetMin(0, 'Mars/Olympus'),
    (error: unknown) =>
      error instanceof ImmersionError && error.code === 'INVALID_ARGUMENT' && error.message.includes('Mars/Olympus'),
  )
})

/** Quarter hours between two moments that lie in this local date by the zone's own clock. */
function quartersOf(from: string, to: string, timeZone: string, dayStartsAtHour: number, iso: string): number {
  const calendar = createCalendar(dayStartsAtHour)
  let count = 0
  for (let quarter = quarterOf(Date.parse(from)); quarter < quarterOf(Date.parse(to)); quarter++) {
    const utcOffsetMin = zoneOffsetMin(quarter * QUARTER_MS, timeZone)
    if (dayToIso(calendar.dayOf({ quarter, utcOffsetMin })) === iso) count++
  }
  return count
}

test.run()
