// What the engine's long and rare work reports: pages of events, rebuild, verify, retention. Plain objects, because they
// cross threads. LogEngine (log-engine.ts) and the store's maintenance give them.

import type { LedgerEntryKey } from '../events/calendar.js'
import type { RecordedEvent } from '../events/types.js'
import type { Retained } from './profile-settings.js'

/** One page of recorded events, ascending by position. */
export interface EventPage {
  /** At most as many as the query's `limit`. */
  readonly events: readonly RecordedEvent[]
  /** Position of the last event of the page; where the page is empty, of the log's last event, or the query's `after`. The next query's `after`. */
  readonly lastPosition: number
  /**
   * Positions between the query's `after` and the first event of the page, or up to the log's end where the page is empty: both
   * ends inclusive. Retention or an erasure removed their events for good. Null where none is missing. A gap inside the page
   * shows in its positions, which are otherwise consecutive.
   */
  readonly gapBefore: PositionGap | null
  /** Revision of the profile's log that the page was read from. */
  readonly asOfRevision: number
}

/** Positions whose events are no longer held. */
export interface PositionGap {
  /** The first, inclusive. */
  readonly from: number
  /** The last, inclusive. */
  readonly through: number
}

export interface ProgressOption {
  /** Called in the caller's thread. Where it throws, diagnostics reports `observer-failed`, and the pass goes on. */
  readonly onProgress?: ((progress: PassProgress) => void) | undefined
}

/** How far a pass over the log is. */
export interface PassProgress {
  /** Events that `verify` has read, or positions that `retain` has passed: from 0 to `total`. */
  readonly done: number
  /** Events or positions that the pass covers. */
  readonly total: number
}

export interface RebuildOptions {
  /** Name or id (`name@version`) of the only projection to rebuild. Default: all. UNKNOWN_PROJECTION. */
  readonly projection?: string | undefined
  /** Also computes the ledgers of complete streams from their events, and then rebuilds all projections. Default false. */
  readonly fromLog?: boolean | undefined
}

/** Every pass over a log reports these. */
export interface PassReport {
  /** Revision of the snapshot that was read, or after the writes of the pass. */
  readonly asOfRevision: number
  /** Milliseconds. */
  readonly elapsedMs: number
}

/** What `rebuild` and `verify` read. */
export interface ReadingReport extends PassReport {
  /** Streams that were read. */
  readonly streams: number
  /** Ledger entries that were read. */
  readonly ledgerEntries: number
}

export interface RebuildReport extends ReadingReport {
  /** Rows that differed and were corrected, by projection id. All 0 when the rows were right. */
  readonly changed: Readonly<
    Record<string, { readonly added: number; readonly removed: number; readonly corrected: number }>
  >
  /** Rows of the table of videos that differed and were corrected. */
  readonly videosCorrected: number
  /** With `fromLog`: streams whose ledger differed from their events and was replaced. Otherwise 0. */
  readonly ledgersCorrected: number
  /** With `fromLog`: streams that were left alone because retention has removed some of their events. Otherwise 0. */
  readonly ledgersIncomplete: number
  /** With `fromLog`: what is damaged in the streams that were left alone and cannot be repaired, 1,000 at most. */
  readonly unrepaired: readonly Damage[]
}

export interface RetainOptions {
  /** Only reports what would be removed. Default false. */
  readonly dryRun?: boolean | undefined
  /** Does nothing where the latest run is less than this many milliseconds ago. Default 0. */
  readonly dueAfterMs?: number | undefined
  /** Frees space if it was last freed at least this many milliseconds ago; 0 means now. Default: never. */
  readonly vacuumAfterMs?: number | undefined
}

export interface RetainReport extends PassReport {
  /**
   * `noted`: the clock is more than 30 days past both the latest run and the newest event recorded before today, so the run
   * was only noted; the next run removes what is due. `not-due`: see `dueAfterMs`.
   */
  readonly outcome: 'retained' | 'noted' | 'not-due'
  /** Whether this was a dry run, which removed nothing. */
  readonly dryRun: boolean
  /** Events that were removed, by class, and roughly how many bytes their rows took. */
  readonly pruned: { readonly detail: number; readonly telemetry: number; readonly aboutBytes: number }
  /** The first local day and month of which rows exist after the run; null: all of them. */
  readonly rowsFrom: Retained['rowsFrom']
  /** Rows that were removed, by projection id. */
  readonly rowsRemoved: Readonly<Record<string, number>>
  /** Bytes given back to the file system. */
  readonly freedBytes: number
  /** Bytes of the database before the run. */
  readonly bytesBefore: number
  /** Bytes of the database after the run. Of a dry run: roughly what they become once free space is given back. */
  readonly bytesAfter: number
}

/** One difference that `verify` found. `what` is a sentence about it. */
export type Damage =
  /** An event whose content does not have its checksum, or that its stream does not know. */
  | ({ readonly kind: 'event'; readonly what: string } & Pick<RecordedEvent, 'position' | 'streamId' | 'version'>)
  /** A stream whose row contradicts its checksum, its events or its ledger. */
  | { readonly kind: 'stream'; readonly streamId: string; readonly what: string }
  /** A ledger entry that differs from the events of its quarter hour. */
  | ({ readonly kind: 'ledger'; readonly streamId: string; readonly what: string } & LedgerEntryKey)
  /** A row of a read model (`name@version`) that differs from the ledger; `key` has its columns by name. */
  | {
      readonly kind: 'row'
      readonly projection: string
      readonly key: Readonly<Record<string, string | number>>
      readonly what: string
    }
  /** A row of the table of videos that differs from its streams. */
  | { readonly kind: 'video'; readonly videoKey: string; readonly what: string }
  /** A head that contradicts its log. */
  | { readonly kind: 'head'; readonly what: string }

/** What `verify` read and found. */
export interface VerifyReport extends ReadingReport {
  /** True when no damage was found. Missing versions are not damage. */
  readonly ok: boolean
  /** Events that were read. */
  readonly events: number
  /** Rows of all read models. */
  readonly rows: number
  /** The first 1,000 differences; `damageCount` counts all. */
  readonly damage: readonly Damage[]
  /** Differences that were found. */
  readonly damageCount: number
  /**
   * Versions below a stream's last one that never arrived, as ranges: a session whose late events are still on their way,
   * or events that a database refused. Not damage: nothing that is stored is wrong. At most 1,000 streams.
   */
  readonly missing: readonly { readonly streamId: string; readonly versions: string }[]
}
