// Answers a RowQuery over rows held in memory, in the order in which the port defines it: filter, sum by groupBy, order,
// cursor, limit. It is the reference that the SQL of adapters/sql/row-query.ts must agree with.

import { addSums, MEASURE_INDEX, zeroSums } from '../../src/events/measures.js'
import type { ReadModelRow, RowQuery, RowTable } from '../../src/ports/event-log.js'
import { type OrderTerm, rowOrder } from '../port/queries.js'
import { unknownColumn, wrongCursor } from '../port/refusals.js'
import { compareValues, type KeyValue } from './byte-order.js'

export function answerRowQuery(table: RowTable, rows: Iterable<ReadModelRow>, query: RowQuery): ReadModelRow[] {
  const columns = [...table.key.map(({ name }) => name), 'language']
  const groupBy = query.groupBy ?? columns
  const groups = groupRows(filterRows(rows, columns, query), columns, groupBy)
  const order = rowOrder(groupBy, query.orderBy)
  const places = order.map(({ column }) => groupBy.indexOf(column))
  const valuesOf = ({ key, measures }: ReadModelRow) =>
    order.map(({ measure }, index) => (measure === null ? key[places[index] as number] : measures[measure]) as KeyValue)
  const answer = [...groups].sort((left, right) => compareInOrder(order, valuesOf(left), valuesOf(right)))
  const after = query.after
  if (after && after.length !== order.length) throw wrongCursor(after.length, order.length)
  const page = after ? answer.filter((row) => compareInOrder(order, valuesOf(row), after) > 0) : answer
  return page.slice(0, query.limit).map((row) => onlyWanted(row, query.measures))
}

function* filterRows(
  rows: Iterable<ReadModelRow>,
  columns: readonly string[],
  query: RowQuery,
): Iterable<ReadModelRow> {
  const equals = Object.entries(query.equals ?? {}).map(([name, value]) => [placeOf(columns, name), value] as const)
  const { column, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query.range ?? {}
  const ranged = column === undefined ? -1 : placeOf(columns, column)
  for (const row of rows) {
    if (equals.some(([place, value]) => row.key[place] !== value)) continue
    const value = ranged < 0 ? 0 : Number(row.key[ranged])
    if (ranged < 0 || (value >= from && value < to)) yield row
  }
}

function groupRows(
  rows: Iterable<ReadModelRow>,
  columns: readonly string[],
  groupBy: readonly string[],
): Iterable<ReadModelRow> {
  const places = groupBy.map((name) => placeOf(columns, name))
  const groups = new Map<string, { readonly key: readonly KeyValue[]; readonly measures: number[] }>()
  // Without columns to keep apart the answer is one row, also when nothing matches.
  if (groupBy.length === 0) groups.set('[]', { key: [], measures: zeroSums() })
  for (const row of rows) {
    const key = places.map((place) => row.key[place] as KeyValue)
    const name = JSON.stringify(key)
    const group = groups.get(name)
    if (group) addSums(group.measures, row.measures)
    else groups.set(name, { key, measures: [...row.measures] })
  }
  return groups.values()
}

function onlyWanted(row: ReadModelRow, wanted: RowQuery['measures']): ReadModelRow {
  if (wanted === undefined) return row
  const indexes = new Set(wanted.map((name) => MEASURE_INDEX[name]))
  return { key: row.key, measures: row.measures.map((value, index) => (indexes.has(index) ? value : 0)) }
}

function compareInOrder(order: readonly OrderTerm[], left: readonly KeyValue[], right: readonly KeyValue[]): number {
  for (const [index, term] of order.entries()) {
    const difference = compareValues(left[index] as KeyValue, right[index] as KeyValue)
    if (difference !== 0) return term.descending ? -difference : difference
  }
  return 0
}

function placeOf(columns: readonly string[], name: string): number {
  const place = columns.indexOf(name)
  if (place >= 0) return place
  throw unknownColumn(name, columns)
}
