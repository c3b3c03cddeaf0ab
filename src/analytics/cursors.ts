// Cursors of paged answers: the place of the last row in the answer's order, as base64url text that callers only pass back.
// A cursor names its query and order, so that the cursor of another query is refused and not misread.

import type { ReadModelRow } from '../ports/event-log.js'
import { type ArgumentReader, limit, refusal } from './arguments.js'
import { ANALYTICS_LIMITS } from './limits.js'
import type { FilteredQuery, Reading } from './reading.js'

export type CursorValue = string | number
export type CursorPart = 'integer' | 'text'

/** `order` is the query and everything else that decides the order of its rows, as `videos activeMs`. */
export function cursorOf(order: string, values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([order, ...values]), 'utf8').toString('base64url')
}

/** A video key has at most 512 bytes, so a cursor stays below this, with escapes and base64. */
const CURSOR_MAX_CHARS = 8_192

/** The values of a cursor of this order; `undefined` where none is given. */
export function cursorReader(
  order: string,
  parts: readonly CursorPart[],
): ArgumentReader<readonly CursorValue[] | undefined> {
  return (value, at) => {
    if (value === undefined) return undefined
    const values = typeof value === 'string' && value.length <= CURSOR_MAX_CHARS ? valuesOf(value) : []
    const [name, ...rest] = values
    if (name === order && consistsOf(parts, rest)) return rest
    throw refusal(at, value, 'the nextCursor of the answer before, with the rest of the query unchanged')
  }
}

function valuesOf(cursor: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(values) ? values : []
  } catch {
    // Not a cursor. The caller refuses it, because it names no order.
    return []
  }
}

function consistsOf(parts: readonly CursorPart[], values: readonly unknown[]): values is readonly CursorValue[] {
  const isPart = (value: unknown, index: number) =>
    parts[index] === 'integer' ? Number.isSafeInteger(value) : typeof value === 'string'
  return values.length === parts.length && values.every(isPart)
}

export interface PageQuery {
  readonly limit: number
  readonly cursor: readonly CursorValue[] | undefined
}

/** The two arguments of a paged query. `parts` are the values of its cursors. */
export function paging(query: keyof typeof ANALYTICS_LIMITS, parts: readonly CursorPart[]) {
  return { limit: limit(ANALYTICS_LIMITS[query]), cursor: cursorReader(query, parts) }
}

/** The page of a query after its cursor, whose values are `valuesOfRow`. */
export async function pageOfRows(
  reading: Reading,
  order: string,
  { limit, cursor }: PageQuery,
  query: FilteredQuery,
  valuesOfRow = ({ key }: ReadModelRow): readonly CursorValue[] => key,
) {
  const found = await reading.rows({ ...query, after: cursor, limit: limit + 1 })
  return pageOf(found, limit, (row) => cursorOf(order, valuesOfRow(row)))
}

/** Cuts rows that were read with `limit + 1` to a page, with the cursor of its last row where more rows follow. */
export function pageOf<Row>(
  found: readonly Row[],
  limit: number,
  cursorOfRow: (row: Row) => string,
): { readonly page: readonly Row[]; readonly nextCursor: string | null } {
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { page, nextCursor: found.length > limit && last !== undefined ? cursorOfRow(last) : null }
}
