// The query `rows`: the rows of any registered projection, for programs with a projection of their own. A RowQuery is validated
// here: its columns exist and its values have their types, which adapters trust.

import { ImmersionError } from '../events/errors.js'
import { MEASURE_NAMES, measuresOf } from '../events/measures.js'
import type { RowQuery } from '../ports/event-log.js'
import { type KeyColumnType, type Projection, projectionId } from '../ports/projection.js'
import * as argument from './arguments.js'
import { ANALYTICS_LIMITS } from './limits.js'
import { type Query, rowsFromOf } from './reading.js'

export const rows: Query<'rows'> = (given, projections) => {
  const query = readQuery(projections, given)
  const { groupBy, range } = query
  const { window } = projections.find((known) => projectionId(known) === query.projection) ?? {}
  const from = range?.column === window?.column ? range?.from : undefined
  return async (reading) => {
    const found = await reading.rows(query)
    return {
      rows: found.map((row) => ({
        key: Object.fromEntries(groupBy.map((name, place) => [name, row.key[place] ?? ''])),
        measures: measuresOf(row.measures),
      })),
      rowsFrom: window === undefined ? null : rowsFromOf(reading, window.unit, from),
    }
  }
}

function readQuery(projections: readonly Projection[], given: unknown) {
  const read = argument.readArguments('rows', given, {
    projection: argument.text,
    equals: argument.optional(record),
    range: argument.optional(record),
    groupBy: argument.optional(list),
    orderBy: argument.optional(list),
    after: argument.optional(list),
    limit: argument.limit(ANALYTICS_LIMITS.rows),
    measures: argument.optional(list),
  })
  const columns = columnsOf(projections, read.projection)
  const groupBy = read.groupBy?.map((column) => nameIn('groupBy', column, [...columns.keys()])) ?? [...columns.keys()]
  const orderBy = read.orderBy?.map((order) => readOrder(order, groupBy))
  const equals = read.equals && readEquals(read.equals, columns)
  const range = read.range && readRange(read.range, columns)
  const after = read.after && readAfter(read.after, orderBy ?? [], groupBy, columns)
  const measures = read.measures?.map((name) => argument.oneOf(MEASURE_NAMES)(name, placeOf('measures')))
  return { projection: read.projection, groupBy, limit: read.limit, equals, range, orderBy, after, measures }
}

type Columns = ReadonlyMap<string, KeyColumnType>

function columnsOf(projections: readonly Projection[], id: string): Columns {
  const projection = projections.find((known) => projectionId(known) === id)
  if (projection === undefined) {
    throw new ImmersionError('UNKNOWN_PROJECTION', `there is no projection ${id}`, {
      hint: 'Projections are named with their version, as daily@1.',
      details: { projection: id, known: projections.map(projectionId) },
    })
  }
  return new Map([...Object.entries(projection.key), ['language', 'text']])
}

function readEquals(equals: object, columns: Columns): Record<string, string | number> {
  const read = Object.entries(equals).map(([column, value]) => {
    nameIn('equals', column, [...columns.keys()])
    return [column, checkedValue(`equals.${column}`, value, columns.get(column))] as const
  })
  return Object.fromEntries(read)
}

function readRange(range: object, columns: Columns) {
  const integers = [...columns].filter(([, type]) => type === 'integer').map(([name]) => name)
  const column = nameIn('range.column', Reflect.get(range, 'column'), integers)
  const from = argument.optional(safeInteger)(Reflect.get(range, 'from'), placeOf('range.from'))
  const to = argument.optional(safeInteger)(Reflect.get(range, 'to'), placeOf('range.to'))
  return { column, from, to }
}

function readOrder(order: unknown, groupBy: readonly string[]): NonNullable<RowQuery['orderBy']>[number] {
  const given = record(order, placeOf('orderBy'))
  const column = nameIn('orderBy.column', Reflect.get(given, 'column'), [...groupBy, ...MEASURE_NAMES])
  return { column, descending: Reflect.get(given, 'descending') === true }
}

/** One value for each column of the order, then for each remaining column of groupBy. */
function readAfter(
  after: readonly unknown[],
  orderBy: NonNullable<RowQuery['orderBy']>,
  groupBy: readonly string[],
  columns: Columns,
): readonly (string | number)[] {
  const ordered = orderBy.map(({ column }) => column)
  const places = [...ordered, ...groupBy.filter((column) => !ordered.includes(column))]
  if (after.length !== places.length) {
    throw argument.refusal(placeOf('after'), after, `one value for each of ${places.join(', ')}`)
  }
  // A column that is no key column is a measure, and therefore an integer.
  return places.map((column, index) => checkedValue('after', after[index], columns.get(column)))
}

function checkedValue(name: string, value: unknown, type: KeyColumnType = 'integer'): string | number {
  if (type === 'integer') return safeInteger(value, placeOf(name))
  if (typeof value === 'string') return value
  throw argument.refusal(placeOf(name), value, 'a text')
}

const safeInteger = argument.integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

function nameIn(name: string, value: unknown, allowed: readonly string[]): string {
  return argument.oneOf(allowed)(value, placeOf(name))
}

function placeOf(name: string): argument.ArgumentPlace {
  return { query: 'rows', argument: name }
}

const record: argument.ArgumentReader<object> = (value, at) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw argument.refusal(at, value, 'an object')
}

/** More than the columns and measures of any projection. */
const LIST_MAX = 100

const list: argument.ArgumentReader<readonly unknown[]> = (value, at) => {
  if (Array.isArray(value) && value.length <= LIST_MAX) return value
  throw argument.refusal(at, value, `a list of at most ${LIST_MAX}`)
}
