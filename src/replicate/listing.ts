// The complete list of a log's streams with their digests, read in pages.

import type { LogEngine } from '../ports/log-engine.js'
import type { ListedStream } from '../ports/replica-types.js'

const LIST_PAGE = 1_000

type Listing = Pick<LogEngine, 'listStreams'>

/** Streams that changed after a revision; 0 for all. */
export async function listAll(
  log: Listing,
  changedAfter: number,
): Promise<{ readonly streams: readonly ListedStream[]; readonly asOfRevision: number }> {
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

/** Ids of streams that were erased. */
export async function erasedIn(log: Listing): Promise<ReadonlySet<string>> {
  return new Set((await log.listStreams({ after: 0, limit: 1 })).erased)
}
