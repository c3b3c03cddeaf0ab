// The writes of a batch that changes the attribution of other streams: a correction, or the start of a session that was
// adjusted before it arrived. All streams of the profile are read and attributed as before and as after the batch, and
// rows(after) − rows(before) is written for those that differ. Erased streams lose their events and their ledger. A
// lifetime has some tens of thousands of streams, so this takes a fraction of a second. Called by append, under the lock.

import { decodePayload, encodeEvent } from '../events/codec.js'
import { sha256, uuidV8FromSha256 } from '../events/ids.js'
import type { StreamRow } from '../events/rows.js'
import type { NewEvent } from '../events/types.js'
import { attributeAll, sameAttribution } from '../ledger/attribution.js'
import { headAfterDelta, rowsDelta } from '../ledger/delta.js'
import { videoDifferences, videoRepairs } from '../ledger/differences.js'
import { ledgerByStream, negatedEntry } from '../ledger/fold.js'
import { heldEvents, rangesOf } from '../ledger/held-events.js'
import {
  type Correction,
  type StandingCorrections,
  standingCorrectionsOf,
  targetOf,
} from '../ledger/standing-corrections.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { type ReadStream, readState, readStreams, type StreamState, statesOf } from '../ledger/stream-state.js'
import type { LogSnapshot, LogWrites } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'
import { type AppendState, type Batch, foldBatch, type StreamBatch } from './batch.js'
import { type BatchWrites, ledgerAdded, stateAfter } from './batch-writes.js'

type Attributions = ReadonlyMap<number, Attribution>

/** The corrections are those after the batch. Streams that are `cleared` lose everything but their ids. */
export async function attributionWrites(
  snapshot: LogSnapshot,
  events: readonly NewEvent[],
  state: AppendState,
  cleared: ReadonlySet<string> = new Set(),
): Promise<{ readonly batch: Batch; readonly written: BatchWrites; readonly corrections: StandingCorrections }> {
  const { head } = state
  const stored = (await readStreams(snapshot)).map(readState)
  const before = attributeAll(stored, state.corrections)
  const batch = foldKnown(events, state, stored, before)
  const changed = batch.streams.filter(({ count }) => count > 0)
  const after = profileAfter(stored, changed, cleared, head.revision + 1)
  const implied = impliedErasures(after.corrections)
  if (implied.length > 0) return attributionWrites(snapshot, [...events, ...implied], state, cleared)
  const moved = after.streams.filter(
    ({ row, attribution }) => !sameAttribution(before.get(row.stream) ?? null, attribution),
  )
  const erased = new Set(after.erased.map(({ stream }) => stream))
  const read = [...new Set([...moved.map(({ row }) => row.stream), ...erased])]
  const ledgers = ledgerByStream(read.length === 0 ? [] : await snapshot.ledger({ streams: read }))

  // The ledgers that the moved streams had before the batch count elsewhere now.
  const movedDeltas = moved.map(({ row: { stream }, attribution }) => ({
    before: before.get(stream) ?? null,
    after: attribution,
    ledger: ledgers.get(stream) ?? [],
    added: [],
  }))
  const attributions = new Map(after.streams.map(({ row, attribution }) => [row.stream, attribution]))
  const addedDeltas = changed.map(({ stream, entries }) => {
    const attribution = attributions.get(stream) ?? null
    return { before: attribution, after: attribution, ledger: [], added: entries }
  })
  const rows = rowsDelta(state.groupings, [...movedDeltas, ...addedDeltas], state.rules)
  const videos = videoDifferences(after.streams, after.corrections, await snapshot.videos({}))
  const written = new Set([...changed.map(({ stream }) => stream), ...erased])
  const states = after.streams.filter(({ row }) => written.has(row.stream))
  const writes: LogWrites = {
    head: headAfterDelta(head, rows, { eventCount: batch.events.length, streamCount: batch.streamCount }),
    streams: states.map(({ row }) => row),
    events: batch.events,
    ledger: [...ledgerAdded(changed), ...[...erased].flatMap((stream) => ledgers.get(stream) ?? []).map(negatedEntry)],
    rows,
    ...videoRepairs(videos),
    removedPositions: await positionsOf(snapshot, after.erased),
    // What is cleared to be carried again is no secret, so its bytes may stay in the file.
    ...(after.erased.some(({ streamId }) => !cleared.has(streamId)) ? { erases: true } : {}),
  }
  return { batch, written: { writes, states }, corrections: after.corrections }
}

/**
 * The erasures of names that the learner gave a video before it was erased, on a device that did not know of that. Each
 * follows from the erased correction alone, so that every log makes the same one, whatever arrived first.
 */
function impliedErasures({ all }: StandingCorrections): readonly NewEvent[] {
  const erasedAtMs = new Map<unknown, number>()
  for (const { type, payload, occurredAtMs } of all) {
    if (type === 'stream.erased') erasedAtMs.set(payload.videoKeySha256, occurredAtMs)
  }
  erasedAtMs.delete(undefined)
  if (erasedAtMs.size === 0) return []
  const isErased = ({ type, payload, occurredAtMs }: Correction) =>
    type === 'video.renamed' && occurredAtMs <= (erasedAtMs.get(sha256(String(payload.videoKey))) ?? -1)
  return all.filter(isErased).map(({ streamId: targetStreamId, occurredAtMs, utcOffsetMin }) => {
    const streamId = uuidV8FromSha256(`erasure of ${targetStreamId}`)
    const event = { streamId, type: 'stream.erased', occurredAtMs, utcOffsetMin, measures: {} } as const
    return encodeEvent({ ...event, payload: { targetStreamId } }, 1).event
  })
}

function foldKnown(
  events: readonly NewEvent[],
  { head, corrections }: AppendState,
  stored: readonly ReadStream[],
  attributions: Attributions,
): Batch {
  const byId = new Map(stored.map((stream) => [stream.row.streamId, stream]))
  const known = (streamId: string): StreamState | null => {
    const stream = byId.get(streamId)
    return stream === undefined ? null : { ...stream, attribution: attributions.get(stream.row.stream) ?? null }
  }
  const batch = foldBatch(events, { head, corrections: withErased(corrections, events) }, known)
  if (batch === null) throw new TypeError('unreachable: every stream is known')
  return batch
}

/** Events of streams that the batch itself erases are not recorded. */
function withErased(before: StandingCorrections, events: readonly NewEvent[]): StandingCorrections {
  const erased = new Set(
    events.flatMap(({ type, payloadVersion, payload }) =>
      type === 'stream.erased' ? [targetOf({ payload: decodePayload(type, payloadVersion, payload) ?? {} })] : [],
    ),
  )
  return erased.size === 0
    ? before
    : { ...before, isErased: (streamId) => erased.has(streamId) || before.isErased(streamId) }
}

/** With the rows, as they were, of the streams that are cleared or that the batch erases. */
function profileAfter(
  stored: readonly ReadStream[],
  changed: readonly StreamBatch[],
  cleared: ReadonlySet<string>,
  revision: number,
) {
  const added = replaced(
    stored,
    changed.map((stream) => stateAfter(stream, revision)),
  )
  const corrections = standingCorrectionsOf(added)
  // Discards, restores and erasures stay, even where an erasure names one.
  const lasting = new Set(corrections.all.map(({ streamId }) => streamId))
  const erased = added
    .map(({ row }) => row)
    .filter(({ streamId, coverage }) => {
      const isRemoved = cleared.has(streamId) || (corrections.isErased(streamId) && !lasting.has(streamId))
      return isRemoved && coverage !== ''
    })
  // The id of a removed stream stays, under its number.
  const stubs = erased.map(({ stream, streamId }) =>
    readState(changedStreamRow(emptyStreamRow(stream, streamId), { revision })),
  )
  return { ...statesOf(replaced(added, stubs)), erased }
}

function replaced(streams: readonly ReadStream[], by: readonly ReadStream[]): readonly ReadStream[] {
  const others = new Map(by.map((stream) => [stream.row.stream, stream]))
  const result = streams.map((stream) => {
    const other = others.get(stream.row.stream)
    others.delete(stream.row.stream)
    return other ?? stream
  })
  return [...result, ...others.values()]
}

/** The positions of all events that these streams hold. */
async function positionsOf(snapshot: LogSnapshot, rows: readonly StreamRow[]) {
  const ranges: (readonly [number, number])[] = []
  for (const row of rows) {
    const positions: number[] = []
    for await (const page of heldEvents(snapshot, row)) positions.push(...page.map(({ position }) => position))
    ranges.push(...rangesOf(positions))
  }
  return ranges
}
