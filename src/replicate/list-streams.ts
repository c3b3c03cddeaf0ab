// Streams with their digests: the page that a log answers, and the complete list as its pages are read. Two logs compare
// their lists before anything is carried from one to the other.

import type { StreamRow } from '../events/rows.js'
import { coveredCount, parseCoverage } from '../ledger/coverage.js'
import {
  decidesVisibility,
  readStandingCorrections,
  type StandingCorrections,
  targetOf,
} from '../ledger/standing-corrections.js'
import type { LogSnapshot } from '../ports/event-log.js'
import type { LogEngine } from '../ports/log-engine.js'
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

const LIST_PAGE = 1_000

type Listing = Pick<LogEngine, 'listStreams'>

/** Streams that changed after a revision; 0 for all. */
export async function listAll(log: Listing, changedAfter: number) {
  const streams: ListedStream[] = []
  let asOfRevision: number | undefined
  for (let after: number | null = 0; after !== null; ) {
    const page = await log.listStreams({ after, limit: LIST_PAGE, changedAfter })
    // The revision of the first page: what changes during the later pages is listed again by the next call.
    asOfRevision ??= page.asOfRevision
    streams.push(...page.streams)
    after = page.next
  }
  return { streams, asOfRevision: asOfRevision ?? 0 }
}

/** The streams with these ids, as far as they exist. */
export async function listNamed(log: Listing, ids: readonly string[]): Promise<readonly ListedStream[]> {
  const streams: ListedStream[] = []
  for (let from = 0; from < ids.length; from += LIST_PAGE) {
    const streamIds = ids.slice(from, from + LIST_PAGE)
    streams.push(...(await log.listStreams({ after: 0, limit: LIST_PAGE, streamIds })).streams)
  }
  return streams
}

export async function erasedIn(log: Listing): Promise<ReadonlySet<string>> {
  return new Set((await log.listStreams({ after: 0, limit: 1 })).erased)
}
