// Numbers, durations and dates as people read and type them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as say from '../../src/cli/wording.js'

const test = suite('wording')

test('durations are rounded to minutes, and below a minute to seconds', () => {
  assert.equal([0, 59_000, 60_000, 3_599_000, 3_600_000, 11_100_000, 5_400_000_000].map(say.duration), [
    '0 s',
    '59 s',
    '1 min',
    '1 h 00 min',
    '1 h 00 min',
    '3 h 05 min',
    '1,500 h 00 min',
  ])
})

test('a count names one thing or several', () => {
  assert.equal(
    [say.counted(1, 'row'), say.counted(1200, 'row'), say.counted(2, 'ledger entry'), say.counted(0, 'day')],
    ['1 row', '1,200 rows', '2 ledger entries', '0 days'],
  )
})

test('a rate that cannot be divided is a dash', () => {
  assert.is(say.rate(null), '–')
  assert.is(say.percent(null), '–')
  assert.is(say.change(-0.25), '−25 %')
})

test('a date is read as written, by name, or as days ago', () => {
  assert.is(say.parseDay('2026-03-01', 0), Date.UTC(2026, 2, 1) / 86_400_000)
  assert.is(say.parseDay('today', 20_000), 20_000)
  assert.is(say.parseDay('30d', 20_000), 19_970)
})

test('a text that is no date is refused with a hint', () => {
  for (const text of ['2026-13-01', '2026-02-30', 'tomorrow', '', '1.3.2026']) {
    assert.throws(
      () => say.parseDay(text, 0),
      (error: { code?: string; hint?: string }) => error.code === 'INVALID_ARGUMENT' && error.hint !== '',
    )
  }
})

test('a month is read from a month or a date', () => {
  assert.is(say.parseMonth('2026-03'), 202_603)
  assert.is(say.parseMonth('2026-12-24'), 202_612)
  assert.throws(() => say.parseMonth('2026-13'))
})

test('a moment is printed on the clock of the learner', () => {
  assert.is(say.clockTime(Date.UTC(2026, 0, 1, 20), 540), '2026-01-02 05:00')
})

test.run()
