// One pass over the events of a snapshot that works out again what each stream's events say: ledger, facts, coverage,
// checksums, moments. verify compares the outcome with what is stored, rebuild --from-log puts it in its place. Events of
// different streams lie mixed, so sums are kept for all streams at once: memory is that of the ledger, not of the log.

import { quarterOf } from '../events/calendar.js'
import { decodePayload } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import { rowIsIntact } from '../events/event-row.js'
import { lastMomentOfRow } from '../events/last-moment.js'
import { addRowMeasures } from '../events/layout.js'
import { streamChecksumOf } from '../events/stream-checksum.js'
import { eventClass } from '../events/types.js'
import { addVersion, type Coverage, formatCoverage } from '../ledger/coverage.js'
import { foldFact, NO_FACTS, type StreamFacts } from '../ledger/facts.js'
import { countedAtMs, entryOf, type LedgerEntry } from '../ledger/fold.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import type { ExaminedStream } from '../ledger/stream-state.js'
import type { EventRow, LogSnapshot, StreamRow } from '../ports/event-log.js'

/** Rows read at a time: enough that the query's own cost does not show, a few megabytes at most. */
const EVENTS_PAGE = 5_000

/** What a stream's events say, of those that are held. */
export interface Refolded {
  count: number
  checksum: number
  readonly coverage: Coverage
  readonly entries: LedgerEntry[]
  entry: LedgerEntry | null
  facts: StreamFacts
  firstAtMs: number
  lastAtMs: number
  firstPosition: number
  lastPosition: number
  /** Events that are not what was recorded. They are in none of the sums but count. */
  damaged: number
}

export interface RefoldListener {
  /** `stream` is null for an event of a stream that does not exist. */
  damagedEvent(row: EventRow, stream: StreamRow | null, what: string): void
  page(eventsDone: number): void
}

export interface Refold {
  /** By stream number. */
  readonly streams: ReadonlyMap<number, Refolded>
  readonly events: number
  readonly lastPosition: number
}

export async function refold(
  snapshot: LogSnapshot,
  rows: readonly StreamRow[],
  listener: RefoldListener,
): Promise<Refold> {
  const streamRows = new Map(rows.map((row) => [row.stream, row]))
  const streams = new Map<number, Refolded>()
  let events = 0
  let lastPosition = 0
  const readPage = (after: number) => snapshot.events({ after, limit: EVENTS_PAGE })
  let reading = readPage(0)
  for (;;) {
    const page = await reading
    events += page.length
    lastPosition = page[page.length - 1]?.position ?? lastPosition
    const isLast = page.length < EVENTS_PAGE
    // A server prepares the next page while this one is looked at.
    if (!isLast) reading = readPage(lastPosition)
    // Should this one end in a throw, nobody waits for that any more.
    reading.catch(() => {})
    for (const row of page) {
      const stream = streamRows.get(row.stream)
      if (stream === undefined) {
        listener.damagedEvent(row, null, `its stream ${row.stream} does not exist`)
        continue
      }
      let refolded = streams.get(row.stream)
      if (refolded === undefined) {
        refolded = emptyRefold()
        streams.set(row.stream, refolded)
      }
      const damage = addRow(refolded, row, stream.streamId)
      if (damage !== null) listener.damagedEvent(row, stream, damage)
    }
    listener.page(events)
    if (isLast) return { streams, events, lastPosition }
  }
}

export function emptyRefold(): Refolded {
  return {
    count: 0,
    checksum: 0,
    coverage: [],
    entries: [],
    entry: null,
    facts: NO_FACTS,
    firstAtMs: Number.POSITIVE_INFINITY,
    lastAtMs: Number.NEGATIVE_INFINITY,
    firstPosition: 0,
    lastPosition: 0,
    damaged: 0,
  }
}

/**
 * Whether the events that are held are all that the stream ever counted, each as it was recorded: then everything in its
 * row and its ledger follows from them. Where the coverage may be damaged, the checksum of all counted events decides.
 */
export function isComplete(stream: ExaminedStream, refolded: Refolded): boolean {
  if (refolded.count === 0 || refolded.damaged > 0) return false
  const { row, coverageText } = stream
  if (formatCoverage(refolded.coverage) === coverageText) return true
  const mayBeDamaged = coverageText === null || streamChecksumOf(row) !== row.rowChecksum
  return mayBeDamaged && refolded.count === row.heldCount && refolded.checksum === row.countedChecksum
}

/** Adds one event's row; answers what is wrong with it, or null. */
function addRow(refolded: Refolded, row: EventRow, streamId: string): string | null {
  refolded.count++
  if (refolded.firstPosition === 0) refolded.firstPosition = row.position
  refolded.lastPosition = row.position
  const damage = damageOf(row, streamId)
  if (damage === null && addVersion(refolded.coverage, row.version)) {
    refolded.checksum = addChecksum(refolded.checksum, row.checksum)
    const atMs = countedAtMs(row)
    const quarter = quarterOf(atMs)
    let entry = refolded.entry
    if (entry === null || entry.quarter !== quarter || entry.utcOffsetMin !== row.utcOffsetMin) {
      entry = entryOf(refolded.entries, quarter, row.utcOffsetMin)
      refolded.entry = entry
    }
    addRowMeasures(entry.measures, row)
    addMoments(refolded, row, atMs)
    if (eventClass(row.type) !== 'fact') return null
    return addFact(refolded, row)
  }
  refolded.damaged++
  return damage ?? `version ${row.version} is there twice`
}

function damageOf(row: EventRow, streamId: string): string | null {
  try {
    return rowIsIntact(row, streamId) ? null : 'its content does not have its checksum'
  } catch (error) {
    if (error instanceof ImmersionError) return error.message
    throw error
  }
}

function addMoments(refolded: Refolded, row: EventRow, atMs: number): void {
  if (atMs < refolded.firstAtMs) refolded.firstAtMs = atMs
  const lastMs = lastMomentOfRow(row, atMs)
  if (lastMs > refolded.lastAtMs) refolded.lastAtMs = lastMs
}

function addFact(refolded: Refolded, row: EventRow): string | null {
  try {
    const payload = decodePayload(row.type, row.payloadVersion, row.payload)
    refolded.facts = foldFact(refolded.facts, { ...row, payload })
    return null
  } catch (error) {
    if (!(error instanceof ImmersionError)) throw error
    refolded.damaged++
    return error.message
  }
}
