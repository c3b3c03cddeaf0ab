// Sums of the rows that a query has read. They are few, because the database has grouped them.

import { addSparse, addSums, type MeasureSums, type Measures, measuresOf, zeroSums } from '../events/measures.js'
import type { ReadModelRow } from '../ports/event-log.js'

export function sumRows(rows: Iterable<ReadModelRow>): Measures {
  const sums = zeroSums()
  for (const row of rows) addSums(sums, row.measures)
  return measuresOf(sums)
}

export function sumMeasures(all: Iterable<Measures>): Measures {
  const sums = zeroSums()
  for (const measures of all) addSparse(sums, measures)
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
