// Sums of the rows that a query has read, which are few, because the database has grouped them, and the rates of sums. Rates are
// computed at read time and stored nowhere. They are per active time, the time that played with the learner present, so that
// a long pause does not make a fast reader slow.

import { addSparse, addSums, type MeasureSums, type Measures, measuresOf, zeroSums } from '../events/measures.js'
import { HOUR_MS, MINUTE_MS } from '../events/time-units.js'
import type { Sums } from '../ports/analytics-types.js'
import type { ReadModelRow } from '../ports/event-log.js'

export function sumRows(rows: Iterable<ReadModelRow>): Measures {
  const sums = zeroSums()
  for (const row of rows) addSums(sums, row.measures)
  return measuresOf(sums)
}

export function sumMeasures(all: Iterable<Pick<Sums, 'measures'>>): Measures {
  const sums = zeroSums()
  for (const { measures } of all) addSparse(sums, measures)
  return measuresOf(sums)
}

/** Sums of the rows that share a name, in the order in which the names first appear. */
export function sumByName(
  rows: Iterable<ReadModelRow>,
  nameOf: (row: ReadModelRow) => string,
): ReadonlyMap<string, MeasureSums> {
  const sums = new Map<string, MeasureSums>()
  for (const row of rows) {
    const name = nameOf(row)
    const sum = sums.get(name)
    if (sum === undefined) sums.set(name, [...row.measures])
    else addSums(sum, row.measures)
  }
  return sums
}

export function withRates(measures: Measures): Sums {
  const activeHours = measures.activeMs / HOUR_MS
  const rates = {
    charsPerHour: divide(measures.chars, activeHours),
    wordsPerMinute: divide(measures.words, measures.activeMs / MINUTE_MS),
    cardsPerHour: divide(measures.cards, activeHours),
    lookupsPerHundredWords: divide(measures.lookups * 100, measures.words),
    lookupHitRate: divide(measures.lookupHits, measures.lookups),
  }
  return { measures, rates }
}

/** Null for a divisor of 0. */
export function divide(dividend: number, divisor: number): number | null {
  return divisor === 0 ? null : dividend / divisor
}
