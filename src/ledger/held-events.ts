// The events of one stream that the log still holds, page by page, in the order of their positions: for comparing a repeated
// event, for the events of an erased stream, for a pruned summary and for export.

import type { EventRow, StreamRow } from '../events/rows.js'
import type { LogSnapshot } from '../ports/event-log.js'

/** So many that the cost of the query itself does not show; a page is a few megabytes at most. */
const PAGE_EVENTS = 5_000

export async function* heldEvents(
  snapshot: LogSnapshot,
  row: StreamRow,
): AsyncGenerator<readonly EventRow[], void, void> {
  const { stream, heldCount, firstPosition, lastPosition: through } = row
  if (heldCount === 0) return
  for (let after: number | undefined = firstPosition - 1; after !== undefined && after < through; ) {
    const page: readonly EventRow[] = await snapshot.events({ after, through, stream, limit: PAGE_EVENTS })
    if (page.length > 0) yield page
    after = page.length < PAGE_EVENTS ? undefined : page[page.length - 1]?.position
  }
}

/** Ascending positions as ranges without gaps, both ends included. */
export function rangesOf(positions: Iterable<number>): readonly (readonly [from: number, through: number])[] {
  const ranges: [number, number][] = []
  for (const position of positions) {
    const last = ranges[ranges.length - 1]
    if (last !== undefined && last[1] === position - 1) last[1] = position
    else ranges.push([position, position])
  }
  return ranges
}
