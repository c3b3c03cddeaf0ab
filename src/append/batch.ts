// The new events of a batch, and what they add to each stream. Coverage tells new events from those that were counted
// before, and only new events are folded. Pure; batch-writes.ts turns the outcome into the writes of a transaction.

import { quarterOf } from '../events/calendar.js'
import { decodePayload } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import { lastMomentOf, rowOfEvent } from '../events/event-row.js'
import { addSparse } from '../events/measures.js'
import type { EventRow } from '../events/rows.js'
import { type EventType, eventClass, isCorrectionType, type NewEvent } from '../events/types.js'
import { attributionOf, sameAttribution } from '../ledger/attribution.js'
import { addVersion, covers } from '../ledger/coverage.js'
import { foldFact, NO_FACTS, type OpenFacts } from '../ledger/facts.js'
import { countedAtMs, entryOf, type FoldedEvents } from '../ledger/fold.js'
import type { Grouping } from '../ledger/grouping.js'
import type { RowRules } from '../ledger/settings.js'
import { decidesVisibility, type StandingCorrections, sharedCorrection } from '../ledger/standing-corrections.js'
import type { StreamState } from '../ledger/stream-state.js'
import type { Head } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'

/** The state of the profile on which an append builds. */
export interface AppendState {
  readonly head: Head
  readonly corrections: StandingCorrections
  /** For the projections that this program knows and whose rows are complete at the head. */
  readonly groupings: readonly Grouping[]
  readonly rules: RowRules
}

/** The part of a batch that belongs to one stream. Coverage, facts, moments and attribution are those after the batch. */
export interface StreamBatch extends FoldedEvents {
  readonly streamId: string
  readonly stream: number
  /** Null for a stream that is new with this batch. */
  readonly before: StreamState | null
  /** Moment of the earliest new video.described; Infinity without one. */
  describedFromMs: number
  attribution: Attribution | null
  /** The same as `facts`, if the batch has facts of the stream. */
  openFacts: OpenFacts | null
  /** Events whose versions were counted before this batch. */
  readonly repeated: NewEvent[]
}

export interface Batch {
  readonly streams: readonly StreamBatch[]
  readonly events: readonly EventRow[]
  readonly streamCount: number
  /** Events that change nothing: counted before, twice in this batch, or of a stream that was erased. */
  readonly present: number
}

/** `known` answers null for a stream that is new, and undefined for one that has not been read: then there is no batch. */
export function foldBatch(
  events: readonly NewEvent[],
  { head, corrections }: Pick<AppendState, 'head' | 'corrections'>,
  known: (streamId: string) => StreamState | null | undefined,
): Batch | null {
  const streams: StreamBatch[] = []
  const rows: EventRow[] = []
  let streamCount = head.streamCount
  let present = 0
  let current: StreamBatch | undefined
  for (const event of events) {
    if (corrections.isErased(event.streamId) && !decidesVisibility(event.type)) {
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
      refuseShared(current, event.type)
      const position = head.position + rows.length + 1
      addEvent(current, event, position)
      rows.push(rowOfEvent(event, current.stream, position))
    } else {
      present++
      addRepeated(current, event, rows)
    }
  }
  for (const stream of streams) {
    if (stream.openFacts === null) continue
    const attribution = attributionOf(stream.streamId, stream.facts, corrections)
    if (!sameAttribution(stream.attribution, attribution)) stream.attribution = attribution
  }
  return { streams, events: rows, streamCount, present }
}

function openStream(streamId: string, before: StreamState | null, stream: number): StreamBatch {
  // Nothing is counted of a stream that was cleared, so its moments are none.
  const counted = before === null || before.coverage.length === 0 ? null : before.row
  return {
    streamId,
    stream,
    before,
    coverage: before === null ? [] : before.coverage.slice(),
    facts: before === null ? NO_FACTS : before.facts,
    entries: [],
    count: 0,
    checksum: 0,
    firstAtMs: counted?.firstAtMs ?? Number.POSITIVE_INFINITY,
    lastAtMs: counted?.lastAtMs ?? Number.NEGATIVE_INFINITY,
    firstPosition: 0,
    lastPosition: 0,
    describedFromMs: Number.POSITIVE_INFINITY,
    attribution: before === null ? null : before.attribution,
    openFacts: null,
    repeated: [],
  }
}

/** A correction is the only event of its stream, so that whoever discards the stream takes back that correction alone. */
function refuseShared({ streamId, before, count, facts }: StreamBatch, type: EventType): void {
  const isOnly = count === 0 && (before === null || before.coverage.length === 0)
  // In a log of an earlier version a session may have a correction in its stream, and goes on.
  const isAfterCorrection = facts.has('correction') && !facts.has('start')
  if (!isOnly && (isAfterCorrection || isCorrectionType(type))) throw sharedCorrection(streamId)
}

function addEvent(stream: StreamBatch, event: NewEvent, position: number): void {
  const { utcOffsetMin, measures } = event
  const atMs = countedAtMs(event)
  addSparse(entryOf(stream.entries, quarterOf(atMs), utcOffsetMin).measures, measures)
  if (atMs < stream.firstAtMs) stream.firstAtMs = atMs
  const lastMs = lastMomentOf(event.type, atMs, measures)
  if (lastMs > stream.lastAtMs) stream.lastAtMs = lastMs
  stream.checksum = (stream.checksum + event.checksum) | 0
  stream.count++
  if (stream.firstPosition === 0) stream.firstPosition = position
  stream.lastPosition = position
  if (eventClass(event.type) === 'fact') addFact(stream, event)
}

function addFact(stream: StreamBatch, event: NewEvent): void {
  const payload = decodePayload(event.type, event.payloadVersion, event.payload)
  // Copied once, because a batch often has several facts of a stream.
  stream.openFacts ??= new Map(stream.facts)
  stream.facts = foldFact(stream.openFacts, { ...event, payload })
  if (event.type === 'video.described') stream.describedFromMs = Math.min(stream.describedFromMs, event.occurredAtMs)
}

/** Events of this batch are compared at once, those of earlier batches once the stream has been read. */
function addRepeated(stream: StreamBatch, event: NewEvent, rows: readonly EventRow[]): void {
  if (stream.before !== null && covers(stream.before.coverage, event.version)) stream.repeated.push(event)
  else {
    refuseConflict(
      event,
      rows.find((row) => row.stream === stream.stream && row.version === event.version),
    )
  }
}

export function refuseConflict(event: NewEvent, known: { readonly checksum: number } | undefined): void {
  if (known === undefined || known.checksum === event.checksum) return
  const { streamId, version } = event
  throw new ImmersionError(
    'VERSION_CONFLICT',
    `version ${version} of stream ${streamId} was recorded with other content`,
    {
      hint: 'Two writers wrote into one stream, or an event was changed. `immersion explain VERSION_CONFLICT` says more.',
      details: { streamId, version },
    },
  )
}
