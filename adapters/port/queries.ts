// The parts of queries that no adapter leaves to its database, written once.

import { MEASURE_INDEX } from '../../src/events/measures.js'
import type { RowQuery, StreamQuery, StreamRow } from '../../src/ports/event-log.js'
import { unknownColumn } from './refusals.js'

/** Streams that were looked up by number or id still have to meet the rest of the query, once each and in order. */
export function narrowStreams(found: readonly StreamRow[], query: StreamQuery): readonly StreamRow[] {
  const numbers = query.streams && new Set(query.streams)
  const byNumber = new Map(found.map((row) => [row.stream, row]))
  return [...byNumber.values()]
    .filter((row) => row.stream > (query.after ?? 0) && (!numbers || numbers.has(row.stream)))
    .filter((row) => query.kind === undefined || row.kind === query.kind)
    .filter((row) => query.videoKey === undefined || row.videoKey === query.videoKey)
    .sort((left, right) => left.stream - right.stream)
    .slice(0, query.limit)
}

export interface OrderTerm {
  readonly column: string
  /** Its place in MEASURE_NAMES where the column is a measure; else null. */
  readonly measure: number | null
  readonly descending: boolean
}

/** The requested order, then the remaining groupBy columns ascending, so that no two rows are level. */
export function rowOrder(groupBy: readonly string[], orderBy: RowQuery['orderBy'] = []): readonly OrderTerm[] {
  const places: ReadonlyMap<string, number> = new Map(Object.entries(MEASURE_INDEX))
  const requested = orderBy.map(({ column, descending = false }) => {
    const measure = places.get(column) ?? null
    if (measure === null && !groupBy.includes(column)) throw unknownColumn(column, groupBy)
    return { column, measure, descending }
  })
  const remaining = groupBy.filter((name) => !orderBy.some(({ column }) => column === name))
  return [...requested, ...remaining.map((column) => ({ column, measure: null, descending: false }))]
}
