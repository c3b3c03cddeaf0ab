// Ledger entries → rows of read models. A grouping is a projection made ready: it names the row into which an entry falls.
// A projection of the program's own may fail. It is then left behind at its revision until a program can rebuild it.

import { ImmersionError } from '../events/errors.js'
import { addSums, isZero, type MeasureSums, negated } from '../events/measures.js'
import type { ReadModelRow } from '../events/rows.js'
import type { Head, RowTable } from '../ports/event-log.js'
import {
  type Attribution,
  type LedgerEntryKey,
  type Projection,
  projectionId,
  type RowKey,
} from '../ports/projection.js'
import type { LedgerSums } from './fold.js'
import type { RowRules } from './settings.js'

export interface Grouping {
  readonly id: string
  /** Names of the key columns in their order, language last. */
  readonly columns: readonly string[]
  /** The row into which an entry falls; null for none. */
  rowOf(entry: LedgerEntryKey, attribution: Attribution, rules: RowRules): RowPlace | null
}

export interface RowPlace {
  readonly key: readonly (string | number)[]
  /** The key as text. */
  readonly text: string
}

export function groupingsOf(projections: readonly Projection[]): readonly Grouping[] {
  return projections.map(groupingOf)
}

/** The groupings whose rows are complete at this head. Only those can be kept up to date by adding; the others are left behind. */
export function groupingsAt(
  { projections }: Pick<Head, 'projections'>,
  groupings: readonly Grouping[],
): readonly Grouping[] {
  const listed = new Set(projections)
  return groupings.filter(({ id }) => listed.has(id))
}

/** Remembers the last answer, because batch after batch falls into the same quarter hour of the same stream. */
function groupingOf(projection: Projection): Grouping {
  const id = projectionId(projection)
  const columns = Object.entries(projection.key).map(([name, type]) => ({ name, type }))
  let last: (LedgerEntryKey & { attribution: Attribution; rules: RowRules; place: RowPlace | null }) | null = null

  function placeOf(entry: LedgerEntryKey, attribution: Attribution, rules: RowRules): RowPlace | null {
    const named = keyFrom(entry, attribution, rules)
    if (named === null) return null
    if (projection.window !== undefined && isCutOff(projection.window, named, rules)) return null
    const key: (string | number)[] = columns.map((column) => checkedKeyValue(id, column, named))
    key.push(attribution.language)
    return { key, text: keyText(key) }
  }

  function keyFrom(entry: LedgerEntryKey, attribution: Attribution, rules: RowRules): RowKey | null {
    try {
      return projection.keyOf(entry, attribution, rules)
    } catch (cause) {
      throw projectionFault(id, `projection ${id} failed: ${String(cause)}`, cause)
    }
  }

  return {
    id,
    columns: [...Object.keys(projection.key), 'language'],
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

/** Whether the row is of a day, or month, before the profile's first one. */
function isCutOff({ column, unit }: NonNullable<Projection['window']>, key: RowKey, { rowsFrom }: RowRules): boolean {
  const from = rowsFrom[unit]
  return from !== null && Number(key[column]) < from
}

/** A program's own projection made the value, so it is checked. */
function checkedKeyValue(id: string, { name, type }: RowTable['key'][number], key: RowKey): string | number {
  const value = key[name]
  const isText = typeof value === 'string' && !value.includes('\u0000')
  if (value !== undefined && (type === 'integer' ? Number.isSafeInteger(value) : isText)) return value
  throw projectionFault(id, `projection ${id} gave no usable value for ${name}`)
}

function projectionFault(id: string, message: string, cause?: unknown): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', message, {
    hint: 'keyOf answers with an integer or a text without NUL for each key column, or null for no row.',
    details: { projection: id },
    cause,
  })
}

/** The id of the projection whose keyOf failed; null for every other error. */
export function faultyProjection(error: unknown): string | null {
  if (!(error instanceof ImmersionError) || error.code !== 'INVALID_ARGUMENT') return null
  return typeof error.details.projection === 'string' ? error.details.projection : null
}

/** Rows of one grouping by their key as text. */
export type RowSums = Map<string, { readonly key: readonly (string | number)[]; readonly measures: MeasureSums }>

/** Adds or subtracts one entry of a stream in the row into which it falls. A stream without attribution counts nowhere. */
export function addToRows(
  rows: RowSums,
  grouping: Grouping,
  entry: LedgerSums,
  attribution: Attribution | null,
  rules: RowRules,
  sign: 1 | -1 = 1,
): void {
  const place = attribution === null ? null : grouping.rowOf(entry, attribution, rules)
  if (place === null) return
  const row = rows.get(place.text)
  if (row !== undefined) addSums(row.measures, entry.measures, sign)
  else rows.set(place.text, { key: place.key, measures: sign === 1 ? entry.measures.slice() : negated(entry.measures) })
}

/** Rows that are not all zero, in the order in which they were added. */
export function writtenRows(rows: RowSums): readonly ReadModelRow[] {
  return [...rows.values()].filter(({ measures }) => !isZero(measures))
}

/** No part of a key contains NUL: validation at the entry points and checkedKeyValue refuse it. */
export function keyText(key: readonly (string | number)[]): string {
  return key.join('\u0000')
}
