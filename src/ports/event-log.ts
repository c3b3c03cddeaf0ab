// The port that a database implements. It stores rows, adds sums and answers each question from one snapshot; it knows
// no event type and no projection's meaning. Everything that is decided (versions, coverage, attribution, grouping) is
// decided above it, by src/ledger, so a new backend is one file of statements. docs/reference/adapters.md describes each method.

import type { MeasureName } from '../events/measures.js'
import type { EventRow, LedgerRow, ReadModelRow, StreamKind, StreamRow, VideoRow } from '../events/rows.js'
import type { ProfileSettings } from './profile-settings.js'
import type { KeyColumnType } from './projection.js'

export type { EventRow, LedgerRow, ReadModelRow, StreamKind, StreamRow, VideoRow } from '../events/rows.js'
export type { ProfileSettings, Retained, RetentionWindows } from './profile-settings.js'

/** Where a profile's log stands. Every writing transaction raises `revision` by one. */
export interface Head {
  readonly revision: number
  /** Position of the last event, 0 when there is none. */
  readonly position: number
  /** Streams that exist; the next one gets this plus one as its number. */
  readonly streamCount: number
  readonly settings: ProfileSettings
  /** Ids (`name@version`) of the projections whose rows are folded up to this revision, sorted. */
  readonly projections: readonly string[]
}

/** The shape of a read model's table: key columns in order, `language` (text) last, then the fifteen measures. */
export interface RowTable {
  readonly name: string
  readonly version: number
  readonly key: readonly { readonly name: string; readonly type: KeyColumnType }[]
  readonly indexes: readonly (readonly string[])[]
}

/** One question about one read model: filter, then sum by `groupBy`, then order, then limit. */
export interface RowQuery {
  /** `name@version`. */
  readonly projection: string
  /** Key columns (or `language`) that must equal a value. */
  readonly equals?: Readonly<Record<string, string | number>>
  /** A key column between `from` (inclusive) and `to` (exclusive). */
  readonly range?: { readonly column: string; readonly from?: number; readonly to?: number }
  /**
   * Key columns that stay apart; rows alike in them are added up. Default: all, `language` included. Empty: exactly one
   * row, of zeros when nothing matches.
   */
  readonly groupBy?: readonly string[]
  /**
   * groupBy columns or measures, in order; ties are broken by the remaining groupBy columns ascending (text by bytes). A
   * page of the newest rows is cheapest with every groupBy column named in the table's order and all of one direction.
   */
  readonly orderBy?: readonly { readonly column: string; readonly descending?: boolean }[]
  /** Only rows that come after this one in the order, for cursors: one value for each orderBy column, then each remaining groupBy column. */
  readonly after?: readonly (string | number)[]
  readonly limit?: number
  /** Measures that are wanted; the others come back as 0 (a query that only counts days pays for one sum, not 15). Default: all. */
  readonly measures?: readonly MeasureName[]
}

export interface StreamQuery {
  /** Streams with one of these ids. */
  readonly streamIds?: readonly string[]
  /** Streams with one of these numbers. */
  readonly streams?: readonly number[]
  readonly kind?: StreamKind
  /** Only sessions have one. */
  readonly videoKey?: string
  /** Streams whose number is above this, ascending: for paging through all. */
  readonly after?: number
  readonly limit?: number
}

export interface EventQuery {
  /** Exclusive. */
  readonly after: number
  /** Inclusive upper end. */
  readonly through?: number
  readonly stream?: number
  readonly limit: number
}

/** Every answer of one LogSnapshot is of the same moment. Results are ascending by number, position or key unless ordered. */
export interface LogSnapshot {
  head(): Promise<Head>
  streams(query: StreamQuery): Promise<readonly StreamRow[]>
  events(query: EventQuery): Promise<readonly EventRow[]>
  /** Entries of these streams, or of all; ascending by (stream, quarter, utcOffsetMin). */
  ledger(query: { readonly streams?: readonly number[] }): Promise<readonly LedgerRow[]>
  rows(query: RowQuery): Promise<readonly ReadModelRow[]>
  /** The videos with these keys, or all; ascending by key as bytes. */
  videos(query: { readonly videoKeys?: readonly string[] }): Promise<readonly VideoRow[]>
}

/** What one transaction changes. Sums are added; a sum whose measures all become 0 is deleted. Whole rows are put in place. */
export interface LogWrites {
  /** The head after the transaction; `revision` is the one before plus one. */
  readonly head: Head
  /** Put in place whole, by number. */
  readonly streams: readonly StreamRow[]
  readonly events: readonly EventRow[]
  /** Added. */
  readonly ledger: readonly LedgerRow[]
  /** Added, by projection id. */
  readonly rows: readonly { readonly projection: string; readonly rows: readonly ReadModelRow[] }[]
  /** Put in place whole, by key. */
  readonly videos: readonly VideoRow[]
  readonly removedVideoKeys?: readonly string[]
  /**
   * Events that are deleted, as ranges of positions, both ends inclusive. Only events that were there before: a range that
   * reaches beyond the position before these writes is refused (STORAGE_FAILED). Positions without an event are nothing.
   */
  readonly removedPositions?: readonly (readonly [from: number, through: number])[]
  /**
   * What is removed or replaced is to leave no byte in the database's files, where the database lets that be done: as
   * deleteProfile does it, with the same STORAGE_BUSY. Only for `update`.
   */
  readonly erases?: true
}

export interface LogStats {
  readonly provider: string
  /** Of the database engine and of the driver. */
  readonly versions: Readonly<Record<string, string>>
  readonly schemaVersion: number
  /** A path, or a URL without its secret. */
  readonly location: string
  readonly totalBytes: number
  readonly freeBytes: number
  readonly profiles: number
}

export interface EventLog {
  /** Names of all profiles, ascending. */
  profiles(): Promise<readonly string[]>
  /** Makes the profile if there is none, in a transaction of its own; settings only count then. Answers its head. */
  openProfile(profile: string, settings: ProfileSettings): Promise<Head>
  /** Runs `work` on one snapshot. The snapshot is not valid after `work` has resolved. */
  read<T>(profile: string, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T>
  /** One transaction, on condition that the head's revision is `writes.head.revision - 1`; else writes nothing and answers `stale`. */
  commit(profile: string, writes: LogWrites): Promise<'committed' | 'stale'>
  /** Takes the head's lock, runs `work` on what is then the newest state, and commits what it returns (nothing for null). */
  update<T>(
    profile: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
  ): Promise<T>
  /**
   * Removes every trace of a profile: all that is keyed by it in every table, also of projections that this log was not
   * opened with. False when there is none of that name. What was open on it, here or in another process, is from then on
   * refused like an unknown profile, also when a profile of the same name is made again. STORAGE_BUSY with
   * `details.deleted` true: it is deleted, but the database could not yet give its bytes up.
   */
  deleteProfile(profile: string): Promise<boolean>
  stats(): Promise<LogStats>
  /**
   * Gives some of the space that nothing uses any more back to the file system, in one short step; answers how many bytes,
   * 0 when there is nothing left to give. Absent where the database does that by itself.
   */
  vacuum?(): Promise<number>
  /** Idempotent. Afterwards every call is refused with STORE_CLOSED. */
  close(): Promise<void>
}

export interface EventLogOptions {
  /** Provider settings: for sqlite `{ path }`; validated by the adapter. */
  readonly storage: Readonly<Record<string, unknown>>
  /** Tables to have ready. */
  readonly tables: readonly RowTable[]
  /** True for threads that only read: no migration, no profile is made. */
  readonly readOnly: boolean
}

/** What opening a log for writing would do to its database. */
export interface MigrationPlan {
  /** 0 when nothing is there yet. */
  readonly schemaVersion: number
  /** The newest that this program knows. */
  readonly latestVersion: number
  /** Steps that are not done yet, in order. */
  readonly steps: readonly { readonly version: number; readonly statements: readonly string[] }[]
  /** Statements for tables and indexes of read models that are missing. */
  readonly tables: readonly string[]
}

/** What putting a backup in a log's place has come to. */
export interface PutInPlace {
  /** Where the log that was there is now; null when there was none. */
  readonly keptAside: string | null
}

/** A backup that stands ready beside the log. Neither the log nor the backup itself is touched until it is put in place. */
export interface StagedBackup {
  /** Opens it like any other log; opening for writing migrates it. */
  readonly storage: Readonly<Record<string, unknown>>
  /** STORAGE_BUSY while a program has the log open. */
  putInPlace(): Promise<PutInPlace>
  discard(): void
}

/** Backups of a log that is one file. */
export interface LogBackups {
  /**
   * Writes the log, as of one moment, into one file that must not be there yet (INVALID_ARGUMENT), while programs go on
   * writing into the log. STORAGE_UNAVAILABLE where there is no log. Answers the size of the file.
   */
  backUp(storage: Readonly<Record<string, unknown>>, file: string): Promise<{ readonly bytes: number }>
  stage(storage: Readonly<Record<string, unknown>>, file: string): Promise<StagedBackup>
}

/** What an adapter module exports. A program's own adapter is named in config by its module's URL. */
export interface EventLogAdapter {
  /** Whether a second thread can open the same log; without it reads run on the writer's thread. */
  readonly sharedBetweenThreads: boolean
  openEventLog(options: EventLogOptions): Promise<EventLog>
  /** Looks, and changes nothing; `readOnly` does not matter to it. SCHEMA_NEWER as openEventLog. */
  planMigrations(options: EventLogOptions): Promise<MigrationPlan>
  /** Of an adapter that keeps its log in one file. A server is backed up by its own means. */
  readonly backups?: LogBackups
}
