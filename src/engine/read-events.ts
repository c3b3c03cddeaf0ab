// Events in their recorded form: by position, for a program that follows the log, and by stream and version, for export and
// replication. Rows name their stream by number. A stream's id never changes, so ids are remembered.

import { checkInteger } from '../events/argument-checks.js'
import { eventOfRow, isIntactEvent } from '../events/event-row.js'
import { compareStreamIds } from '../events/ids.js'
import type { EventRow, StreamRow } from '../events/rows.js'
import type { NewEvent } from '../events/types.js'
import { covers, parseCoverage } from '../ledger/coverage.js'
import { heldEvents } from '../ledger/held-events.js'
import type { ProfileLog } from '../ledger/profile-log.js'
import { readStreams } from '../ledger/stream-state.js'
import type { LogSnapshot } from '../ports/event-log.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { StreamEventsQuery } from '../ports/replica-types.js'
import type { EventPage, PositionGap } from '../ports/report-types.js'

/** Of one answer: about 3 MB. */
export const EVENTS_PAGE_MAX = 10_000

/** Some 100 KiB: large enough that the call costs nothing beside the answer. */
const EXPORT_PAGE_EVENTS = 1000

export interface ExportQuery {
  readonly afterStreamId: string
  readonly afterVersion: number
  readonly limit: number
}

type NamedStream = Pick<StreamRow, 'stream' | 'streamId'>

/** A stream's events in the order of their versions. */
interface OrderedStream {
  readonly stream: number
  readonly revision: number
  readonly rows: readonly EventRow[]
}

export class EventReader {
  readonly #own: Pick<ProfileLog, 'log' | 'profile'>
  /** By stream number. */
  readonly #ids = new Map<number, string>()
  /** In the order of export, from the moment when there were that many streams. */
  #order: readonly NamedStream[] = []
  /** The stream in which the last page ended, because the next page mostly goes on in it. */
  #lastStream: OrderedStream | null = null

  constructor(own: Pick<ProfileLog, 'log' | 'profile'>) {
    this.#own = own
  }

  async events({ after, limit }: { readonly after: number; readonly limit: number }): Promise<EventPage> {
    checkInteger('after', after, 0, Number.MAX_SAFE_INTEGER)
    checkInteger('limit', limit, 1, EVENTS_PAGE_MAX)
    return this.#own.log.read(this.#own.profile, async (snapshot) => {
      const { revision, position } = await snapshot.head()
      const rows = await snapshot.events({ after, limit })
      await this.#readIds(snapshot, rows)
      return {
        events: rows.map((row) => eventOfRow(row, this.#ids.get(row.stream) ?? '')),
        lastPosition: rows[rows.length - 1]?.position ?? Math.max(after, position),
        gapBefore: gapBetween(after, rows[0]?.position ?? position + 1),
        asOfRevision: revision,
      }
    })
  }

  async exportPage({ afterStreamId, afterVersion, limit }: ExportQuery): Promise<readonly NewEvent[]> {
    checkInteger('limit', limit, 1, EVENTS_PAGE_MAX)
    return this.#own.log.read(this.#own.profile, async (snapshot) => {
      const { revision, streamCount } = await snapshot.head()
      if (this.#order.length !== streamCount) {
        const streams = (await readStreams(snapshot)).map(({ stream, streamId }) => ({ stream, streamId }))
        this.#order = streams.sort((left, right) => compareStreamIds(left.streamId, right.streamId))
      }
      const page: NewEvent[] = []
      const first = firstAtOrAfter(this.#order, afterStreamId)
      for (let index = first; index < this.#order.length && page.length < limit; index++) {
        const { stream, streamId } = this.#order[index] as NamedStream
        const after = streamId === afterStreamId ? afterVersion : 0
        for (const row of await this.#rowsOf(snapshot, stream, revision)) {
          if (row.version > after && page.length < limit) page.push(recordedForm(row, streamId))
        }
      }
      return page
    })
  }

  async streamEvents({ streamId, versions, limit }: StreamEventsQuery): Promise<readonly NewEvent[]> {
    checkInteger('limit', limit, 1, EVENTS_PAGE_MAX)
    const wanted = parseCoverage(versions)
    return this.#own.log.read(this.#own.profile, async (snapshot) => {
      const [found] = await snapshot.streams({ streamIds: [streamId] })
      const page: NewEvent[] = []
      if (found === undefined || found.heldCount === 0) return page
      for (const row of await this.#rowsOf(snapshot, found.stream, found.revision)) {
        if (page.length === limit) break
        if (covers(wanted, row.version) && isIntactEvent(row, streamId)) page.push(recordedForm(row, streamId))
      }
      return page
    })
  }

  async #readIds(snapshot: LogSnapshot, rows: readonly EventRow[]): Promise<void> {
    const missing = new Set<number>()
    for (const { stream } of rows) if (!this.#ids.has(stream)) missing.add(stream)
    if (missing.size === 0) return
    for (const { stream, streamId } of await snapshot.streams({ streams: [...missing] })) {
      this.#ids.set(stream, streamId)
    }
  }

  /** `revision` is the cache key: at that revision, the stream's row was the same as in the snapshot. */
  async #rowsOf(snapshot: LogSnapshot, stream: number, revision: number): Promise<readonly EventRow[]> {
    const last = this.#lastStream
    if (last !== null && last.stream === stream && last.revision === revision) return last.rows
    const [row] = await snapshot.streams({ streams: [stream] })
    const rows: EventRow[] = []
    if (row !== undefined) for await (const page of heldEvents(snapshot, row)) rows.push(...page)
    rows.sort((left, right) => left.version - right.version)
    this.#lastStream = { stream, revision, rows }
    return rows
  }
}

/** What is missing between two positions: the commits of a log leave no position out. */
export function gapBetween(after: number, next: number): PositionGap | null {
  return next > after + 1 ? { from: after + 1, through: next - 1 } : null
}

/** The export page by page: each page begins after the last event of the one before. For this process and across threads. */
export async function* exportPages(ask: LogEngine['exportPage']): AsyncGenerator<readonly NewEvent[], void, void> {
  let after: Pick<NewEvent, 'streamId' | 'version'> | undefined = { streamId: '', version: 0 }
  while (after !== undefined) {
    const page: readonly NewEvent[] = await ask({
      afterStreamId: after.streamId,
      afterVersion: after.version,
      limit: EXPORT_PAGE_EVENTS,
    })
    if (page.length > 0) yield page
    after = page.length === EXPORT_PAGE_EVENTS ? page.at(-1) : undefined
  }
}

/** Without the position, which differs between logs: two logs with the same events export the same. */
function recordedForm(row: EventRow, streamId: string): NewEvent {
  const { position: _position, ...event } = eventOfRow(row, streamId)
  return event
}

function firstAtOrAfter(order: readonly NamedStream[], streamId: string): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareStreamIds((order[middle] as NamedStream).streamId, streamId) < 0) low = middle + 1
    else high = middle
  }
  return low
}
