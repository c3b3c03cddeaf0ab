// Streams that were looked up by number or id still have to meet the rest of the query, once each and in order.

import type { StreamQuery, StreamRow } from '../../src/ports/event-log.js'

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
