// Streams with their digests, in pages: two logs compare them before anything is carried from one to the other.

import type { StreamRow } from '../events/rows.js'
import { coveredCount, parseCoverage } from '../ledger/coverage.js'
import {
  decidesVisibility,
  readStandingCorrections,
  type StandingCorrections,
  targetOf,
} from '../ledger/standing-corrections.js'
import type { LogSnapshot } from '../ports/event-log.js'
import type { ListedStream, StreamList, StreamListQuery } from '../ports/replica-types.js'

export async function listStreams(
  snapshot: LogSnapshot,
  { after, limit, changedAfter = 0, streamIds }: StreamListQuery,
): Promise<StreamList> {
  const { revision } = await snapshot.head()
  const page = await snapshot.streams(streamIds === undefined ? { after, limit } : { streamIds })
  const erased = after > 0 ? [] : erasedStreams(await readStandingCorrections(snapshot))
  return {
    asOfRevision: revision,
    streams: page.filter((row) => row.revision > changedAfter).map(listed),
    next: streamIds === undefined && page.length === limit ? (page[page.length - 1]?.stream ?? null) : null,
    erased,
  }
}

function listed(row: StreamRow): ListedStream {
  const { streamId, kind, coverage, countedChecksum, ledgerChecksum, revision } = row
  const isPruned = row.heldCount < coveredCount(parseCoverage(coverage))
  return { streamId, coverage, countedChecksum, ledgerChecksum, kind, isPruned, revision }
}

/** Discards, restores and erasures stay themselves, even where an erasure names one. */
function erasedStreams({ all }: StandingCorrections): readonly string[] {
  const lasting = new Set(all.filter(({ type }) => decidesVisibility(type)).map(({ streamId }) => streamId))
  const targets = new Set(all.filter(({ type }) => type === 'stream.erased').map(targetOf))
  return [...targets].filter((streamId) => !lasting.has(streamId))
}
