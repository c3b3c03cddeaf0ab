// One column of many rows as the text that PostgreSQL reads as an array: `{1,2,3}`, `{"a","b\"c",NULL}`. Written here and not
// by the driver, which quotes every number.

import type { Bind } from '../sql/mapping.js'

/** A UUID goes as its 32 digits, which the statement decodes. */
export type ArrayType = 'bigint' | 'text' | 'uuid'

export function arrayText(type: ArrayType, rows: readonly (readonly Bind[])[], place: number): string {
  const element = ELEMENTS[type]
  let text = '{'
  for (const [index, row] of rows.entries()) {
    if (index > 0) text += ','
    const value = row[place]
    text += value === null || value === undefined ? 'NULL' : element(value)
  }
  return `${text}}`
}

const ELEMENTS: Readonly<Record<ArrayType, (value: string | number) => string>> = {
  bigint: String,
  text: quoted,
  uuid: digitsOf,
}

function quoted(value: string | number): string {
  return `"${String(value).replace(/["\\]/g, '\\$&')}"`
}

/** Of a UUID. */
export function digitsOf(value: Bind): string {
  return String(value).replaceAll('-', '')
}
