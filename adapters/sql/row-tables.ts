// The tables of read models, made from what a projection declares. A table's name holds the projection's version, so its
// columns never change: one that is there with other columns belongs to another projection of the same name.

import { ImmersionError } from '../../src/events/errors.js'
import type { RowTable } from '../../src/ports/event-log.js'
import { keyColumn, MEASURE_COLUMNS, rowKeyColumns, rowTableName } from './columns.js'
import type { SqlDialect } from './dialect.js'

export function createRowTable(dialect: SqlDialect, table: RowTable): string {
  const columns = [
    `profile_id ${dialect.columnType('integer')}`,
    ...table.key.map((column) => `${keyColumn(column.name)} ${dialect.columnType(column.type)}`),
    `language ${dialect.columnType('text')}`,
    ...MEASURE_COLUMNS.map((column) => `${column} ${dialect.columnType('measure')}`),
    `primary key (${rowKeyColumns(table).join(', ')})`,
  ]
  return `create table ${rowTableName(table)} (${columns.join(', ')})${dialect.rowTableOptions}`
}

/** Its indexes, named by their columns: a projection may come to declare more of them without another version. */
export function rowIndexes(
  dialect: SqlDialect,
  table: RowTable,
): readonly { readonly name: string; readonly create: string }[] {
  const tableName = rowTableName(table)
  return table.indexes.map((index, place) => {
    const columns = indexColumns(table, index)
    const full = `${tableName}_by_${columns.join('_and_')}`
    const name = full.length <= dialect.nameMaxLength ? full : `${tableName}_index${place + 1}`
    return { name, create: `create index ${name} on ${tableName} (profile_id, ${columns.join(', ')})` }
  })
}

/** `columns` are those of the table that is there, in order. */
export function checkRowTable(table: RowTable, columns: readonly string[]): void {
  const declared = [...rowKeyColumns(table), ...MEASURE_COLUMNS]
  if (declared.join() === columns.join()) return
  throw new ImmersionError(
    'INVALID_ARGUMENT',
    `The projection ${table.name}@${table.version} has other key columns now.`,
    {
      hint: 'Another grouping is another version of the projection.',
      details: { projection: `${table.name}@${table.version}`, declared, stored: columns },
    },
  )
}

function indexColumns(table: RowTable, index: readonly string[]): readonly string[] {
  const known = new Set([...table.key.map(({ name }) => name), 'language'])
  for (const name of index) {
    if (known.has(name)) continue
    throw new ImmersionError('INVALID_ARGUMENT', `An index of ${table.name} names ${name}, which is no key column.`)
  }
  return index.map(keyColumn)
}
