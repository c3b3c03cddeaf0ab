// Turns events into rows and back, and gives the last moment each reaches. A row names its stream by number, an event by
// id, so the reader brings the id. The measures stand in three integer columns; event-types.ts says which measure has which
// column. Where an event has others, all of its measures go into `moreMeasures` as JSON and the columns are 0. A type's
// layout is frozen, because another layout would give stored rows another meaning.

import { checksumOf } from './checksum.js'
import { ImmersionError } from './errors.js'
import { byType, type EventTypeEntry, entryOfType } from './event-types.js'
import type { MeasureName, MeasureSums, SparseMeasures } from './measures.js'
import { addSparse, canonicalMeasures, MEASURE_COUNT, MEASURE_INDEX, MEASURE_NAMES } from './measures.js'
import { isPlainObject } from './plain-data.js'
import type { EventRow } from './rows.js'
import type { NewEvent, RecordedEvent } from './types.js'

export function rowOfEvent(event: NewEvent, stream: number, position: number): EventRow {
  const { measure1, measure2, measure3, moreMeasures } = rowMeasures(event.type, event.measures)
  return {
    position,
    stream,
    version: event.version,
    type: event.type,
    payloadVersion: event.payloadVersion,
    occurredAtMs: event.occurredAtMs,
    utcOffsetMin: event.utcOffsetMin,
    measure1,
    measure2,
    measure3,
    moreMeasures,
    payload: event.payload,
    checksum: event.checksum,
  }
}

/** STORAGE_CORRUPT when the row's measures cannot be read. */
export function eventOfRow(row: EventRow, streamId: string): RecordedEvent {
  return {
    streamId,
    version: row.version,
    type: row.type,
    payloadVersion: row.payloadVersion,
    occurredAtMs: row.occurredAtMs,
    utcOffsetMin: row.utcOffsetMin,
    measures: measuresOfRow(row),
    payload: row.payload,
    checksum: row.checksum,
    position: row.position,
  }
}

/** Whether the row is what was recorded: for verify, which must name a damaged row instead of failing on it. */
export function rowIsIntact(row: EventRow, streamId: string): boolean {
  return rowIsWithinLayout(row) && checksumOf(eventOfRow(row, streamId)) === row.checksum
}

/** The same, for a row that may not even be readable: false then. */
export function isIntactEvent(row: EventRow, streamId: string): boolean {
  try {
    return rowIsIntact(row, streamId)
  } catch (error) {
    if (error instanceof ImmersionError) return false
    throw error
  }
}

/** Before every moment that an event may have, and still an integer that every database stores. */
const NO_MOMENT = 0

/**
 * A heartbeat reaches to the end of the time that it covers. `atMs` is the moment in whose quarter hour it counts. The latest
 * last moment is the stream's: without a session.ended the session ended then, and five minutes later it is silent.
 */
export function lastMomentOf(type: string, atMs: number, measures: SparseMeasures): number {
  const entry = entryOfType(type)
  return entry === undefined ? atMs : reachOf(entry, atMs, measures)
}

/** The same for a stored row. Only the rows of heartbeats are read for their measures. */
export function lastMomentOfRow(row: EventRow, atMs: number): number {
  const entry = entryOfType(row.type)
  return entry?.covers === undefined ? atMs : reachOf(entry, atMs, measuresOfRow(row))
}

function reachOf({ covers, away }: EventTypeEntry, atMs: number, measures: SparseMeasures): number {
  if (covers === undefined) return atMs
  if (away !== undefined && measures[away] && Object.keys(measures).length === 1) return NO_MOMENT
  return atMs + (measures[covers] ?? 0)
}

type RowMeasures = Pick<EventRow, 'measure1' | 'measure2' | 'measure3' | 'moreMeasures'>

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
