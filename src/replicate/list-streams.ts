// Streams with their digests, in pages: what two logs compare before anything is carried from one into the other.

import { coveredCount, parseCoverage } from '../ledger/coverage.js'
import {
  isAboutStreams,
  readStandingCorrections,
  type StandingCorrections,
  targetOf,
} from '../ledger/standing-corrections.js'
import type { LogSnapshot, StreamRow } from '../ports/event-log.js'
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
  return {
    streamId,
    coverage,
    countedChecksum,
    ledgerChecksum,
    kind,
    isPruned: row.heldCount < coveredCount(parseCoverage(coverage)),
    revision,
  }
}

/** Discards, restores and erasures themselves stay, whatever names them. */
function erasedStreams({ all }: StandingCorrections): readonly string[] {
  const lasting = new Set(all.flatMap(({ type, streamId }) => (isAboutStreams(type) ? [streamId] : [])))
  const targets = all.flatMap((correction) => (correction.type === 'stream.erased' ? [targetOf(correction)] : []))
  return [...new Set(targets)].filter((streamId) => !lasting.has(streamId))
}
