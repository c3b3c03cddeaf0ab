// What is new in a batch of events, and what that adds to each stream: coverage tells the new from what was counted
// before, and only the new are folded. Pure; append hands the outcome to batch-writes.ts.

import { quarterOf } from '../events/calendar.js'
import { decodePayload } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import { rowOfEvent } from '../events/event-row.js'
import { lastMomentOf } from '../events/last-moment.js'
import { addSparse } from '../events/measures.js'
import { eventClass, type NewEvent } from '../events/types.js'
import { attributionOf, sameAttribution } from '../ledger/attribution.js'
import { addVersion, type Coverage, covers } from '../ledger/coverage.js'
import { foldFact, NO_FACTS, type StreamFacts } from '../ledger/facts.js'
import { countedAtMs, entryOf, type LedgerEntry } from '../ledger/fold.js'
import { isAboutStreams, type StandingCorrections } from '../ledger/standing-corrections.js'
import type { StreamState } from '../ledger/stream-state.js'
import type { EventRow, Head } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'

/** What a batch adds to one stream. */
export interface StreamBatch {
  readonly streamId: string
  readonly stream: number
  /** Null for a stream that is new with this batch. */
  readonly before: StreamState | null
  readonly coverage: Coverage
  facts: StreamFacts
  readonly entries: LedgerEntry[]
  entry: LedgerEntry | null
  count: number
  checksum: number
  firstAtMs: number
  lastAtMs: number
  firstPosition: number
  lastPosition: number
  /** When the earliest thing that the batch says of the video happened; Infinity when it says nothing. */
  toldFromMs: number
  /** After the batch. */
  attribution: Attribution | null
  /** Events whose versions were counted before this batch. */
  readonly covered: NewEvent[]
}

export interface Batch {
  /** The head on which it builds. */
  readonly head: Head
  readonly streams: readonly StreamBatch[]
  readonly events: readonly EventRow[]
  readonly streamCount: number
  /** Events that change nothing: counted before, twice in this batch, or of a stream that was erased. */
  readonly present: number
}

/** Null when `known` answers undefined: the stream has not been looked up. `known` answers null for a stream that is new. */
export function sortOut(
  events: readonly NewEvent[],
  head: Head,
  known: (streamId: string) => StreamState | null | undefined,
  corrections: StandingCorrections,
): Batch | null {
  const streams: StreamBatch[] = []
  const rows: EventRow[] = []
  let streamCount = head.streamCount
  let present = 0
  let current: StreamBatch | undefined
  for (const event of events) {
    if (corrections.isErased(event.streamId) && !isAboutStreams(event.type)) {
      present++
      continue
    }
    if (current === undefined || current.streamId !== event.streamId) {
      current = streams.find(({ streamId }) => streamId === event.streamId)
    }
    if (current === undefined) {
      const before = known(event.streamId)
      if (before === undefined) return null
      current = openStream(event.streamId, before, before === null ? ++streamCount : before.row.stream)
      streams.push(current)
    }
    if (addVersion(current.coverage, event.version)) {
      const position = head.position + rows.length + 1
      addEvent(current, event, position, corrections)
      rows.push(rowOfEvent(event, current.stream, position))
    } else {
      present++
      repeatedEvent(current, event, rows)
    }
  }
  return { head, streams, events: rows, streamCount, present }
}

function openStream(streamId: string, before: StreamState | null, stream: number): StreamBatch {
  return {
    streamId,
    stream,
    before,
    coverage: before === null ? [] : before.coverage.slice(),
    facts: before === null ? NO_FACTS : before.facts,
    entries: [],
    entry: null,
    count: 0,
    checksum: 0,
    firstAtMs: before === null ? Number.POSITIVE_INFINITY : before.row.firstAtMs,
    lastAtMs: before === null ? Number.NEGATIVE_INFINITY : before.row.lastAtMs,
    firstPosition: 0,
    lastPosition: 0,
    toldFromMs: Number.POSITIVE_INFINITY,
    attribution: before === null ? null : before.attribution,
    covered: [],
  }
}

function addEvent(stream: StreamBatch, event: NewEvent, position: number, corrections: StandingCorrections): void {
  const { utcOffsetMin, measures } = event
  const atMs = countedAtMs(event)
  const quarter = quarterOf(atMs)
  let entry = stream.entry
  if (entry === null || entry.quarter !== quarter || entry.utcOffsetMin !== utcOffsetMin) {
    entry = entryOf(stream.entries, quarter, utcOffsetMin)
    stream.entry = entry
  }
  addSparse(entry.measures, measures)
  if (atMs < stream.firstAtMs) stream.firstAtMs = atMs
  const lastMs = lastMomentOf(event.type, atMs, measures)
  if (lastMs > stream.lastAtMs) stream.lastAtMs = lastMs
  stream.checksum = (stream.checksum + event.checksum) | 0
  stream.count++
  if (stream.firstPosition === 0) stream.firstPosition = position
  stream.lastPosition = position
  if (eventClass(event.type) === 'fact') addFact(stream, event, corrections)
}

function addFact(stream: StreamBatch, event: NewEvent, corrections: StandingCorrections): void {
  const payload = decodePayload(event.type, event.payloadVersion, event.payload)
  stream.facts = foldFact(stream.facts, { ...event, payload })
  if (event.type === 'video.described') stream.toldFromMs = Math.min(stream.toldFromMs, event.occurredAtMs)
  const attribution = attributionOf(stream.streamId, stream.facts, corrections)
  if (!sameAttribution(stream.attribution, attribution)) stream.attribution = attribution
}

/** A version that is there already: of this batch, then it is compared at once, or of an earlier one. */
function repeatedEvent(stream: StreamBatch, event: NewEvent, rows: readonly EventRow[]): void {
  if (stream.before !== null && covers(stream.before.coverage, event.version)) {
    stream.covered.push(event)
    return
  }
  const first = rows.find((row) => row.stream === stream.stream && row.version === event.version)
  if (first !== undefined && first.checksum !== event.checksum) throw versionConflict(event)
}

/**
 * The checksum stands for the content: a stored event whose content was damaged since is no reason to refuse the same
 * event when it is sent again.
 */
export function versionConflict(event: NewEvent): ImmersionError {
  const { streamId, version } = event
  return new ImmersionError(
    'VERSION_CONFLICT',
    `version ${version} of stream ${streamId} is stored with other content`,
    {
      hint: 'Two writers wrote into one stream, or an event was changed after it had been recorded.',
      details: { streamId, version },
    },
  )
}
