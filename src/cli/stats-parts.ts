// Parts that several answers share on a terminal: the columns of measures, a table of sessions, lists of measures and
// rates, and the way to the next page. Pure.

import { MEASURE_NAMES, type MeasureName, type Measures } from '../events/measures.js'
import type { Rates, SessionSummary } from '../ports/analytics-types.js'
import { type Column, table } from './pictures.js'
import * as say from './wording.js'

export type Lines = readonly string[]

export interface View {
  readonly color: boolean
  readonly timeZone: string
  /** Columns of the terminal; undefined where the output goes elsewhere, and is not fitted. */
  readonly width: number | undefined
}

export const BAR_WIDTH = 24
export const BAR_COLUMN: Column = { title: '', spare: true }
export const MEASURE_COLUMNS: readonly Column[] = [
  { title: 'active', align: 'right' },
  { title: 'lines', align: 'right', spare: true },
  { title: 'chars', align: 'right', spare: true },
  { title: 'words', align: 'right', spare: true },
  { title: 'lookups', align: 'right', spare: true },
  { title: 'cards', align: 'right', spare: true },
]

export function sessionTable(rows: readonly SessionSummary[], { width }: View): Lines {
  return table(
    [
      { title: 'started' },
      { title: 'video', maxWidth: 40 },
      { title: 'language', spare: true },
      ...MEASURE_COLUMNS,
      { title: '' },
      { title: 'session' },
    ],
    rows.map((row) => [
      say.clockTime(row.startedAtMs, row.utcOffsetMin),
      row.title,
      row.language,
      ...measureCells(row.measures),
      row.status === 'ended' ? '' : row.status,
      row.sessionId,
    ]),
    width,
  )
}

export function measureCells(measures: Measures): readonly string[] {
  const { activeMs, lines, chars, words, lookups, cards } = measures
  return [say.duration(activeMs), ...[lines, chars, words, lookups, cards].map(say.number)]
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

export function rateList(rates: Rates): Lines {
  return [
    `${say.rate(rates.charsPerHour)} chars/h  ${say.rate(rates.wordsPerMinute)} words/min  ${say.rate(rates.cardsPerHour)} cards/h  ` +
      `${say.rate(rates.lookupsPerHundredWords)} lookups/100 words  ${say.percent(rates.lookupHitRate)} found`,
  ]
}

/** A time as hours and minutes, a count as a number. */
export function measureText(name: MeasureName, measures: Measures): string {
  return isTime(name) ? say.duration(measures[name]) : say.number(measures[name])
}

function isTime(name: MeasureName): boolean {
  return name.endsWith('Ms')
}

/** `seeksForward` as `seeks forward`, `activeMs` as `active`. */
export function measureTitle(name: MeasureName): string {
  return name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

export function nextPage(nextCursor: string | null): Lines {
  return nextCursor === null ? [] : ['', `There are more. For the next page add: --cursor ${nextCursor}`]
}
