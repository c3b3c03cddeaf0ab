// Events in the form in which they were recorded: by position, for whoever follows the log, and by stream and version,
// for export. Rows name their stream by number; a stream's id never changes, so ids are remembered once read.

import { checkInteger } from '../events/argument-checks.js'
import { eventOfRow, isIntactEvent } from '../events/event-row.js'
import { compareStreamIds } from '../events/ids.js'
import type { NewEvent } from '../events/types.js'
import { covers, parseCoverage } from '../ledger/coverage.js'
import { readStreams } from '../ledger/stream-state.js'
import type { EventLog, EventRow, LogSnapshot } from '../ports/event-log.js'
import type { StreamEventsQuery } from '../ports/replica-types.js'
import type { EventPage } from '../ports/store-types.js'

/** Of one answer: about 3 MB. */
export const EVENTS_PAGE_MAX = 10_000
/** Read at a time while a stream is put in order of its versions. */
const STREAM_PAGE_EVENTS = 5_000

export interface ExportQuery {
  readonly afterStreamId: string
  readonly afterVersion: number
  readonly limit: number
}

export interface EventReader {
  events(query: { readonly after: number; readonly limit: number }): Promise<EventPage>
  exportPage(query: ExportQuery): Promise<readonly NewEvent[]>
  streamEvents(query: StreamEventsQuery): Promise<readonly NewEvent[]>
}

export function createEventReader(log: EventLog, profile: string): EventReader {
  /** Id by stream number. */
  const ids = new Map<number, string>()
  /** The streams in the order of export, as of when there were that many. */
  let order: readonly { readonly streamId: string; readonly stream: number }[] = []
  /** The stream that the last page ended in, in order of versions: the next page mostly goes on in it. */
  let opened: { readonly stream: number; readonly revision: number; readonly rows: readonly EventRow[] } | null = null

  async function events({ after, limit }: { readonly after: number; readonly limit: number }): Promise<EventPage> {
    checkInteger('after', after, 0, Number.MAX_SAFE_INTEGER)
    checkInteger('limit', limit, 1, EVENTS_PAGE_MAX)
    return log.read(profile, async (snapshot) => {
      const { revision } = await snapshot.head()
      const rows = await snapshot.events({ after, limit })
      await learnIds(snapshot, rows)
      return {
        events: rows.map((row) => eventOfRow(row, ids.get(row.stream) ?? '')),
        lastPosition: rows[rows.length - 1]?.position ?? after,
        asOfRevision: revision,
      }
    })
  }

  async function learnIds(snapshot: LogSnapshot, rows: readonly EventRow[]): Promise<void> {
    const missing = new Set<number>()
    for (const { stream } of rows) if (!ids.has(stream)) missing.add(stream)
    if (missing.size === 0) return
    for (const { stream, streamId } of await snapshot.streams({ streams: [...missing] })) ids.set(stream, streamId)
  }

  async function exportPage({ afterStreamId, afterVersion, limit }: ExportQuery): Promise<readonly NewEvent[]> {
    checkInteger('limit', limit, 1, EVENTS_PAGE_MAX)
    return log.read(profile, async (snapshot) => {
      const { revision, streamCount } = await snapshot.head()
      if (order.length !== streamCount) {
        order = [...(await readStreams(snapshot))].sort((left, right) =>
          compareStreamIds(left.streamId, right.streamId),
        )
      }
      const page: NewEvent[] = []
      for (let index = firstAtOrAfter(order, afterStreamId); index < order.length && page.length < limit; index++) {
        const { stream, streamId } = order[index] as (typeof order)[number]
        const after = streamId === afterStreamId ? afterVersion : 0
        for (const row of await rowsOf(snapshot, stream, revision)) {
          if (row.version > after && page.length < limit) page.push(recordedForm(row, streamId))
        }
      }
      return page
    })
  }

  async function streamEvents({ streamId, versions, limit }: StreamEventsQuery): Promise<readonly NewEvent[]> {
    checkInteger('limit', limit, 1, EVENTS_PAGE_MAX)
    const asked = parseCoverage(versions)
    return log.read(profile, async (snapshot) => {
      const [found] = await snapshot.streams({ streamIds: [streamId] })
      const page: NewEvent[] = []
      if (found === undefined || found.heldCount === 0) return page
      for (const row of await rowsOf(snapshot, found.stream, found.revision)) {
        if (page.length === limit) break
        if (covers(asked, row.version) && isIntactEvent(row, streamId)) page.push(recordedForm(row, streamId))
      }
      return page
    })
  }

  /** `revision` is one at which the stream's row was as it is in the snapshot. */
  async function rowsOf(snapshot: LogSnapshot, stream: number, revision: number): Promise<readonly EventRow[]> {
    if (opened === null || opened.stream !== stream || opened.revision !== revision) {
      opened = { stream, revision, rows: await readStream(snapshot, stream) }
    }
    return opened.rows
  }

  return { events, exportPage, streamEvents }
}

async function readStream(snapshot: LogSnapshot, stream: number): Promise<readonly EventRow[]> {
  const [held] = await snapshot.streams({ streams: [stream] })
  const rows: EventRow[] = []
  if (held === undefined) return rows
  for (let after = held.firstPosition - 1; after < held.lastPosition; ) {
    const page = await snapshot.events({ after, through: held.lastPosition, stream, limit: STREAM_PAGE_EVENTS })
    for (const row of page) rows.push(row)
    if (page.length < STREAM_PAGE_EVENTS) break
    after = page[page.length - 1]?.position ?? held.lastPosition
  }
  return rows.sort((left, right) => left.version - right.version)
}

/** Without the position, which is the log's own affair: two logs with the same events export the same. */
function recordedForm(row: EventRow, streamId: string): NewEvent {
  const { position: _position, ...event } = eventOfRow(row, streamId)
  return event
}

function firstAtOrAfter(order: readonly { readonly streamId: string }[], streamId: string): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareStreamIds((order[middle] as { readonly streamId: string }).streamId, streamId) < 0) low = middle + 1
    else high = middle
  }
  return low
}
