// Refold: the ledger, facts, coverage, checksums and moments of every stream, computed again from its events in one pass
// over a snapshot. Verify compares the outcome with what is stored, `rebuild --from-log` puts it in its place. Events of
// different streams are mixed, so the sums of all streams are kept at once: memory is that of the ledger, not of the log.

import { quarterOf } from '../events/calendar.js'
import { decodePayload } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import { addRowMeasures, lastMomentOfRow, rowIsIntact } from '../events/event-row.js'
import type { EventRow, StreamRow } from '../events/rows.js'
import { eventClass } from '../events/types.js'
import { addVersion } from '../ledger/coverage.js'
import { foldFact, type OpenFacts } from '../ledger/facts.js'
import { countedAtMs, entryOf, type FoldedEvents } from '../ledger/fold.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import type { LogSnapshot } from '../ports/event-log.js'
import type { Damage } from '../ports/report-types.js'

/** Rows read at a time: enough that the query's own cost does not show, a few megabytes at most. */
const EVENTS_PAGE = 5_000

/** One stream, folded from the events that are held. */
export interface RefoldedStream extends FoldedEvents {
  readonly facts: OpenFacts
  /** Events that are not as they were recorded. Only `count` includes them. */
  damaged: number
}

export interface RefoldListener {
  /** Of an event whose stream does not exist, `streamId` is empty. */
  damagedEvent(damage: Damage): void
  page(eventsDone: number): void
}

export type Refold = Awaited<ReturnType<typeof refold>>

export async function refold(snapshot: LogSnapshot, rows: readonly StreamRow[], listener: RefoldListener) {
  const streamRows = new Map(rows.map((row) => [row.stream, row]))
  const streams = new Map<number, RefoldedStream>()
  let events = 0
  let lastPosition = 0
  for await (const page of pagesOf(snapshot)) {
    events += page.length
    lastPosition = page[page.length - 1]?.position ?? lastPosition
    for (const row of page) {
      const stream = streamRows.get(row.stream)
      if (stream === undefined) {
        listener.damagedEvent(damageOf(row, '', `its stream ${row.stream} does not exist`))
        continue
      }
      let refolded = streams.get(row.stream)
      if (refolded === undefined) {
        refolded = emptyRefold()
        streams.set(row.stream, refolded)
      }
      const what = addRow(refolded, row, stream.streamId)
      if (what !== null) listener.damagedEvent(damageOf(row, stream.streamId, what))
    }
    listener.page(events)
  }
  /** The stream with this number; an empty one where no event of it is held. */
  const stream = (number: number) => streams.get(number) ?? emptyRefold()
  return { stream, events, lastPosition }
}

function damageOf({ position, version }: EventRow, streamId: string, what: string): Damage {
  return { kind: 'event', position, streamId, version, what }
}

/** A server prepares the next page while this one is folded. */
async function* pagesOf(snapshot: LogSnapshot): AsyncGenerator<readonly EventRow[], void, void> {
  const readPage = (after: number) => {
    const page = snapshot.events({ after, limit: EVENTS_PAGE })
    // When folding the page before it throws, nothing awaits this one any more.
    page.catch(() => {})
    return page
  }
  let reading: ReturnType<typeof readPage> | null = readPage(0)
  while (reading !== null) {
    const page: readonly EventRow[] = await reading
    const last = page[page.length - 1]
    reading = last === undefined || page.length < EVENTS_PAGE ? null : readPage(last.position)
    yield page
  }
}

function emptyRefold(): RefoldedStream {
  return {
    count: 0,
    checksum: 0,
    coverage: [],
    entries: [],
    facts: new Map(),
    firstAtMs: Number.POSITIVE_INFINITY,
    lastAtMs: Number.NEGATIVE_INFINITY,
    firstPosition: 0,
    lastPosition: 0,
    damaged: 0,
  }
}

/** Adds one event's row. Answers what is wrong with it, or null. */
function addRow(refolded: RefoldedStream, row: EventRow, streamId: string): string | null {
  refolded.count++
  if (refolded.firstPosition === 0) refolded.firstPosition = row.position
  refolded.lastPosition = row.position
  const fault = faultOf(row, streamId)
  if (fault === null && addVersion(refolded.coverage, row.version)) {
    refolded.checksum = addChecksum(refolded.checksum, row.checksum)
    const atMs = countedAtMs(row)
    addRowMeasures(entryOf(refolded.entries, quarterOf(atMs), row.utcOffsetMin).measures, row)
    if (atMs < refolded.firstAtMs) refolded.firstAtMs = atMs
    const lastMs = lastMomentOfRow(row, atMs)
    if (lastMs > refolded.lastAtMs) refolded.lastAtMs = lastMs
    return eventClass(row.type) === 'fact' ? addFact(refolded, row) : null
  }
  refolded.damaged++
  return fault ?? `version ${row.version} is there twice`
}

function faultOf(row: EventRow, streamId: string): string | null {
  try {
    return rowIsIntact(row, streamId) ? null : 'its content does not have its checksum'
  } catch (error) {
    if (error instanceof ImmersionError) return error.message
    throw error
  }
}

function addFact(refolded: RefoldedStream, row: EventRow): string | null {
  try {
    const payload = decodePayload(row.type, row.payloadVersion, row.payload)
    foldFact(refolded.facts, { ...row, payload })
    return null
  } catch (error) {
    if (!(error instanceof ImmersionError)) throw error
    refolded.damaged++
    return error.message
  }
}
