// One column of many rows as the text that PostgreSQL reads as an array: `{1,2,3}`, `{"a","b\"c",NULL}`. Written here and not
// by the driver, which quotes every number.

import type { Bind, Row } from '../sql/dialect.js'
import type { ValueType } from '../sql/tables.js'

/** The value at `place` of each row. UUIDs go as their 32 digits. */
export function arrayText(type: ValueType, rows: readonly Row[], place: number): string {
  const element = ELEMENTS[type]
  let text = '{'
  for (const row of rows) {
    if (text.length > 1) text += ','
    const value = row[place]
    text += value === null || value === undefined ? 'NULL' : element(value)
  }
  return `${text}}`
}

const ELEMENTS: Readonly<Record<ValueType, (value: NonNullable<Bind>) => string>> = {
  integer: String,
  text: quoted,
  uuid: (value) => (Buffer.isBuffer(value) ? value.toString('hex') : quoted(value)),
}

function quoted(value: NonNullable<Bind>): string {
  return `"${String(value).replace(/["\\]/g, '\\$&')}"`
}
