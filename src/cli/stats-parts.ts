// What several answers have in common on a terminal: the columns of measures, a table of sessions, lists of measures and
// rates, the way to the next page. Pure.

import { MEASURE_NAMES, type Measures } from '../events/measures.js'
import type { Rates, SessionSummary } from '../ports/analytics-types.js'
import { type Column, table } from './pictures.js'
import * as say from './wording.js'

export type Lines = readonly string[]

export interface View {
  readonly color: boolean
  readonly timeZone: string
  readonly today: number
  /** Columns of the terminal. */
  readonly width: number
}

export const BAR_WIDTH = 24
export const MEASURE_COLUMNS: readonly Column[] = [
  { title: 'active', align: 'right' },
  { title: 'lines', align: 'right' },
  { title: 'chars', align: 'right' },
  { title: 'words', align: 'right' },
  { title: 'lookups', align: 'right' },
  { title: 'cards', align: 'right' },
]

export function sessionTable(rows: readonly SessionSummary[]): Lines {
  return table(
    [
      { title: 'started' },
      { title: 'video', maxWidth: 40 },
      { title: 'language' },
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
  )
}

export function measureCells(measures: Measures): readonly string[] {
  const { activeMs, lines, chars, words, lookups, cards } = measures
  return [say.duration(activeMs), ...[lines, chars, words, lookups, cards].map(say.number)]
}

export function measureList(measures: Measures): Lines {
  const { watchedMs, activeMs, pausedMs } = measures
  const counts = MEASURE_NAMES.slice(MEASURE_NAMES.indexOf('pausedMs') + 1).filter((name) => measures[name] !== 0)
  return [
    `active ${say.duration(activeMs)} of ${say.duration(watchedMs)} watched, ${say.duration(pausedMs)} paused`,
    counts.map((name) => `${measureTitle(name)} ${say.number(measures[name])}`).join('  '),
  ]
}

export function rateList(rates: Rates): Lines {
  return [
    `${say.rate(rates.charsPerHour)} chars/h  ${say.rate(rates.wordsPerMinute)} words/min  ${say.rate(rates.cardsPerHour)} cards/h  ` +
      `${say.rate(rates.lookupsPerHundredWords)} lookups/100 words  ${say.percent(rates.lookupHitRate)} found`,
  ]
}

/** `seeksForward` as `seeks forward`, `activeMs` as `active`. */
export function measureTitle(name: string): string {
  return name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

export function more(nextCursor: string | null): Lines {
  return nextCursor === null ? [] : ['', `There is more: --cursor ${nextCursor}`]
}
