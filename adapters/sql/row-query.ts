// Writes the select of a RowQuery: filter, sum by groupBy, order, cursor, limit. Every name in the text comes from the
// table's own definition or from MEASURE_NAMES; values of the caller are only compared with those, or bound. The text
// depends on the query's shape alone, so an adapter prepares it once a shape (rowQueryShape).

import { MEASURE_INDEX } from '../../src/events/measures.js'
import type { RowQuery, RowTable } from '../../src/ports/event-log.js'
import { rowOrder } from '../port/queries.js'
import { unknownColumn, wrongCursor } from '../port/refusals.js'
import type { Bind, SqlDialect } from './dialect.js'
import { MEASURE_COLUMNS } from './measure-columns.js'
import { rowTable } from './tables.js'

/** Queries of one shape have one text and differ in binds only. */
export function rowQueryShape({ equals, range, after, limit, ...others }: RowQuery): string {
  const ranged = range && [range.column, range.from !== undefined, range.to !== undefined]
  return JSON.stringify([others, equals && Object.keys(equals), ranged, after !== undefined, limit !== undefined])
}

export interface RowQueryPlan {
  /** Answers: the groupBy columns, then the wanted measures in the order of MEASURE_NAMES. */
  readonly text: string
  readonly keyCount: number
  /** Places of the wanted measures in MEASURE_NAMES; null when all are. */
  readonly wanted: readonly number[] | null
  /** Values that `after` must have. */
  readonly orderCount: number
  /** The values of `after` in the order of their binds. */
  readonly cursor: readonly number[]
}

export function planRowQuery(dialect: SqlDialect, table: RowTable, query: RowQuery): RowQueryPlan {
  const { name: tableName, columns, keyLength } = rowTable(table)
  const names = new Map(columns.slice(1, keyLength).map(({ field, name }) => [field, name]))
  const groupBy = query.groupBy ?? [...names.keys()]
  const groupColumns = groupBy.map((name) => columnNamed(names, name))
  const fixed = Object.keys(query.equals ?? {})
  // When every key column is either kept apart or fixed to one value, each group is one row and nothing is to be summed.
  // Without groupBy columns it is summed all the same, for the row of zeros where nothing matches.
  const isOneRow = [...names.keys()].every((name) => groupBy.includes(name) || fixed.includes(name))
  const grouped = !isOneRow || groupBy.length === 0
  const wanted = wantedPlaces(query)
  const chosen = wanted === null ? MEASURE_COLUMNS : MEASURE_COLUMNS.filter((_column, place) => wanted.includes(place))
  const measureText = (column = ''): string => (grouped ? dialect.sum(column) : column)
  const measures = chosen.map((column) => measureText(column))
  // Neither columns nor measures: an unused sum makes the answer one row all the same.
  if (groupColumns.length + measures.length === 0) measures.push(...MEASURE_COLUMNS.slice(0, 1).map(dialect.sum))
  const order = rowOrder(groupBy, query.orderBy).map(({ column, measure, descending }) => ({
    text: measure === null ? columnNamed(names, column) : measureText(MEASURE_COLUMNS[measure]),
    measure: measure !== null,
    descending,
  }))
  const uniform = order.every(({ descending }) => descending === order[0]?.descending)

  const leadsIndex = (name: string) => table.indexes.some(([first]) => first === name)
  const equal = fixed.map((name) => {
    const condition = `${columnNamed(names, name)} = ?`
    return leadsIndex(name) ? dialect.selective(condition) : condition
  })
  const where = ['profile_id = ?', ...equal]
  if (query.range?.from !== undefined) where.push(`${columnNamed(names, query.range.column)} >= ?`)
  if (query.range?.to !== undefined) where.push(`${columnNamed(names, query.range.column)} < ?`)
  const having: string[] = []
  if (query.after) (grouped && order.some((term) => term.measure) ? having : where).push(afterCondition(order, uniform))

  const parts = [`select ${[...groupColumns, ...measures].join(', ')} from ${tableName}`]
  parts.push(`where ${where.join(' and ')}`)
  if (grouped && groupColumns.length > 0) parts.push(`group by ${groupColumns.join(', ')}`)
  if (having.length > 0) parts.push(`having ${having.join(' and ')}`)
  if (order.length > 0) {
    parts.push(`order by ${order.map(({ text, descending }) => (descending ? `${text} desc` : text)).join(', ')}`)
  }
  if (query.limit !== undefined) parts.push('limit ?')
  // Level by level, each value but the last is bound twice.
  const cursor = order.flatMap((_term, place) => (uniform || place === order.length - 1 ? [place] : [place, place]))
  const text = dialect.text(parts.join(' '))
  return { text, keyCount: groupBy.length, wanted, orderCount: order.length, cursor }
}

function wantedPlaces({ measures }: RowQuery): readonly number[] | null {
  if (measures === undefined) return null
  return [...new Set(measures.map((name) => MEASURE_INDEX[name]))].sort((left, right) => left - right)
}

/** In the order of the text: profile_id, equals, range, after, limit. */
export function rowQueryBinds(plan: RowQueryPlan, profileId: number, query: RowQuery): Bind[] {
  const binds: Bind[] = [profileId, ...Object.values(query.equals ?? {})]
  if (query.range?.from !== undefined) binds.push(query.range.from)
  if (query.range?.to !== undefined) binds.push(query.range.to)
  const { after, limit } = query
  if (after) {
    if (after.length !== plan.orderCount) throw wrongCursor(after.length, plan.orderCount)
    binds.push(...plan.cursor.map((place) => after[place] as Bind))
  }
  if (limit !== undefined) binds.push(limit)
  return binds
}

interface OrderTerm {
  readonly text: string
  readonly measure: boolean
  readonly descending: boolean
}

/** All terms in one direction: a row comparison, which an index answers. Else level by level. */
function afterCondition(order: readonly OrderTerm[], uniform: boolean): string {
  if (!uniform) return levels(order)
  const sign = order[0]?.descending ? '<' : '>'
  return `(${order.map(({ text }) => text).join(', ')}) ${sign} (${order.map(() => '?').join(', ')})`
}

function levels([term, ...rest]: readonly OrderTerm[]): string {
  if (!term) return ''
  const { text, descending } = term
  const sign = descending ? '<' : '>'
  if (rest.length === 0) return `${text} ${sign} ?`
  // The first comparison follows from the second, but an index can start from it.
  return `(${text} ${sign}= ? and (${text} ${sign} ? or ${levels(rest)}))`
}

function columnNamed(names: ReadonlyMap<string, string>, name: string): string {
  const column = names.get(name)
  if (column === undefined) throw unknownColumn(name, [...names.keys()])
  return column
}
