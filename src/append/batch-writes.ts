// The writes of a batch that changes only its own streams. needsOf names the rows that must be read first (usually none), and
// writesOf computes the writes. attribution-writes.ts has the other batches. Called by append only.

import type { LedgerRow, StreamRow, VideoRow } from '../events/rows.js'
import { headAfterDelta, rowsDelta } from '../ledger/delta.js'
import { ledgerByStream, ledgerRowsOf } from '../ledger/fold.js'
import { addChecksum, withEntries } from '../ledger/ledger-checksum.js'
import type { StandingCorrections } from '../ledger/standing-corrections.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { type StreamState, stateOf } from '../ledger/stream-state.js'
import { extendedVideo, videoRowOf } from '../ledger/videos.js'
import type { LogSnapshot, LogWrites } from '../ports/event-log.js'
import type { AppendState, Batch, StreamBatch } from './batch.js'

/** The rows that must be read before a batch's writes can be computed. */
export interface BatchNeeds {
  /** Streams whose held events are to be compared with repeated ones. */
  readonly compare: readonly StreamBatch[]
  /** Streams, by number, whose attribution changes with the batch. */
  readonly ledgers: readonly number[]
  /** Videos whose row must be computed from all their streams. */
  readonly videos: readonly string[]
  /** Rows of the other videos that change. */
  readonly extended: readonly VideoRow[]
}

type BatchReads = Awaited<ReturnType<typeof readNeeds>>

export const NOTHING_READ: BatchReads = { ledgers: new Map(), videoStreams: new Map() }

/** `videos` has null for a video that has no row, and nothing for one that has not been read. */
export function needsOf(
  batch: Batch,
  videos: ReadonlyMap<string, VideoRow | null>,
  corrections: StandingCorrections,
): BatchNeeds {
  const compare: StreamBatch[] = []
  const ledgers: number[] = []
  const recomputed = new Set<string>()
  const extended = new Map<string, VideoRow>()
  for (const stream of batch.streams) {
    const { before, attribution } = stream
    if (stream.repeated.length > 0) compare.push(stream)
    if (stream.count === 0) continue
    const was = before === null ? null : before.attribution
    if (before !== null && was !== attribution) ledgers.push(stream.stream)
    const videoKey = attribution?.videoKey
    if (before !== null && was?.videoKey !== videoKey) {
      if (was !== null) recomputed.add(was.videoKey)
      if (videoKey !== undefined) recomputed.add(videoKey)
    } else if (videoKey !== undefined && !recomputed.has(videoKey)) {
      const video = extended.get(videoKey) ?? videos.get(videoKey)
      // A stream that counts already has a video with a row. Without one, the row was lost.
      const known = video !== undefined && (video !== null || before === null)
      // The learner's names and merges are not in the stream.
      const plain =
        !corrections.affectsVideo(videoKey) || (video && stream.describedFromMs === Number.POSITIVE_INFINITY)
      const after = known && plain ? extendedVideo(videoKey, video, stream) : null
      if (after === null) recomputed.add(videoKey)
      else if (after !== video) extended.set(videoKey, after)
    }
  }
  for (const videoKey of recomputed) extended.delete(videoKey)
  return { compare, ledgers, videos: [...recomputed], extended: [...extended.values()] }
}

export function needsNothing(needs: BatchNeeds): boolean {
  return needs.compare.length === 0 && needs.ledgers.length === 0 && needs.videos.length === 0
}

/**
 * Whether the batch changes the attribution of other streams, or a video whose row depends on more than the streams that
 * name it. Then its writes are computed from all streams of the profile.
 */
export function changesOthers(batch: Batch, needs: BatchNeeds, corrections: StandingCorrections): boolean {
  return (
    needs.videos.some(corrections.affectsVideo) ||
    batch.streams.some(
      ({ streamId, before, facts, attribution, count }) =>
        count > 0 &&
        (facts.has('correction') ||
          ((before?.attribution ?? null) !== attribution && corrections.adjustmentsOf(streamId).length > 0)),
    )
  )
}

/** For each video, all streams whose facts name it. */
export async function readNeeds(snapshot: LogSnapshot, needs: BatchNeeds) {
  const ledgers = ledgerByStream(needs.ledgers.length > 0 ? await snapshot.ledger({ streams: needs.ledgers }) : [])
  const videoStreams = new Map<string, readonly StreamRow[]>()
  for (const videoKey of needs.videos) videoStreams.set(videoKey, await snapshot.streams({ videoKey }))
  return { ledgers, videoStreams }
}

/** The writes of a batch, and the states to remember once they are committed. */
export interface BatchWrites {
  readonly writes: LogWrites
  readonly states: readonly StreamState[]
}

export function writesOf(
  batch: Batch,
  { head, corrections, groupings, rules }: AppendState,
  needs: BatchNeeds,
  reads: BatchReads,
): BatchWrites {
  const changed = batch.streams.filter(({ count }) => count > 0)
  const states = changed.map((stream) => stateAfter(stream, head.revision + 1))
  const deltas = changed.map(({ stream, before, attribution, entries }) => ({
    before: before?.attribution ?? null,
    after: attribution,
    ledger: reads.ledgers.get(stream) ?? [],
    added: entries,
  }))
  const rows = rowsDelta(groupings, deltas, rules)
  const { videos, removedVideoKeys } = recomputedVideos(states, reads, corrections)
  return {
    states,
    writes: {
      head: headAfterDelta(head, rows, { eventCount: batch.events.length, streamCount: batch.streamCount }),
      streams: states.map(({ row }) => row),
      events: batch.events,
      ledger: ledgerAdded(changed),
      rows,
      videos: videos.length === 0 ? needs.extended : [...needs.extended, ...videos],
      ...(removedVideoKeys.length > 0 ? { removedVideoKeys } : {}),
    },
  }
}

export function ledgerAdded(streams: readonly StreamBatch[]): LedgerRow[] {
  const rows: LedgerRow[] = []
  for (const { stream, entries } of streams) rows.push(...ledgerRowsOf(stream, entries))
  return rows
}

export function stateAfter(stream: StreamBatch, revision: number): StreamState {
  const { before, facts, coverage } = stream
  const row = before?.row ?? emptyStreamRow(stream.stream, stream.streamId)
  const after = changedStreamRow(row, {
    facts: before !== null && before.facts === facts ? undefined : facts,
    coverage,
    firstAtMs: stream.firstAtMs,
    lastAtMs: stream.lastAtMs,
    heldCount: row.heldCount + stream.count,
    heldChecksum: addChecksum(row.heldChecksum, stream.checksum),
    countedChecksum: addChecksum(row.countedChecksum, stream.checksum),
    ledgerChecksum: withEntries(row.ledgerChecksum, stream.entries),
    firstPosition: row.firstPosition > 0 ? row.firstPosition : stream.firstPosition,
    lastPosition: stream.lastPosition,
    revision,
  })
  return { row: after, coverage, facts, attribution: stream.attribution }
}

function recomputedVideos(states: readonly StreamState[], reads: BatchReads, corrections: StandingCorrections) {
  const videos: VideoRow[] = []
  const removedVideoKeys: string[] = []
  for (const [videoKey, rows] of reads.videoStreams) {
    const streams = new Map(rows.map((row) => [row.stream, stateOf(row, corrections)]))
    for (const state of states) streams.set(state.row.stream, state)
    const counting = [...streams.values()].filter(({ attribution }) => attribution?.videoKey === videoKey)
    const video = videoRowOf(videoKey, counting, corrections)
    if (video === null) removedVideoKeys.push(videoKey)
    else videos.push(video)
  }
  return { videos, removedVideoKeys }
}
