// The tables of read models, made from the declarations of projections. A table's name holds the projection's version, so its key
// never changes: one that is there with another key belongs to another projection of the same name. Columns of measures
// are added where they are missing.

import { ImmersionError } from '../../src/events/errors.js'
import type { RowTable } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import type { ColumnType, SqlDialect } from './dialect.js'
import { MEASURE_COLUMNS, type MeasureColumn } from './measure-columns.js'
import { keyNames, rowTable } from './tables.js'

/** The schema of a database as its adapter has read it. */
export interface StoredSchema {
  /** 0 when nothing is there yet. */
  readonly version: number
  /** By table. Partitions of a table are not tables of their own. */
  readonly columns: ReadonlyMap<string, readonly string[]>
  readonly indexes: ReadonlySet<string>
}

/** Statements for the table, its columns and its indexes, as far as they are missing and no step of the schema adds them. */
export function missingOfRowTable(
  dialect: SqlDialect,
  table: RowTable,
  { version, columns, indexes }: StoredSchema,
  measures: readonly MeasureColumn[],
): readonly string[] {
  const { name } = rowTable(table)
  const stored = columns.get(name)
  if (stored) checkRowTable(table, stored)
  const missing = measures.filter(({ column, since }) => since <= version && !stored?.includes(column))
  const made = stored
    ? missing.map(({ column }) => addMeasure(dialect, name, column))
    : [createRowTable(dialect, table)]
  const newIndexes = rowIndexes(dialect, table).filter((index) => !indexes.has(index.name))
  return [...made, ...newIndexes.map(({ create }) => create)]
}

export function createRowTable(dialect: SqlDialect, table: RowTable): string {
  const made = rowTable(table)
  const types: readonly ColumnType[] = ['profile', ...table.key.map(({ type }) => type), 'text']
  const columns = made.columns.map(({ name }, place) => `${name} ${dialect.columnType(types[place] ?? 'measure')}`)
  const parts = [...columns, `primary key (${keyNames(made).join(', ')})`]
  return dialect.text(`create table ${made.name} (${parts.join(', ')})${dialect.rowTableOptions}`)
}

/** Rows that are there get a 0. */
export function addMeasure(dialect: SqlDialect, table: string, column: string): string {
  return dialect.text(`alter table ${table} add column ${column} ${dialect.columnType('measure')} default 0`)
}

/** Its indexes, named by their columns: a projection may come to declare more of them without another version. */
export function rowIndexes(
  dialect: SqlDialect,
  table: RowTable,
): readonly { readonly name: string; readonly create: string }[] {
  const { name: tableName, columns: known, keyLength } = rowTable(table)
  return table.indexes.map((index, place) => {
    const columns = index.map((field) => {
      const column = known.slice(1, keyLength).find((one) => one.field === field)
      if (column) return column.name
      throw new ImmersionError('INVALID_ARGUMENT', `An index of ${table.name} names ${field}, which is no key column.`)
    })
    const full = `${tableName}_by_${columns.join('_and_')}`
    const name = full.length <= dialect.nameMaxLength ? full : `${tableName}_index${place + 1}`
    return { name, create: dialect.text(`create index ${name} on ${tableName} (profile_id, ${columns.join(', ')})`) }
  })
}

/** Whether a table of this name with these columns is a read model's. */
export function isRowTable(name: string, columns: readonly string[]): boolean {
  return /^rows_[a-z][a-z0-9_]*_v\d+$/.test(name) && ['profile_id', 'language'].every((key) => columns.includes(key))
}

/** `stored` are the columns of the table that is there. Measures may be missing, and their order does not matter. */
export function checkRowTable(table: RowTable, stored: readonly string[]): void {
  const made = rowTable(table)
  const key = keyNames(made)
  const missing = key.filter((column) => !stored.includes(column))
  const extra = stored.filter((column) => !key.includes(column) && !MEASURE_COLUMNS.includes(column))
  const isInOrder = missing.length > 0 || stored.filter((column) => key.includes(column)).join() === key.join()
  const differences = [
    ...(missing.length === 0 ? [] : [`lacks ${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`has ${extra.join(', ')} besides`]),
    ...(isInOrder ? [] : ['has its key in another order']),
  ]
  if (differences.length === 0) return
  const id = projectionId(table)
  const message = `The table ${made.name} is not that of the projection ${id}: it ${differences.join(' and ')}.`
  throw new ImmersionError('INVALID_ARGUMENT', message, {
    hint: 'Another grouping is another version of the projection.',
    details: { projection: id, missing, extra },
  })
}
