// The rows that a log stores, in the form in which the layers above the database and the adapters below them exchange
// them. Shapes only. ports/event-log.ts says what an adapter does with them.

import type { EventType } from './types.js'

/** An event as a row. Up to three measures stand in columns whose meaning depends on the type (src/events/layout.ts). */
export interface EventRow {
  readonly position: number
  /** The stream's number in its profile. */
  readonly stream: number
  readonly version: number
  readonly type: EventType
  readonly payloadVersion: number
  readonly occurredAtMs: number
  readonly utcOffsetMin: number
  readonly measure1: number
  readonly measure2: number
  readonly measure3: number
  /** All measures as text, where they do not fit the type's columns (then those are 0); else null. */
  readonly moreMeasures: string | null
  readonly payload: string | null
  readonly checksum: number
}

/** A learner's act is a `correction`. A stream is `unknown` while it has neither a start nor a correction. */
export type StreamKind = 'session' | 'correction' | 'unknown'

export interface StreamRow {
  /** 1-based, consecutive in the profile, assigned by its first commit (Head.streamCount). */
  readonly stream: number
  /** UUID, lower case. */
  readonly streamId: string
  readonly kind: StreamKind
  /** The video that the session's start names; null for every other kind. The streams of a video are found by it. */
  readonly videoKey: string | null
  /** The content of its fact events, as text that only src/ledger/facts.ts reads. */
  readonly facts: string
  /** Versions that have been counted, as ranges: `1-57,60`. */
  readonly coverage: string
  /** First and last moment that its events reach. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** Events still held: their count, and the sum of their checksums modulo 2^32. */
  readonly heldCount: number
  readonly heldChecksum: number
  /** The same sum over all events ever counted. */
  readonly countedChecksum: number
  /** Checksum of its ledger entries, see src/ledger/ledger-checksum.ts. */
  readonly ledgerChecksum: number
  /** Checksum of the fields that stay when detail goes, see src/events/stream-checksum.ts. */
  readonly rowChecksum: number
  /** Positions of the first and the last event held; 0 when none is. */
  readonly firstPosition: number
  readonly lastPosition: number
  /** The profile's revision at which this row last changed. */
  readonly revision: number
}

export interface LedgerRow {
  readonly stream: number
  readonly quarter: number
  readonly utcOffsetMin: number
  /** Integers in the order of MEASURE_NAMES. */
  readonly measures: readonly number[]
}

export interface VideoRow {
  readonly videoKey: string
  /** VideoFacts as JSON. */
  readonly facts: string
  readonly firstSeenAtMs: number
  readonly lastSeenAtMs: number
}

/**
 * A read model's row, or in LogWrites what is added to it. `key` is in the order of RowTable.key, language last; in the
 * answer to a query with groupBy it has the values of those columns, in the order in which groupBy names them.
 */
export interface ReadModelRow {
  readonly key: readonly (string | number)[]
  readonly measures: readonly number[]
}
