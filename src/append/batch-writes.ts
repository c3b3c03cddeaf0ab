// From what a batch adds to its streams to the rows of one transaction: needsOf says what must be read before they can be
// known (usually nothing), writesOf works them out. Pure. Attribution that changes with the batch is settled here, by
// rows(after) − rows(before) over the stream's whole ledger. Called by append only.

import { isZero } from '../events/measures.js'
import { addToRows, faultyProjection, type Grouping, type RowSums, writtenRows } from '../ledger/fold.js'
import { addChecksum, ledgerChecksumOf } from '../ledger/ledger-checksum.js'
import type { RowRules } from '../ledger/settings.js'
import type { StandingCorrections } from '../ledger/standing-corrections.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { type StreamState, stateOf } from '../ledger/stream-state.js'
import { extendedVideo, videoRowOf } from '../ledger/videos.js'
import type { Head, LedgerRow, LogWrites, ReadModelRow, StreamRow, VideoRow } from '../ports/event-log.js'
import type { Batch, StreamBatch } from './batch.js'

/** What must be read before a batch's writes are known. */
export interface BatchNeeds {
  /** Streams of which held events are to be compared with repeated ones. */
  readonly compare: readonly StreamBatch[]
  /** Streams, by number, whose entries count elsewhere after the batch than before. */
  readonly ledgers: readonly number[]
  /** Videos whose row must be worked out from all their streams. */
  readonly videos: readonly string[]
  /** Rows of the other videos that change. */
  readonly extended: readonly VideoRow[]
}

/** What has been read for it. */
export interface BatchReads {
  readonly ledgers: ReadonlyMap<number, readonly LedgerRow[]>
  /** All streams whose facts name the video. */
  readonly videoStreams: ReadonlyMap<string, readonly StreamRow[]>
}

export const NOTHING_READ: BatchReads = { ledgers: new Map(), videoStreams: new Map() }

/** `videos` answers null for a video that has no row, and undefined for one that has not been looked up. */
export function needsOf(
  batch: Batch,
  videos: ReadonlyMap<string, VideoRow | null>,
  corrections: StandingCorrections,
): BatchNeeds {
  const compare: StreamBatch[] = []
  const ledgers: number[] = []
  const whole = new Set<string>()
  const extended = new Map<string, VideoRow>()
  for (const stream of batch.streams) {
    const { before, attribution } = stream
    if (stream.covered.length > 0 && before !== null && before.row.heldCount > 0) compare.push(stream)
    if (stream.count === 0) continue
    const was = before === null ? null : before.attribution
    if (before !== null && was !== attribution) ledgers.push(stream.stream)
    const videoKey = attribution?.videoKey
    if (before !== null && was?.videoKey !== videoKey) {
      if (was !== null) whole.add(was.videoKey)
      if (videoKey !== undefined) whole.add(videoKey)
    } else if (videoKey !== undefined && !whole.has(videoKey)) {
      const video = extended.get(videoKey) ?? videos.get(videoKey)
      // A stream that counts already, for a video without a row: the row has been lost.
      const known = video !== undefined && (video !== null || before === null)
      // What the learner calls it, or merged into it, is not in the stream.
      const plain = !corrections.concerns(videoKey) || (video && stream.toldFromMs === Number.POSITIVE_INFINITY)
      const after = known && plain ? extendedVideo(videoKey, video, stream) : null
      if (after === null) whole.add(videoKey)
      else if (after !== video) extended.set(videoKey, after)
    }
  }
  for (const videoKey of whole) extended.delete(videoKey)
  return { compare, ledgers, videos: [...whole], extended: [...extended.values()] }
}

/**
 * Whether a batch changes what other streams count for, or a video that follows from more than the streams that name it:
 * then it is worked out from all streams (attribution-writes.ts).
 */
export function isWide(batch: Batch, needs: BatchNeeds, corrections: StandingCorrections): boolean {
  return (
    needs.videos.some(corrections.concerns) ||
    batch.streams.some(
      ({ streamId, before, facts, attribution, count }) =>
        count > 0 &&
        (facts.has('correction') ||
          ((before?.attribution ?? null) !== attribution && corrections.adjustmentsOf(streamId).length > 0)),
    )
  )
}

export function needsNothing(needs: BatchNeeds): boolean {
  return needs.compare.length === 0 && needs.ledgers.length === 0 && needs.videos.length === 0
}

/** What a batch writes, and what is to be remembered once it is written. */
export interface BatchWrites {
  readonly writes: LogWrites
  readonly states: readonly StreamState[]
}

/** `groupings` are the projections that this program knows and that are folded up to the batch's head. */
export function writesOf(
  batch: Batch,
  groupings: readonly Grouping[],
  rules: RowRules,
  needs: BatchNeeds,
  reads: BatchReads,
  corrections: StandingCorrections,
): BatchWrites {
  const { head } = batch
  const revision = head.revision + 1
  const changed = batch.streams.filter(({ count }) => count > 0)
  const states = changed.map((stream) => stateAfter(stream, revision))
  const ledger = ledgerAdded(changed)
  const rows: { projection: string; rows: readonly ReadModelRow[] }[] = []
  for (const grouping of groupings) {
    const added = rowsOfBatch(grouping, changed, rules, reads)
    if (added !== null) rows.push({ projection: grouping.id, rows: added })
  }
  const { put, removed } = wholeVideos(states, reads, corrections)
  return {
    states,
    writes: {
      head: headAfter(batch, rows),
      streams: states.map(({ row }) => row),
      events: batch.events,
      ledger,
      rows,
      videos: put.length === 0 ? needs.extended : [...needs.extended, ...put],
      ...(removed.length > 0 ? { removedVideoKeys: removed } : {}),
    },
  }
}

/** Projections that failed, or that this program does not know, are left behind. */
export function headAfter(
  { head, events, streamCount }: Pick<Batch, 'head' | 'events' | 'streamCount'>,
  rows: LogWrites['rows'],
): Head {
  const projections =
    rows.length === head.projections.length ? head.projections : rows.map(({ projection }) => projection).sort()
  return { ...head, revision: head.revision + 1, position: head.position + events.length, streamCount, projections }
}

export function ledgerAdded(streams: readonly StreamBatch[]): LedgerRow[] {
  const ledger: LedgerRow[] = []
  for (const { stream, entries } of streams) {
    for (const { quarter, utcOffsetMin, measures } of entries) {
      if (!isZero(measures)) ledger.push({ stream, quarter, utcOffsetMin, measures })
    }
  }
  return ledger
}

/**
 * rows(after) − rows(before): over a stream's whole ledger where its attribution changed, else over what is new. Null when
 * the projection fails: recording goes on without it, it is left behind, and whoever asks for its rows gets its error.
 */
function rowsOfBatch(
  grouping: Grouping,
  changed: readonly StreamBatch[],
  rules: RowRules,
  reads: BatchReads,
): readonly ReadModelRow[] | null {
  const rows: RowSums = new Map()
  try {
    for (const { stream, before, attribution, entries } of changed) {
      const was = before?.attribution ?? null
      if (was !== attribution) {
        for (const entry of reads.ledgers.get(stream) ?? []) {
          addToRows(rows, grouping, entry, was, rules, -1)
          addToRows(rows, grouping, entry, attribution, rules)
        }
      }
      for (const entry of entries) addToRows(rows, grouping, entry, attribution, rules)
    }
    return writtenRows(rows)
  } catch (error) {
    if (faultyProjection(error) === grouping.id) return null
    throw error
  }
}

export function stateAfter(stream: StreamBatch, revision: number): StreamState {
  const { before, facts, coverage } = stream
  const row = before?.row ?? emptyStreamRow(stream.stream, stream.streamId)
  let { ledgerChecksum } = row
  for (const { quarter, utcOffsetMin, measures } of stream.entries) {
    ledgerChecksum = addChecksum(ledgerChecksum, ledgerChecksumOf(quarter, utcOffsetMin, measures))
  }
  const after = changedStreamRow(row, {
    ...(before !== null && before.facts === facts ? {} : { facts }),
    coverage,
    firstAtMs: stream.firstAtMs,
    lastAtMs: stream.lastAtMs,
    heldCount: row.heldCount + stream.count,
    heldChecksum: addChecksum(row.heldChecksum, stream.checksum),
    countedChecksum: addChecksum(row.countedChecksum, stream.checksum),
    ledgerChecksum,
    firstPosition: row.firstPosition > 0 ? row.firstPosition : stream.firstPosition,
    lastPosition: stream.lastPosition,
    revision,
  })
  return { row: after, coverage, facts, attribution: stream.attribution }
}

function wholeVideos(
  states: readonly StreamState[],
  reads: BatchReads,
  corrections: StandingCorrections,
): { readonly put: readonly VideoRow[]; readonly removed: readonly string[] } {
  const put: VideoRow[] = []
  const removed: string[] = []
  for (const [videoKey, rows] of reads.videoStreams) {
    const streams = new Map(rows.map((row) => [row.stream, stateOf(row, corrections)]))
    for (const state of states) streams.set(state.row.stream, state)
    const counting = [...streams.values()].filter(({ attribution }) => attribution?.videoKey === videoKey)
    const video = videoRowOf(videoKey, counting, corrections)
    if (video === null) removed.push(videoKey)
    else put.push(video)
  }
  return { put, removed }
}
