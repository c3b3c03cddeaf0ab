// Table writes in which each key occurs once. The port lets a commit name a row several times, but a statement that writes
// many rows at once cannot. A sum that adds nothing is left out, and of rows that are put in place the last one counts.

import type { Row } from './dialect.js'
import type { TableWrites } from './table-writes.js'
import type { LogTable } from './tables.js'

export function singleRows(parts: readonly TableWrites[]): readonly TableWrites[] {
  return gathered(parts)
    .map((part) => (part.how === 'add' || part.how === 'put' ? { ...part, rows: rowsOnce(part) } : part))
    .filter(({ rows }) => rows.length > 0)
}

/** Whether some sum of the part becomes smaller. */
export function takesAway(part: TableWrites): boolean {
  return part.how === 'add' && part.rows.some((row) => hasNegative(part.table, row))
}

/** Whether one of the measures that a row adds is below 0. */
export function hasNegative({ keyLength }: LogTable, row: Row): boolean {
  return row.some((value, place) => place >= keyLength && Number(value) < 0)
}

/** A commit may name a projection twice: then its rows become one list. */
function gathered(parts: readonly TableWrites[]): readonly TableWrites[] {
  const sums = new Map<LogTable, TableWrites>()
  for (const part of parts) {
    if (part.how !== 'add') continue
    const before = sums.get(part.table)
    sums.set(part.table, before ? { ...part, rows: [...before.rows, ...part.rows] } : part)
  }
  return [...parts.filter(({ how }) => how !== 'add'), ...sums.values()]
}

function rowsOnce({ table, how, rows }: TableWrites): readonly Row[] {
  if (how === 'add') return summed(table, rows)
  return [...new Map(rows.map((row) => [keyOf(table, row), row])).values()]
}

function summed(table: LogTable, rows: readonly Row[]): readonly Row[] {
  const isMeasure = (place: number): boolean => place >= table.keyLength
  const byKey = new Map<string, Row>()
  for (const row of rows) {
    const key = keyOf(table, row)
    const before = byKey.get(key)
    const sum = before?.map((value, place) => (isMeasure(place) ? Number(value) + Number(row[place]) : value))
    byKey.set(key, sum ?? row)
  }
  return [...byKey.values()].filter((row) => row.some((value, place) => isMeasure(place) && value !== 0))
}

function keyOf({ keyLength }: LogTable, row: Row): string {
  return JSON.stringify(row.slice(0, keyLength))
}
