// Tables, bars and heat maps on a terminal.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bar, calendar, heatLevel, hours, table } from '../../src/cli/pictures.js'
import { measuresOf, zeroSums } from '../../src/events/measures.js'

const test = suite('pictures')
const active = (activeMs: number) => ({ ...measuresOf(zeroSums()), activeMs })

test('columns line up under titles in Japanese, which are two columns wide', () => {
  assert.equal(
    table(
      [
        { title: 'title', cell: ([title]) => title },
        { title: 'n', align: 'right', cell: ([, n]) => n },
      ],
      [
        ['猫と港町', '7'],
        ['Sea', '12'],
      ] as const,
    ),
    ['title      n', '猫と港町   7', 'Sea       12'],
  )
})

test('a cell that is too wide is cut between characters and says so', () => {
  assert.equal(table([{ title: 'x', maxWidth: 5, cell: (x) => x }], ['猫と港町', 'a\nb']), ['x', '猫と…', 'a b'])
})

test('in a narrow terminal long titles are cut first, then spare columns go, the last one first', () => {
  const columns = [
    { title: 'title', maxWidth: 40, cell: () => 'a title of thirty-two characters' },
    { title: 'n', align: 'right', spare: true, cell: () => '7' },
    { title: 'cards', align: 'right', spare: true, cell: () => '12' },
    { title: 'id', cell: () => 'abcdef' },
  ] as const
  const lines = (width: number) => table(columns, [null], width)[1]
  assert.is(lines(50), 'a title of thirty-two characters  7     12  abcdef')
  assert.is(lines(44), 'a title of thirty-two cha…  7     12  abcdef')
  assert.is(lines(36), 'a title of thirty-two c…  7  abcdef')
  assert.is(lines(30), 'a title of thirty-two…  abcdef')
  // A column without which the table means nothing stays, however narrow the terminal is.
  assert.is(lines(10), 'a title of …  abcdef')
})

test('a bar is as long as its share in eighths of a cell, and never empty above 0', () => {
  assert.is(bar(10, 10, 4), '████')
  assert.is(bar(5, 10, 4), '██')
  assert.is(bar(1, 10_000, 4), '▏')
  assert.is(bar(9, 32, 4), '█▏')
  assert.is(bar(0, 10, 4), '')
  assert.is(bar(1, 0, 4), '')
})

test('heat has no level for nothing and four for the most', () => {
  assert.equal(
    [0, 1, 25, 26, 50, 75, 76, 100].map((value) => heatLevel(value, 100)),
    [0, 1, 1, 2, 2, 3, 4, 4],
  )
})

test('the calendar puts each day into the column of its week and the row of its weekday', () => {
  // 2026-03-30 is a Monday, and its week holds the first of April.
  const monday = Date.UTC(2026, 2, 30) / 86_400_000
  const lines = calendar(
    {
      asOfRevision: 1,
      fromDay: monday + 1,
      toDay: monday + 15,
      days: [
        { localDay: monday + 2, measures: active(100) },
        { localDay: monday + 14, measures: active(10) },
      ],
    },
    { color: false, width: 80 },
  )
  assert.equal(lines.slice(0, 8), [
    '     Apr',
    'Mon    · ░',
    '     · ·',
    'Wed  █ ·',
    '     · ·',
    'Fri  · ·',
    '     · ·',
    'Sun  · ·',
  ])
  assert.is(lines.at(-1), '2 days, 0 s active, at most 0 s on one day')
})

test('hours stand in the row of the weekday', () => {
  const lines = hours(
    { asOfRevision: 1, cells: [{ weekday: 7, hour: 23, measures: active(3_600_000) }] },
    { color: false },
  )
  assert.is(lines[7], `Sun  ${'· '.repeat(23)}█`)
  assert.is(lines.at(-1), 'at most 1 h 00 min in one hour of the week')
})

test.run()
