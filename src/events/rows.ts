// The rows that a log stores, in the form in which the layers above the database and the adapters below them exchange
// them. Shapes only. ports/event-log.ts says what an adapter does with them.

import type { LedgerEntryKey } from './calendar.js'
import type { RecordedEvent } from './types.js'

/** An event as a row. Up to three measures stand in columns whose meaning depends on the type (src/events/event-row.ts). */
export interface EventRow extends Omit<RecordedEvent, 'streamId' | 'measures'> {
  /** The stream's number in its profile. */
  readonly stream: number
  /** First measure of the type, an integer; 0 where the type has none. */
  readonly measure1: number
  /** Second measure of the type, an integer; 0 where the type has fewer. */
  readonly measure2: number
  /** Third measure of the type, an integer; 0 where the type has fewer. */
  readonly measure3: number
  /** All measures as text, where they do not fit the type's columns (then those are 0); else null. */
  readonly moreMeasures: string | null
}

/** A learner's act is a `correction`. A stream is `unknown` while it has neither a start nor a correction. */
export type StreamKind = 'session' | 'correction' | 'unknown'

export interface StreamRow {
  /** 1-based, consecutive in the profile, assigned by its first commit (Head.streamCount). */
  readonly stream: number
  /** UUID, lower case. */
  readonly streamId: string
  /** What the stream is about, as its facts say. */
  readonly kind: StreamKind
  /** The video that the session's start names; null for every other kind. The streams of a video are found by it. */
  readonly videoKey: string | null
  /** The content of its fact events, as text that only src/ledger/facts.ts reads. */
  readonly facts: string
  /** Versions that have been counted, as ranges: `1-57,60`. */
  readonly coverage: string
  /** First moment of its events, epoch milliseconds. */
  readonly firstAtMs: number
  /** Last moment that its events reach, epoch milliseconds. A heartbeat reaches to the end of the time that it covers. */
  readonly lastAtMs: number
  /** Number of events still held. */
  readonly heldCount: number
  /** Sum of the checksums of the events still held, modulo 2^32. */
  readonly heldChecksum: number
  /** Sum of the checksums of all events ever counted, modulo 2^32. */
  readonly countedChecksum: number
  /** Checksum of its ledger entries, see src/ledger/ledger-checksum.ts. */
  readonly ledgerChecksum: number
  /** Checksum of the fields that stay when detail goes, see src/events/stream-checksum.ts. */
  readonly rowChecksum: number
  /** Position of the first event still held; 0 when none is. */
  readonly firstPosition: number
  /** Position of the last event still held; 0 when none is. */
  readonly lastPosition: number
  /** The profile's revision at which this row last changed. */
  readonly revision: number
}

export interface LedgerRow extends LedgerEntryKey {
  /** The stream's number in its profile. */
  readonly stream: number
  /** Integers in the order of MEASURE_NAMES. */
  readonly measures: readonly number[]
}

export interface VideoRow {
  /** The key under which the video is shown: where videos are merged, the key that they were merged into. */
  readonly videoKey: string
  /** VideoFacts as JSON. */
  readonly facts: string
  /** First moment of its visible streams, epoch milliseconds. */
  readonly firstSeenAtMs: number
  /** Last moment of its visible streams, epoch milliseconds. */
  readonly lastSeenAtMs: number
}

/**
 * A read model's row, or in LogWrites what is added to it. `key` is in the order of RowTable.key, language last; in the
 * answer to a query with groupBy it has the values of those columns, in the order in which groupBy names them.
 */
export interface ReadModelRow {
  /** Values of the key columns, in the order that is described above. */
  readonly key: readonly (string | number)[]
  /** Integers in the order of MEASURE_NAMES. */
  readonly measures: readonly number[]
}
