// Names of tables and key columns that come from projections: checked, and written in the form of the databases.

import { ImmersionError } from '../../src/events/errors.js'
import type { RowTable } from '../../src/ports/event-log.js'

const KEY_COLUMN_NAME = /^[a-z][A-Za-z0-9]{0,39}$/
const TABLE_NAME = /^[a-z][a-z0-9_]{0,39}$/

/** `localDay` → `local_day`. Names come from programs, so a name that could be SQL is refused here, once. */
export function keyColumn(name: string): string {
  if (!KEY_COLUMN_NAME.test(name)) throw badName('key column', name, KEY_COLUMN_NAME)
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `rows_daily_v1`. */
export function rowTableName(table: Pick<RowTable, 'name' | 'version'>): string {
  if (!TABLE_NAME.test(table.name)) throw badName('projection', table.name, TABLE_NAME)
  if (!Number.isSafeInteger(table.version) || table.version < 1) {
    throw new ImmersionError('INVALID_ARGUMENT', `A projection's version is 1 or more, not ${table.version}.`)
  }
  return `rows_${table.name}_v${table.version}`
}

/** Key columns of a read model's table in the order of its primary key, profile first and language last. */
export function rowKeyColumns(table: RowTable): readonly string[] {
  return ['profile_id', ...table.key.map(({ name }) => keyColumn(name)), 'language']
}

function badName(what: string, name: string, pattern: RegExp): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `${JSON.stringify(name)} cannot name a ${what}.`, {
    hint: `Allowed is ${pattern.source}.`,
    details: { name },
  })
}
