// Parts that several answers share on a terminal: columns with the text of their cells, a table of sessions, lists of
// measures and rates, and the way to the next page. Pure.

import { MEASURE_NAMES, type MeasureName, type Measures } from '../events/measures.js'
import type { Rates, SessionSummary } from '../ports/analytics-types.js'
import type { Context } from './context.js'
import type { Lines } from './output.js'
import { bar, type Column, table } from './pictures.js'
import * as say from './wording.js'

/** The terminal, and the zone of printed times. */
export type View = Pick<Context, 'color' | 'timeZone' | 'width'>

export interface RowColumn<Row> extends Column {
  readonly cell: (row: Row) => string
}

type Counted = { readonly measures: Measures }
type Rated = { readonly rates: Rates }

const BAR_WIDTH = 24

export function tableOf<Row>(columns: readonly RowColumn<Row>[], rows: readonly Row[], width?: number): Lines {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)))
  return table(columns, cells, width)
}

/** A column of numbers. A spare one is left out of a narrow terminal. */
export function numbers<Row>(title: string, cell: (row: Row) => string, spare = false): RowColumn<Row> {
  return { title, align: 'right', cell, spare }
}

export const ACTIVE = numbers('active', ({ measures }: Counted) => say.duration(measures.activeMs))
const COUNTS = ['lines', 'chars', 'words', 'lookups', 'cards'] as const
export const MEASURE_COLUMNS = [
  ACTIVE,
  ...COUNTS.map((name) => numbers(name, ({ measures }: Counted) => say.number(measures[name]), true)),
]
export const CHARS_PER_HOUR = numbers('chars/h', ({ rates }: Rated) => say.rate(rates.charsPerHour))
export const WORDS_PER_MINUTE = numbers('words/min', ({ rates }: Rated) => say.rate(rates.wordsPerMinute))

export function activeMsOf({ measures }: Counted): number {
  return measures.activeMs
}

/** A bar in each row, out of the largest value among the rows. */
export function bars<Row>(
  valueIn: (row: Row) => number,
  rows: readonly Row[],
  most = Math.max(0, ...rows.map(valueIn)),
): RowColumn<Row> {
  return { title: '', spare: true, cell: (row) => bar(valueIn(row), most, BAR_WIDTH) }
}

export function sessionTable(rows: readonly SessionSummary[], { width }: View): Lines {
  const columns: readonly RowColumn<SessionSummary>[] = [
    { title: 'started', cell: ({ startedAtMs, utcOffsetMin }) => say.clockTime(startedAtMs, utcOffsetMin) },
    { title: 'video', maxWidth: 40, cell: ({ title }) => title },
    { title: 'language', spare: true, cell: ({ language }) => language },
    ...MEASURE_COLUMNS,
    { title: '', cell: ({ status }) => (status === 'ended' ? '' : status) },
    { title: 'session', cell: ({ sessionId }) => sessionId },
  ]
  return tableOf(columns, rows, width)
}

/** The times in one line, and the counts that are not 0 in another. */
export function measureList(measures: Measures): Lines {
  const otherTimes = MEASURE_NAMES.filter((name) => isTime(name) && name !== 'watchedMs' && name !== 'activeMs')
  const counts = MEASURE_NAMES.filter((name) => !isTime(name) && name !== 'sessions' && measures[name] !== 0)
  return [
    `active ${say.duration(measures.activeMs)} of ${say.duration(measures.watchedMs)} watched` +
      otherTimes.map((name) => `, ${say.duration(measures[name])} ${measureTitle(name)}`).join(''),
    counts.map((name) => `${measureTitle(name)} ${say.number(measures[name])}`).join('  '),
  ]
}

export function rateLine(rates: Rates): string {
  return (
    `${say.rate(rates.charsPerHour)} chars/h  ${say.rate(rates.wordsPerMinute)} words/min  ${say.rate(rates.cardsPerHour)} cards/h  ` +
    `${say.rate(rates.lookupsPerHundredWords)} lookups/100 words  ${say.percent(rates.lookupHitRate)} found`
  )
}

/** A time as hours and minutes, a count as a number. */
export function measureText(name: MeasureName, measures: Measures): string {
  return isTime(name) ? say.duration(measures[name]) : say.number(measures[name])
}

function isTime(name: MeasureName): boolean {
  return name.endsWith('Ms')
}

/** `seeksForward` as `seeks forward`, `activeMs` as `active`. */
export function measureTitle(name: string): string {
  return name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

export function nextPage(nextCursor: string | null): Lines {
  return nextCursor === null ? [] : ['', `There are more. For the next page add: --cursor ${nextCursor}`]
}
