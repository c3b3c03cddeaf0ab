// What two logs tell each other of their streams when one is carried into the other: digests, in which they must agree,
// and summaries, which stand for the events that a log no longer holds. Plain data: it crosses threads and files.

import type { StreamKind } from '../events/rows.js'
import type { NewEvent } from '../events/types.js'
import type { LedgerRow } from './event-log.js'
import type { Settings } from './profile-settings.js'

/** What two logs must agree on. Which events they still hold is the affair of each. */
export interface StreamDigest {
  readonly streamId: string
  /** Versions that have been counted, as ranges: `1-57,60`. Empty for a stream that was erased. */
  readonly coverage: string
  /** Sum of the checksums of all events ever counted, modulo 2^32. */
  readonly countedChecksum: number
  /** Checksum of its ledger entries, see src/ledger/ledger-checksum.ts. */
  readonly ledgerChecksum: number
}

export interface ListedStream extends StreamDigest {
  readonly kind: StreamKind
  /** Whether events of it that were counted are no longer held. */
  readonly isPruned: boolean
  /** The profile's revision at which it last changed. */
  readonly revision: number
}

export interface StreamListQuery {
  /** Go on after the stream with this number; 0 to begin. */
  readonly after: number
  readonly limit: number
  /** Only streams that changed after this revision. */
  readonly changedAfter?: number
  /** Only these. */
  readonly streamIds?: readonly string[]
}

export interface StreamList {
  /** Of the moment of this page. */
  readonly asOfRevision: number
  readonly streams: readonly ListedStream[]
  /** Pass as `after` to go on; null at the end. */
  readonly next: number | null
  /** Ids that were erased for good, whether the stream itself ever came here or not. In the first page only. */
  readonly erased: readonly string[]
}

export interface StreamEventsQuery {
  readonly streamId: string
  /** Of these versions, as ranges. */
  readonly versions: string
  readonly limit: number
}

export interface PrunedSummaryQuery {
  readonly streamId: string
  /** Versions, as ranges, that are to be in the summary although their events are held. */
  readonly including?: string
}

/** What a stream says of the versions whose events its log no longer holds. */
export interface PrunedSummary {
  readonly streamId: string
  /** As ranges; never empty. */
  readonly versions: string
  /** Sums of these versions, ascending by (quarter, utcOffsetMin), none of them all zero. */
  readonly ledger: readonly Omit<LedgerRow, 'stream'>[]
  /** Sum of their checksums, modulo 2^32. */
  readonly checksum: number
  /** First and last moment that the whole stream reaches. */
  readonly firstAtMs: number
  readonly lastAtMs: number
}

export interface SummariesApplied {
  readonly asOfRevision: number
  /** Summaries that changed something. */
  readonly applied: number
  /** Summaries of versions that were counted already, or of streams that were erased. */
  readonly present: number
  /**
   * Summaries that cannot be told apart from what was counted, and changed nothing: a summary that also has the
   * versions `wanted` could be. `lacking` are the versions that are not counted therefore.
   */
  readonly overlapping: readonly { readonly streamId: string; readonly wanted: string; readonly lacking: string }[]
}

export interface ReplicationProgress {
  /** Streams of this pass over the source that are carried, and all that differ. */
  readonly done: number
  readonly total: number
  /** Events carried so far. */
  readonly events: number
  readonly elapsedMs: number
}

/** What replication has come to: the target holds what the source counted, save what is named. */
export interface ReplicationReport {
  /** Streams of the source. */
  readonly streams: number
  /** Of these, how many are the same in both. */
  readonly equal: number
  /** And of how many the target counted all that the source did, and more: or erased it for good. */
  readonly targetHasMore: number
  /** Events and summaries that were new to the target. */
  readonly events: number
  readonly summaries: number
  /**
   * STATEMENT_OVERLAP: each log has pruned a part of the stream that the other did not count, so `versions` cannot be told
   * apart from what the target counted. The target keeps what it has.
   */
  readonly overlaps: readonly { readonly streamId: string; readonly versions: string }[]
  /** Streams that differ although nothing explains it: something is damaged, or the source was written to meanwhile. */
  readonly differing: readonly string[]
  /** The source was written to all the while; run it again when it rests. */
  readonly sourceMovedOn: boolean
  readonly elapsedMs: number
}

/** A part of an exported log. */
export type LogRecord =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'event'; readonly event: NewEvent }
  | { readonly kind: 'summary'; readonly summary: PrunedSummary }

export interface RecordsTaken {
  /** Events that were new, and those that were there already. */
  readonly appended: number
  readonly present: number
  /** Summaries that changed something. */
  readonly summaries: number
  /** As the records name them; they are not taken over. */
  readonly settings: Settings | null
  readonly overlaps: ReplicationReport['overlaps']
}
