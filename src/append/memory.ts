// The memory of an appender between batches: streams, videos, corrections, the head and what follows from it. All of it is
// right for `head.revision` alone, so it is dropped as soon as another program has written.

import { type Grouping, groupingsAt } from '../ledger/grouping.js'
import { type RowRules, rowRulesOf, sameRules } from '../ledger/settings.js'
import { readStandingCorrections, type StandingCorrections } from '../ledger/standing-corrections.js'
import { type StreamState, stateOf } from '../ledger/stream-state.js'
import type { Head, LogSnapshot, VideoRow } from '../ports/event-log.js'
import type { AppendState, Batch } from './batch.js'
import type { BatchWrites } from './batch-writes.js'

/** A handful of sessions is open at once, and an import goes stream by stream. A state is about a kilobyte. */
const STREAMS_MAX = 512
const VIDEOS_MAX = 512

export class AppendMemory {
  readonly #allGroupings: readonly Grouping[]
  head: Head
  #rules: RowRules
  #groupings: readonly Grouping[]
  readonly #streams = new Map<string, StreamState>()
  /** Null for a video that has no row. */
  readonly videos = new Map<string, VideoRow | null>()
  /** Null until they are read. */
  corrections: StandingCorrections | null = null

  constructor(head: Head, groupings: readonly Grouping[]) {
    this.#allGroupings = groupings
    this.head = head
    this.#rules = rowRulesOf(head.settings)
    this.#groupings = groupingsAt(head, groupings)
  }

  /** The state with these corrections, which may have just been read. */
  state(corrections: StandingCorrections): AppendState {
    return { head: this.head, corrections, groupings: this.#groupings, rules: this.#rules }
  }

  stream(streamId: string): StreamState | undefined {
    return this.#streams.get(streamId)
  }

  forget(): void {
    this.#streams.clear()
    this.videos.clear()
    this.corrections = null
  }

  /** Follows another program that has written since. */
  async catchUp(snapshot: LogSnapshot): Promise<StandingCorrections> {
    const current = await snapshot.head()
    if (current.revision !== this.head.revision) {
      this.forget()
      this.#setHead(current)
    }
    this.corrections ??= await readStandingCorrections(snapshot)
    return this.corrections
  }

  /** States of these streams, as far as they exist. They are remembered only once the append has succeeded. */
  async readStreams(
    snapshot: LogSnapshot,
    streamIds: Iterable<string>,
    corrections: StandingCorrections,
  ): Promise<ReadonlyMap<string, StreamState>> {
    const known = new Map<string, StreamState>()
    const missing: string[] = []
    for (const streamId of streamIds) {
      const state = this.#streams.get(streamId)
      if (state === undefined) missing.push(streamId)
      else known.set(streamId, state)
    }
    if (missing.length === 0) return known
    for (const row of await snapshot.streams({ streamIds: missing })) {
      known.set(row.streamId, stateOf(row, corrections))
    }
    return known
  }

  async readVideos(snapshot: LogSnapshot, batch: Batch): Promise<void> {
    const missing = new Set<string>()
    for (const { attribution } of batch.streams) {
      if (attribution !== null && !this.videos.has(attribution.videoKey)) missing.add(attribution.videoKey)
    }
    if (missing.size === 0) return
    for (const videoKey of missing) this.videos.set(videoKey, null)
    for (const video of await snapshot.videos({ videoKeys: [...missing] })) this.videos.set(video.videoKey, video)
  }

  remember(states: Iterable<StreamState>): void {
    // Put at the end, so that the streams of old batches are the first to go.
    for (const state of states) {
      this.#streams.delete(state.row.streamId)
      this.#streams.set(state.row.streamId, state)
    }
    dropOldest(this.#streams, STREAMS_MAX)
    dropOldest(this.videos, VIDEOS_MAX)
  }

  rememberWrites({ states, writes }: BatchWrites): void {
    this.#setHead(writes.head)
    for (const video of writes.videos) {
      this.videos.delete(video.videoKey)
      this.videos.set(video.videoKey, video)
    }
    for (const videoKey of writes.removedVideoKeys ?? []) this.videos.set(videoKey, null)
    this.remember(states)
  }

  /** Corrections that the last batch changed. Other streams may count elsewhere now, so their states are dropped. */
  rememberCorrections(corrections: StandingCorrections): void {
    this.forget()
    this.corrections = corrections
  }

  #setHead(next: Head): void {
    if (!sameRules(next.settings, this.head.settings)) this.#rules = rowRulesOf(next.settings)
    if (next.projections !== this.head.projections) this.#groupings = groupingsAt(next, this.#allGroupings)
    this.head = next
  }
}

function dropOldest<Value>(remembered: Map<string, Value>, limit: number): void {
  for (const oldest of remembered.keys()) {
    if (remembered.size <= limit) return
    remembered.delete(oldest)
  }
}
