// The measures of an event in its row's three integer columns, and back. event-types.ts says which measure has which
// column. Where an event has others, all of its measures go into `moreMeasures` as JSON and the columns are 0. A type's
// layout is frozen, because another layout would give stored rows another meaning.

import { ImmersionError } from './errors.js'
import { byType, type EventTypeEntry } from './event-types.js'
import type { MeasureName, MeasureSums, SparseMeasures } from './measures.js'
import { addSparse, canonicalMeasures, MEASURE_COUNT, MEASURE_INDEX, MEASURE_NAMES } from './measures.js'
import { isPlainObject } from './plain-data.js'
import type { EventRow } from './rows.js'

export type RowMeasures = Pick<EventRow, 'measure1' | 'measure2' | 'measure3' | 'moreMeasures'>

/** Places of a measure: nowhere, in column 1, 2 or 3, or fixed at 1. */
const ABSENT = 0
const FIXED = 4

interface Slots {
  /** By measure index. */
  readonly places: readonly number[]
  readonly fixedIndexes: readonly number[]
  /** Measure index of each column. */
  readonly columnIndexes: readonly number[]
}

const NO_SLOTS = slotsOf({})
const SLOTS = byType(slotsOf)

/** How the measures of an event of this type stand in its row. */
export function rowMeasures(type: string, measures: SparseMeasures): RowMeasures {
  const slots = SLOTS.get(type) ?? NO_SLOTS
  let measure1 = 0
  let measure2 = 0
  let measure3 = 0
  let fixedSeen = 0
  for (const name in measures) {
    const value = measures[name as MeasureName] ?? 0
    if (value === 0) continue
    const place = slots.places[MEASURE_INDEX[name as MeasureName]]
    if (place === 1) measure1 = value
    else if (place === 2) measure2 = value
    else if (place === 3) measure3 = value
    else if (place === FIXED && value === 1) fixedSeen++
    else return spilled(measures)
  }
  if (fixedSeen !== slots.fixedIndexes.length) return spilled(measures)
  return { measure1, measure2, measure3, moreMeasures: null }
}

/** Adds the measures of a row, without making an object of them. The row is taken to be undamaged. */
export function addRowMeasures(target: MeasureSums, row: EventRow): void {
  if (row.moreMeasures !== null) {
    addSparse(target, parseMoreMeasures(row.moreMeasures))
    return
  }
  const slots = SLOTS.get(row.type) ?? NO_SLOTS
  for (const index of slots.fixedIndexes) target[index] = (target[index] as number) + 1
  const columns = slots.columnIndexes
  const [first, second, third] = columns
  if (first !== undefined) target[first] = (target[first] as number) + row.measure1
  if (second !== undefined) target[second] = (target[second] as number) + row.measure2
  if (third !== undefined) target[third] = (target[third] as number) + row.measure3
}

/** The measures of a row as its event carries them: in the order of MEASURE_NAMES, without zeros. */
export function measuresOfRow(row: EventRow): SparseMeasures {
  if (row.moreMeasures !== null) return parseMoreMeasures(row.moreMeasures)
  const slots = SLOTS.get(row.type) ?? NO_SLOTS
  const measures: Partial<Record<MeasureName, number>> = {}
  for (let index = 0; index < MEASURE_COUNT; index++) {
    const place = slots.places[index]
    if (place === ABSENT) continue
    const value = place === FIXED ? 1 : place === 1 ? row.measure1 : place === 2 ? row.measure2 : row.measure3
    if (value !== 0) measures[MEASURE_NAMES[index] as MeasureName] = value
  }
  return measures
}

/** False when a column holds something that its type never writes there: the sign of a damaged row. */
export function rowIsWithinLayout(row: EventRow): boolean {
  if (row.moreMeasures !== null) {
    return row.measure1 === 0 && row.measure2 === 0 && row.measure3 === 0 && isCanonical(row.moreMeasures)
  }
  const used = (SLOTS.get(row.type) ?? NO_SLOTS).columnIndexes.length
  return (used > 0 || row.measure1 === 0) && (used > 1 || row.measure2 === 0) && (used > 2 || row.measure3 === 0)
}

function spilled(measures: SparseMeasures): RowMeasures {
  return { measure1: 0, measure2: 0, measure3: 0, moreMeasures: JSON.stringify(canonicalMeasures(measures)) }
}

function isCanonical(text: string): boolean {
  try {
    return JSON.stringify(canonicalMeasures(parseMoreMeasures(text))) === text
  } catch (error) {
    if (error instanceof ImmersionError) return false
    throw error
  }
}

function parseMoreMeasures(text: string): SparseMeasures {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isMeasures(parsed)) return parsed
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new ImmersionError('STORAGE_CORRUPT', `the measures of an event cannot be read: ${text.slice(0, 100)}`, {
    hint: 'Run `immersion verify`: it names every damaged event.',
  })
}

function isMeasures(value: unknown): value is SparseMeasures {
  if (!isPlainObject(value)) return false
  return Object.entries(value).every(([name, sum]) => Object.hasOwn(MEASURE_INDEX, name) && Number.isSafeInteger(sum))
}

function slotsOf({ always = [], columns = [] }: Pick<EventTypeEntry, 'always' | 'columns'>): Slots {
  const places = new Array<number>(MEASURE_COUNT).fill(ABSENT)
  for (const name of always) places[MEASURE_INDEX[name]] = FIXED
  columns.forEach((name, column) => {
    places[MEASURE_INDEX[name]] = column + 1
  })
  return {
    places,
    fixedIndexes: always.map((name) => MEASURE_INDEX[name]),
    columnIndexes: columns.map((name) => MEASURE_INDEX[name]),
  }
}
