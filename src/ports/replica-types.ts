// What two logs exchange about their streams when one is carried over into the other: digests, in which they must agree, and
// pruned summaries, which replace the events that a log no longer holds. Plain data: it crosses threads and files.

import type { SparseMeasures } from '../events/measures.js'
import type { LedgerRow, StreamRow } from '../events/rows.js'
import type { NewEvent } from '../events/types.js'
import type { Settings } from './profile-settings.js'

/** Two logs must agree on it. Which events each of them still holds is its own concern. */
export type StreamDigest = Pick<StreamRow, 'streamId' | 'coverage' | 'countedChecksum' | 'ledgerChecksum'>

/** Of a stream that was erased, the coverage is empty and the kind is `unknown`. */
export interface ListedStream extends StreamDigest, Pick<StreamRow, 'kind' | 'revision'> {
  /** Whether events that were counted are no longer held. */
  readonly isPruned: boolean
}

export interface StreamListQuery {
  /** Streams behind the one with this number; 0 for the first page. */
  readonly after: number
  /** Streams of one page, at least 1. */
  readonly limit: number
  /** Only streams that changed after this revision. Default 0: all. */
  readonly changedAfter?: number
  /** Only these streams, in one page. Default: all. */
  readonly streamIds?: readonly string[]
}

export interface StreamList {
  /** The profile's revision at the moment of this page. */
  readonly asOfRevision: number
  /** Ascending by number. */
  readonly streams: readonly ListedStream[]
  /** Pass as `after` for the next page; null on the last page. */
  readonly next: number | null
  /** Ids of erased streams, whether this log ever had the stream or not. On the first page only. */
  readonly erased: readonly string[]
}

export interface StreamEventsQuery {
  /** The stream's id, a UUID. */
  readonly streamId: string
  /** Events of these versions, as ranges. */
  readonly versions: string
  /** Events of the answer, 1 to 10,000. */
  readonly limit: number
}

export interface PrunedSummaryQuery {
  /** The stream's id, a UUID. */
  readonly streamId: string
  /** Versions, as ranges, that the summary should contain although their events are held. Default: none. */
  readonly including?: string
}

/** What a stream records about the versions whose events its log no longer holds. Both moments are of the complete stream. */
export interface PrunedSummary extends Pick<StreamRow, 'streamId' | 'firstAtMs' | 'lastAtMs'> {
  /** As ranges; never empty. */
  readonly versions: string
  /** Sums of these versions, ascending by (quarter, utcOffsetMin), without entries of zeros. */
  readonly ledger: readonly Omit<LedgerRow, 'stream'>[]
  /** Sum of the checksums of these versions, modulo 2^32. */
  readonly checksum: number
  /** Checksum of all of the above (src/replicate/summary-check.ts). Absent in a summary that an earlier version exported. */
  readonly summaryChecksum?: number
}

export interface SummariesApplied {
  /** The profile's revision afterwards. */
  readonly asOfRevision: number
  /** Number of summaries that changed something. */
  readonly applied: number
  /** Number of summaries whose versions were all counted already, or whose stream was erased. */
  readonly present: number
  /** Summaries that were not applied. Each could be if it also had the versions `wanted`; `lacking` stay uncounted. */
  readonly overlapping: readonly { readonly streamId: string; readonly wanted: string; readonly lacking: string }[]
  /** Streams whose summary was not applied, because the log counted its versions with other content. */
  readonly conflicting: readonly string[]
}

export interface ReplicationProgress extends Pick<ReplicationReport, 'events' | 'elapsedMs'> {
  /** Streams of this pass over the source that are carried so far. */
  readonly done: number
  /** Streams of this pass that differ. */
  readonly total: number
}

/** What one of two logs counted of a stream. */
export interface ConflictSide extends Pick<StreamRow, 'firstAtMs' | 'lastAtMs'> {
  /** As ranges. */
  readonly versions: string
  /** Sums of all of its events; an absent measure is 0. */
  readonly measures: SparseMeasures
}

/** CONFLICT: both logs counted the same versions of the stream, with other content. */
export interface StreamConflict {
  /** The stream's id, a UUID. */
  readonly streamId: string
  /** What the source counted of it. */
  readonly source: ConflictSide
  /** What the target counted of it. */
  readonly target: ConflictSide
}

/** Which content of a stream in conflict the target keeps: the source's, its own, or both as two streams. */
export type ConflictChoice = 'source' | 'target' | 'both'

/** The outcome of a replication: the target has what the source counted, except for what is named. */
export interface ReplicationReport {
  /** Streams of the source. */
  readonly streams: number
  /** Of these, the streams that are the same in both. */
  readonly equal: number
  /** Of these, the streams that the target erased, or of which it counted everything that the source did, and more. */
  readonly targetHasMore: number
  /** Events that were new to the target. */
  readonly events: number
  /** Pruned summaries that were new to the target. */
  readonly summaries: number
  /** STATEMENT_OVERLAP: these versions cannot be separated from what the target counted. The target keeps what it has. */
  readonly overlaps: readonly { readonly streamId: string; readonly versions: string }[]
  /** Streams of which nothing was carried, because both logs have the same versions of them with other content. */
  readonly conflicts: readonly StreamConflict[]
  /** Streams that differ for no known reason: something is damaged, or the source was written to during the replication. */
  readonly differing: readonly string[]
  /** The source was written to all the time. Replicate again when it rests. */
  readonly sourceMovedOn: boolean
  /** Milliseconds. */
  readonly elapsedMs: number
}

/** A part of an exported log. */
export type LogRecord =
  /** The profile's settings; first, and once. From `format` 3 on an export ends with an `end`; before, it has no format. */
  | { readonly kind: 'settings'; readonly settings: Settings; readonly format?: number }
  /** An event that is held. */
  | { readonly kind: 'event'; readonly event: NewEvent }
  /** The versions of a stream whose events are no longer held. */
  | { readonly kind: 'summary'; readonly summary: PrunedSummary }
  /** Last, and once: what came before it. Without it, or with another, the export is not complete. */
  | { readonly kind: 'end'; readonly end: ExportEnd }

/** The records of a complete export. */
export interface ExportEnd {
  /** Number of events. */
  readonly events: number
  /** Number of pruned summaries. */
  readonly summaries: number
  /** Checksum of the settings, events and summaries in their order, unsigned 32-bit. */
  readonly checksum: number
}

export interface RecordsTaken {
  /** Events that were new. */
  readonly appended: number
  /** Events that were there already. */
  readonly present: number
  /** Summaries that changed something. */
  readonly summaries: number
  /** The settings in the records, null without any. They are not applied. */
  readonly settings: Settings | null
  /** Whether an end record confirmed that the export is complete. False for exports of earlier versions and for parts. */
  readonly isComplete: boolean
  /** Summaries that could not be applied, see ReplicationReport. */
  readonly overlaps: ReplicationReport['overlaps']
  /** CONFLICT: streams of which the log counted the versions of a summary with other content. It keeps its own. */
  readonly conflicts: readonly string[]
}
