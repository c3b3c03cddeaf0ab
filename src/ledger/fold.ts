// The two pure steps between events and statistics: events → sums by quarter hour (the ledger), ledger entries → sums by
// key (read models). Append runs them on what a batch adds, rebuild and verify on the whole, so that all three agree by
// construction. Nothing here reads or writes.

import { decodePayload } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import { addSums, isZero, type MeasureSums, zeroSums } from '../events/measures.js'
import type { NewEvent } from '../events/types.js'
import type { LedgerRow, ReadModelRow } from '../ports/event-log.js'
import { type Attribution, type Projection, projectionId, type RowKey } from '../ports/projection.js'
import { countedMoment } from './facts.js'
import type { RowRules } from './settings.js'

/** A sum that is being added to. */
export interface LedgerEntry {
  readonly quarter: number
  readonly utcOffsetMin: number
  readonly measures: MeasureSums
}

/**
 * The entry of a stream to which an event's measures are added; made when there is none. A stream is in one quarter hour
 * at a time, so the last entry is nearly always the one.
 */
export function entryOf(entries: LedgerEntry[], quarter: number, utcOffsetMin: number): LedgerEntry {
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index] as LedgerEntry
    if (entry.quarter === quarter && entry.utcOffsetMin === utcOffsetMin) return entry
  }
  const entry = { quarter, utcOffsetMin, measures: zeroSums() }
  entries.push(entry)
  return entry
}

/** The moment in whose quarter hour an event's measures count. What cannot be read counts when it was said. */
export function countedAtMs(event: Pick<NewEvent, 'type' | 'occurredAtMs' | 'payloadVersion' | 'payload'>): number {
  if (event.type !== 'session.adjusted') return event.occurredAtMs
  try {
    return countedMoment(decodePayload(event.type, event.payloadVersion, event.payload), event.occurredAtMs)
  } catch (error) {
    if (error instanceof ImmersionError) return event.occurredAtMs
    throw error
  }
}

export function ledgerByStream(ledger: Iterable<LedgerRow>): Map<number, LedgerRow[]> {
  const byStream = new Map<number, LedgerRow[]>()
  for (const entry of ledger) {
    const entries = byStream.get(entry.stream)
    if (entries === undefined) byStream.set(entry.stream, [entry])
    else entries.push(entry)
  }
  return byStream
}

/** Into which row of one projection an entry falls; null for none. */
export interface Grouping {
  readonly id: string
  /** Names of the key columns in their order, language last. */
  readonly columns: readonly string[]
  rowOf(entry: LedgerPlace, attribution: Attribution, rules: RowRules): RowPlace | null
}

type LedgerPlace = Pick<LedgerRow, 'quarter' | 'utcOffsetMin'>

export interface RowPlace {
  readonly key: readonly (string | number)[]
  /** The key as text. */
  readonly text: string
}

export function groupingsOf(projections: readonly Projection[]): readonly Grouping[] {
  return projections.map(groupingOf)
}

/** Remembers the last answer: batch after batch falls into the same quarter hour of the same stream. */
function groupingOf(projection: Projection): Grouping {
  const id = projectionId(projection)
  const columns = Object.entries(projection.key).map(([name, type]) => ({ name, integer: type === 'integer' }))
  let last: (LedgerPlace & { attribution: Attribution; rules: RowRules; place: RowPlace | null }) | null = null

  function placeOf(entry: LedgerPlace, attribution: Attribution, rules: RowRules): RowPlace | null {
    const named = askForKey(entry, attribution, rules)
    if (named === null) return null
    if (projection.window !== undefined && isCutOff(projection.window, named, rules)) return null
    const key: (string | number)[] = columns.map(({ name, integer }) => checkKeyValue(id, name, integer, named[name]))
    key.push(attribution.language)
    return { key, text: keyText(key) }
  }

  function askForKey(entry: LedgerPlace, attribution: Attribution, rules: RowRules): RowKey | null {
    try {
      return projection.keyOf(entry, attribution, rules)
    } catch (cause) {
      throw projectionFault(id, `projection ${id} failed: ${String(cause)}`, cause)
    }
  }

  return {
    id,
    columns: [...columns.map(({ name }) => name), 'language'],
    rowOf(entry, attribution, rules) {
      const { quarter, utcOffsetMin } = entry
      if (
        last === null ||
        last.quarter !== quarter ||
        last.utcOffsetMin !== utcOffsetMin ||
        last.attribution !== attribution ||
        last.rules !== rules
      ) {
        last = { quarter, utcOffsetMin, attribution, rules, place: placeOf(entry, attribution, rules) }
      }
      return last.place
    },
  }
}

/** Whether the profile's window has left the row behind. */
function isCutOff({ column, unit }: NonNullable<Projection['window']>, key: RowKey, { rowsFrom }: RowRules): boolean {
  const from = rowsFrom[unit]
  return from !== null && Number(key[column]) < from
}

/** Rows of one grouping by their key as text. */
export type RowSums = Map<string, { readonly key: readonly (string | number)[]; readonly measures: MeasureSums }>

/** Adds (or takes off) one entry of a stream to the row into which it falls. A stream without attribution counts nowhere. */
export function addToRows(
  rows: RowSums,
  grouping: Grouping,
  entry: Pick<LedgerRow, 'quarter' | 'utcOffsetMin' | 'measures'>,
  attribution: Attribution | null,
  rules: RowRules,
  sign: 1 | -1 = 1,
): void {
  const place = attribution === null ? null : grouping.rowOf(entry, attribution, rules)
  if (place === null) return
  const row = rows.get(place.text)
  if (row !== undefined) addSums(row.measures, entry.measures, sign)
  else rows.set(place.text, { key: place.key, measures: signed(entry.measures, sign) })
}

function signed(measures: readonly number[], sign: 1 | -1): MeasureSums {
  if (sign === 1) return measures.slice()
  const negative = zeroSums()
  addSums(negative, measures, sign)
  return negative
}

/** Rows that are not all zero, in the order in which they came up. */
export function writtenRows(rows: RowSums): readonly ReadModelRow[] {
  const written: ReadModelRow[] = []
  for (const row of rows.values()) if (!isZero(row.measures)) written.push(row)
  return written
}

/** No part of a key holds NUL: texts with it are refused at the door, and by checkKeyValue. */
export function keyText(key: readonly (string | number)[]): string {
  return key.join('\u0000')
}

/** A program's own projection made it, so it is checked. */
function checkKeyValue(
  id: string,
  column: string,
  integer: boolean,
  value: string | number | undefined,
): string | number {
  const fits = integer ? Number.isSafeInteger(value) : typeof value === 'string' && !value.includes('\u0000')
  if (fits && value !== undefined) return value
  throw projectionFault(id, `projection ${id} gave no usable value for ${column}`)
}

function projectionFault(id: string, message: string, cause?: unknown): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', message, {
    hint: 'keyOf answers with an integer or a text without NUL for each key column, or null for no row.',
    details: { projection: id },
    cause,
  })
}

/** The id of the projection whose keyOf failed, or null for any other error. */
export function faultyProjection(error: unknown): string | null {
  if (!(error instanceof ImmersionError) || error.code !== 'INVALID_ARGUMENT') return null
  return typeof error.details.projection === 'string' ? error.details.projection : null
}
