// What a batch writes that changes where other streams count: a learner's correction, or the start of a session that was
// adjusted before it arrived. All streams of the profile are read, attributed as they were and as they become, and
// rows(after) − rows(before) is written for those that moved; streams that were erased lose their events and their ledger.
// A life's streams are some tens of thousands, so this is a fraction of a second. Called by append, under the head's lock.

import { decodePayload } from '../events/codec.js'
import type { NewEvent } from '../events/types.js'
import { attributeAll, sameAttribution } from '../ledger/attribution.js'
import { videoDifferences, videosOfStreams } from '../ledger/differences.js'
import {
  addToRows,
  faultyProjection,
  type Grouping,
  ledgerByStream,
  type RowSums,
  writtenRows,
} from '../ledger/fold.js'
import type { RowRules } from '../ledger/settings.js'
import { type StandingCorrections, standingCorrectionsOf, targetOf } from '../ledger/standing-corrections.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { type ReadStream, readState, readStreams, type StreamState } from '../ledger/stream-state.js'
import type { Head, LedgerRow, LogSnapshot, LogWrites, ReadModelRow, StreamRow } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'
import { type Batch, type StreamBatch, sortOut } from './batch.js'
import { type BatchWrites, headAfter, ledgerAdded, stateAfter } from './batch-writes.js'

/** Positions of one stream's events are read this many at a time. */
const ERASE_PAGE_EVENTS = 5_000

export interface AttributionWrites {
  readonly batch: Batch
  readonly written: BatchWrites
  readonly corrections: StandingCorrections
}

/** A stream whose entries count elsewhere after the batch. */
interface Moved {
  readonly stream: number
  readonly was: Attribution | null
  readonly attribution: Attribution | null
}

export async function attributionWrites(
  snapshot: LogSnapshot,
  events: readonly NewEvent[],
  head: Head,
  before: StandingCorrections,
  groupings: readonly Grouping[],
  rules: RowRules,
): Promise<AttributionWrites> {
  const stored = (await readStreams(snapshot)).map(readState)
  const attributedBefore = attributeAll(stored, before)
  const batch = sortOutKnown(events, head, stored, attributedBefore, withErased(before, events))
  const changed = batch.streams.filter(({ count }) => count > 0)
  const revision = head.revision + 1
  const added = changed.map((stream) => stateAfter(stream, revision))

  const after = replaced(stored, added)
  const corrections = standingCorrectionsOf(after)
  const erased = after.filter(
    ({ row }) => corrections.isErased(row.streamId) && row.coverage !== '' && !isLasting(row, corrections),
  )
  const kept = replaced(
    after,
    erased.map(({ row: { stream, streamId } }) =>
      readState(changedStreamRow(emptyStreamRow(stream, streamId), { revision })),
    ),
  )
  const attributedAfter = attributeAll(kept, corrections)
  const states = kept.map((stream) => ({ ...stream, attribution: attributedAfter.get(stream.row.stream) ?? null }))

  const moved = movedStreams(states, attributedBefore)
  const erasedNumbers = new Set(erased.map(({ row }) => row.stream))
  const read = [...new Set([...moved.map(({ stream }) => stream), ...erasedNumbers])]
  const ledgers = ledgerByStream(read.length === 0 ? [] : await snapshot.ledger({ streams: read }))
  const rows: { projection: string; rows: readonly ReadModelRow[] }[] = []
  for (const grouping of groupings) {
    const written = rowsOf(grouping, moved, ledgers, changed, attributedAfter, rules)
    if (written !== null) rows.push({ projection: grouping.id, rows: written })
  }
  const videos = videoDifferences(videosOfStreams(states, corrections), await snapshot.videos({}))
  const touched = new Set([...added.map(({ row }) => row.stream), ...erasedNumbers])
  const put = states.filter(({ row }) => touched.has(row.stream))
  const writes: LogWrites = {
    head: headAfter(batch, rows),
    streams: put.map(({ row }) => row),
    events: batch.events,
    ledger: [...ledgerAdded(changed), ...takenOff(erasedNumbers, ledgers)],
    rows,
    videos: videos.flatMap(({ expected }) => expected ?? []),
    removedVideoKeys: videos.flatMap(({ expected, stored: old }) => (expected === null && old ? [old.videoKey] : [])),
    removedPositions: await positionsOf(
      snapshot,
      erased.map(({ row }) => row),
    ),
  }
  const whole = erased.length === 0 ? writes : { ...writes, erases: true as const }
  return { batch, written: { writes: whole, states: put }, corrections }
}

/** Events of streams that the batch itself erases are not taken in. */
function withErased(before: StandingCorrections, events: readonly NewEvent[]): StandingCorrections {
  const erased = new Set<string>()
  for (const { type, payloadVersion, payload } of events) {
    if (type !== 'stream.erased') continue
    const said = decodePayload(type, payloadVersion, payload)
    if (said !== null) erased.add(targetOf({ payload: said }))
  }
  if (erased.size === 0) return before
  return { ...before, isErased: (streamId) => erased.has(streamId) || before.isErased(streamId) }
}

function sortOutKnown(
  events: readonly NewEvent[],
  head: Head,
  stored: readonly ReadStream[],
  attributions: ReadonlyMap<number, Attribution>,
  corrections: StandingCorrections,
): Batch {
  const byId = new Map(stored.map((stream) => [stream.row.streamId, stream]))
  const known = (streamId: string): StreamState | null => {
    const stream = byId.get(streamId)
    return stream === undefined ? null : { ...stream, attribution: attributions.get(stream.row.stream) ?? null }
  }
  const batch = sortOut(events, head, known, corrections)
  if (batch === null) throw new TypeError('unreachable: every stream is known')
  return batch
}

/** Discards, restores and erasures are no targets, not even of an erasure. */
function isLasting(row: StreamRow, corrections: StandingCorrections): boolean {
  return corrections.all.some(({ streamId }) => streamId === row.streamId)
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

function movedStreams(
  states: readonly StreamState[],
  attributedBefore: ReadonlyMap<number, Attribution>,
): readonly Moved[] {
  const moved: Moved[] = []
  for (const { row, attribution } of states) {
    const was = attributedBefore.get(row.stream) ?? null
    if (!sameAttribution(was, attribution)) moved.push({ stream: row.stream, was, attribution })
  }
  return moved
}

/** Null when the projection fails: then it is left behind. */
function rowsOf(
  grouping: Grouping,
  moved: readonly Moved[],
  ledgers: ReadonlyMap<number, readonly LedgerRow[]>,
  changed: readonly StreamBatch[],
  attributions: ReadonlyMap<number, Attribution>,
  rules: RowRules,
): readonly ReadModelRow[] | null {
  const rows: RowSums = new Map()
  try {
    for (const { stream, was, attribution } of moved) {
      for (const entry of ledgers.get(stream) ?? []) {
        addToRows(rows, grouping, entry, was, rules, -1)
        addToRows(rows, grouping, entry, attribution, rules)
      }
    }
    for (const { stream, entries } of changed) {
      for (const entry of entries) addToRows(rows, grouping, entry, attributions.get(stream) ?? null, rules)
    }
    return writtenRows(rows)
  } catch (error) {
    if (faultyProjection(error) === grouping.id) return null
    throw error
  }
}

function takenOff(
  streams: ReadonlySet<number>,
  ledgers: ReadonlyMap<number, readonly LedgerRow[]>,
): readonly LedgerRow[] {
  return [...streams].flatMap((stream) =>
    (ledgers.get(stream) ?? []).map((entry) => ({ ...entry, measures: entry.measures.map((value) => 0 - value) })),
  )
}

/** Runs of positions of all events that the streams hold. */
async function positionsOf(
  snapshot: LogSnapshot,
  rows: readonly StreamRow[],
): Promise<readonly (readonly [number, number])[]> {
  const runs: (readonly [number, number])[] = []
  for (const { stream, heldCount, firstPosition, lastPosition } of rows) {
    let after = firstPosition - 1
    while (heldCount > 0 && after < lastPosition) {
      const page = await snapshot.events({ after, through: lastPosition, stream, limit: ERASE_PAGE_EVENTS })
      for (const { position } of page) {
        const last = runs[runs.length - 1]
        if (last !== undefined && last[1] === position - 1) runs[runs.length - 1] = [last[0], position]
        else runs.push([position, position])
      }
      if (page.length < ERASE_PAGE_EVENTS) break
      after = page[page.length - 1]?.position ?? lastPosition
    }
  }
  return runs
}
