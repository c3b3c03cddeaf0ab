// One column of many rows as the text that PostgreSQL reads as an array: `{1,2,3}`, `{"a","b\"c",NULL}`. Written here and not
// by the driver, which quotes every number.

import type { Bind, Row } from '../sql/dialect.js'
import type { ValueType } from '../sql/tables.js'

/** Every `width`th value, from the one at `place` on. UUIDs go as their 32 digits. */
export function arrayText(type: ValueType, values: Row, place: number, width: number): string {
  const element = ELEMENTS[type]
  let text = '{'
  for (let at = place; at < values.length; at += width) {
    if (at > place) text += ','
    const value = values[at]
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
