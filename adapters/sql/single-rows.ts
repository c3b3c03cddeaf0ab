// Table writes in which each key occurs once. The port lets a commit name a row several times, but a statement that writes
// many rows at once cannot. A sum that adds nothing is left out, and of rows that are put in place the last one counts.

import type { Row } from './dialect.js'
import type { TableWrites } from './table-writes.js'
import type { LogTable } from './tables.js'

export function singleRows(parts: readonly TableWrites[]): readonly TableWrites[] {
  const others = parts.filter(({ how }) => how !== 'add').map((part) => (part.how === 'put' ? lastRows(part) : part))
  // A commit may name a projection twice: then its rows become one list.
  const sums = new Map<LogTable, Map<string, Row>>()
  for (const { table, how, rows } of parts) {
    if (how === 'add') sums.set(table, addRows(sums.get(table) ?? new Map(), table, rows))
  }
  const added = [...sums].map(([table, byKey]): TableWrites => {
    const isSome = (row: Row) => row.some((value, place) => place >= table.keyLength && value !== 0)
    return { table, how: 'add', rows: [...byKey.values()].filter(isSome) }
  })
  return [...others, ...added].filter(({ rows }) => rows.length > 0)
}

/** Whether some sum of the part becomes smaller. */
export function takesAway(part: TableWrites): boolean {
  return part.how === 'add' && part.rows.some((row) => hasNegative(part.table, row))
}

/** Whether one of the measures that a row adds is below 0. */
export function hasNegative({ keyLength }: LogTable, row: Row): boolean {
  return row.some((value, place) => place >= keyLength && Number(value) < 0)
}

function lastRows(part: TableWrites): TableWrites {
  return { ...part, rows: [...new Map(part.rows.map((row) => [keyOf(part.table, row), row])).values()] }
}

function addRows(byKey: Map<string, Row>, table: LogTable, rows: readonly Row[]): Map<string, Row> {
  for (const row of rows) {
    const key = keyOf(table, row)
    const sum = byKey
      .get(key)
      ?.map((value, place) => (place < table.keyLength ? value : Number(value) + Number(row[place])))
    byKey.set(key, sum ?? row)
  }
  return byKey
}

function keyOf({ keyLength }: LogTable, row: Row): string {
  return JSON.stringify(row.slice(0, keyLength))
}
