// The port that a database implements. It stores rows, adds sums and answers each query from one snapshot. It knows no event
// type and no projection's meaning: src/ledger and src/append decide versions, coverage, attribution and grouping, so a new
// backend implements this port and nothing else. docs/reference/adapters.md shows how.

import type { MeasureName } from '../events/measures.js'
import type { EventRow, LedgerRow, ReadModelRow, StreamKind, StreamRow, VideoRow } from '../events/rows.js'
import type { ProfileSettings } from './profile-settings.js'
import type { KeyColumnType, Projection } from './projection.js'

export type { EventRow, LedgerRow, ReadModelRow, StreamKind, StreamRow, VideoRow } from '../events/rows.js'
export type { ProfileSettings, Retained, RetentionWindows } from './profile-settings.js'

/** The state of a profile's log. Every writing transaction raises `revision` by one. */
export interface Head {
  /** Writing transactions so far. */
  readonly revision: number
  /** Position of the last event, 0 when there is none. */
  readonly position: number
  /** Streams that exist; the next one gets this plus one as its number. */
  readonly streamCount: number
  /** Settings on which rows depend, and what retention has noted. */
  readonly settings: ProfileSettings
  /** Ids (`name@version`) of the projections whose rows are folded up to this revision, sorted. */
  readonly projections: readonly string[]
}

/** The shape of a read model's table: key columns in order, `language` (text) last, then the measures. */
export interface RowTable extends Pick<Projection, 'name' | 'version'> {
  /** Key columns in their order, without the profile and the language. */
  readonly key: readonly { readonly name: string; readonly type: KeyColumnType }[]
  /** Further indexes, each a list of key columns or `language`. */
  readonly indexes: readonly (readonly string[])[]
}

/** One query of one read model: filter, then sum by `groupBy`, then order, then limit. */
export interface RowQuery {
  /** `name@version`. */
  readonly projection: string
  /** Key columns (or `language`) that must equal a value. Default: no filter. */
  readonly equals?: Readonly<Record<string, string | number>>
  /** A key column between `from` (inclusive) and `to` (exclusive). Default: no filter. */
  readonly range?: { readonly column: string; readonly from?: number; readonly to?: number }
  /** Key columns that stay apart; equal rows are added up. Default: all and `language`. Empty: one row, of zeros if need be. */
  readonly groupBy?: readonly string[]
  /**
   * groupBy columns or measures, in order. The remaining groupBy columns decide ties, ascending (text by bytes). A page of the
   * newest rows is cheapest with every groupBy column named in the table's order and all in one direction.
   */
  readonly orderBy?: readonly { readonly column: string; readonly descending?: boolean }[]
  /** Only rows after this one in the order, for cursors: one value for each orderBy column, then each remaining groupBy column. */
  readonly after?: readonly (string | number)[]
  /** Rows of the answer at most. Default: all. */
  readonly limit?: number
  /** Measures to sum; the others are 0 in the answer, which makes a query that only counts days cheaper. Default: all. */
  readonly measures?: readonly MeasureName[]
}

/** A filter of streams; all of it must hold. Answers are ascending by number. */
export interface StreamQuery {
  /** Streams with one of these ids. */
  readonly streamIds?: readonly string[]
  /** Streams with one of these numbers. */
  readonly streams?: readonly number[]
  /** Streams of this kind. */
  readonly kind?: StreamKind
  /** Sessions of this video; no other stream has one. */
  readonly videoKey?: string
  /** Streams whose number is above this, for paging through all. */
  readonly after?: number
  /** Streams of the answer at most. Default: all. */
  readonly limit?: number
}

/** A range of events. Answers are ascending by position. */
export interface EventQuery {
  /** Position before the first event, exclusive. */
  readonly after: number
  /** Position of the last event, inclusive. Default: the end of the log. */
  readonly through?: number
  /** Only events of the stream with this number. Default: of all. */
  readonly stream?: number
  /** Events of the answer at most. */
  readonly limit: number
}

/** Every answer of one LogSnapshot is of the same moment. Results are ascending by number, position or key unless ordered. */
export interface LogSnapshot {
  /** The profile's head. */
  head(): Promise<Head>
  /** Streams that match. */
  streams(query: StreamQuery): Promise<readonly StreamRow[]>
  /** Events that match and are still held. */
  events(query: EventQuery): Promise<readonly EventRow[]>
  /** Entries of these streams, or of all; ascending by (stream, quarter, utcOffsetMin). */
  ledger(query: { readonly streams?: readonly number[] }): Promise<readonly LedgerRow[]>
  /** Rows of one read model. */
  rows(query: RowQuery): Promise<readonly ReadModelRow[]>
  /** The videos with these keys, or all; ascending by key as bytes. */
  videos(query: { readonly videoKeys?: readonly string[] }): Promise<readonly VideoRow[]>
}

/** What one transaction changes. Sums are added, and a sum whose measures all become 0 is deleted. Other rows are replaced. */
export interface LogWrites {
  /** The head after the transaction; `revision` is the one before plus one. */
  readonly head: Head
  /** Replaced, by number. */
  readonly streams: readonly StreamRow[]
  /** Inserted. Their positions follow the head's position before. */
  readonly events: readonly EventRow[]
  /** Added. */
  readonly ledger: readonly LedgerRow[]
  /** Added, by projection id. */
  readonly rows: readonly { readonly projection: string; readonly rows: readonly ReadModelRow[] }[]
  /** Replaced, by key. */
  readonly videos: readonly VideoRow[]
  /** Keys of videos to delete. Default: none. */
  readonly removedVideoKeys?: readonly string[]
  /**
   * Events to delete, as ranges of positions, both ends inclusive. Default: none. Positions without an event are ignored. A
   * range that reaches beyond the position before these writes is refused (STORAGE_FAILED).
   */
  readonly removedPositions?: readonly (readonly [from: number, through: number])[]
  /**
   * Removed and replaced content must leave no byte in the database's files, where the database allows that, as in
   * deleteProfile and with the same STORAGE_BUSY. Only for `update`.
   */
  readonly erases?: true
}

/** A log's database: its kind, its place and its size. */
export interface LogStats {
  /** `sqlite`, `postgres`, `mysql`, `memory`, or the name that another adapter has. */
  readonly provider: string
  /** Of the database engine and of the driver. */
  readonly versions: Readonly<Record<string, string>>
  /** Version of the schema in the database. */
  readonly schemaVersion: number
  /** A path, or a URL without its secret. */
  readonly location: string
  /** Bytes of all tables and indexes of the log; 0 where the database does not say. */
  readonly totalBytes: number
  /** Bytes of these that nothing uses. */
  readonly freeBytes: number
  /** Number of profiles. */
  readonly profiles: number
}

/** An open log. After `close` every call is refused with STORE_CLOSED. */
export interface EventLog {
  /** Names of all profiles, ascending. */
  profiles(): Promise<readonly string[]>
  /** Makes the profile if there is none, in a transaction of its own; only then do the settings count. Returns its head. */
  openProfile(profile: string, settings: ProfileSettings): Promise<Head>
  /** Runs `work` on one snapshot. The snapshot is not valid after `work` has resolved. */
  read<T>(profile: string, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T>
  /** One transaction, if the head's revision is `writes.head.revision - 1`; otherwise it writes nothing and returns `stale`. */
  commit(profile: string, writes: LogWrites): Promise<'committed' | 'stale'>
  /** Takes the head's lock, runs `work` on the newest state, and commits the writes that it returns (nothing for null). */
  update<T>(
    profile: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
  ): Promise<T>
  /**
   * Removes every trace of a profile: everything that is keyed by it in every table, also of projections that this log was
   * not opened with. False when there is none of that name. A log that has the profile open, here or in another process, is
   * refused from then on like an unknown profile, even when a profile of the same name is made again. STORAGE_BUSY with
   * `details.deleted` true: it is deleted, but the database could not free its bytes yet.
   */
  deleteProfile(profile: string): Promise<boolean>
  /** Kind, place and size of the database. */
  stats(): Promise<LogStats>
  /**
   * Gives some unused space back to the file system, in one short step, and returns how many bytes; 0 when nothing is left to
   * give. Absent where the database does that by itself.
   */
  vacuum?(): Promise<number>
  /** Idempotent. */
  close(): Promise<void>
}

/** How to open a log. */
export interface EventLogOptions {
  /** Settings of the provider, for sqlite `{ path }`; the adapter validates them. */
  readonly storage: Readonly<Record<string, unknown>>
  /** Tables to have ready. */
  readonly tables: readonly RowTable[]
  /** True for threads that only read: no migration, no profile is made. */
  readonly readOnly: boolean
  /** True when the log is opened again after STORAGE_REPLACED: a database that is gone is then not created unasked. Default: false. */
  readonly isReopened?: boolean
}

/** What opening a log for writing would do to its database. */
export interface MigrationPlan {
  /** 0 when there is no log yet. */
  readonly schemaVersion: number
  /** The newest that this program knows. */
  readonly latestVersion: number
  /** Steps that are not done yet, in order. */
  readonly steps: readonly { readonly version: number; readonly statements: readonly string[] }[]
  /** Statements for missing tables and indexes of read models. */
  readonly tables: readonly string[]
}

/** A backup that is ready beside the log. Neither the log nor the backup itself is touched until it is put in place. */
export interface StagedBackup {
  /** Opens it like any other log; opening for writing migrates it. */
  readonly storage: Readonly<Record<string, unknown>>
  /** Answers the path of the log that was replaced; null when there was none. STORAGE_BUSY while a program has the log open. */
  putInPlace(): Promise<{ readonly keptAside: string | null }>
  /** Deletes the copy beside the log. */
  discard(): void
}

/** Backups of a log that is one file. */
export interface LogBackups {
  /**
   * Writes the log, as of one moment, into one file that must not exist yet (INVALID_ARGUMENT), while programs continue to
   * write into the log. STORAGE_UNAVAILABLE where there is no log. Returns the size of the file.
   */
  backUp(storage: Readonly<Record<string, unknown>>, file: string): Promise<{ readonly bytes: number }>
  /** Copies a backup beside the log. STORAGE_UNAVAILABLE where there is none; opening the copy checks it. */
  stage(storage: Readonly<Record<string, unknown>>, file: string): Promise<StagedBackup>
}

/** What an adapter module exports. A program's own adapter is named in the configuration by its module's URL. */
export interface EventLogAdapter {
  /** Whether a second thread can open the same log; without it, reads run on the writer's thread. */
  readonly sharedBetweenThreads: boolean
  /** Opens a log; for writing also makes and migrates it. Rejects with one ImmersionError. */
  openEventLog(options: EventLogOptions): Promise<EventLog>
  /** Only reads, and ignores `readOnly`. SCHEMA_NEWER as openEventLog. */
  planMigrations(options: EventLogOptions): Promise<MigrationPlan>
  /** Present where the adapter keeps its log in one file. A server is backed up by its own means. */
  readonly backups?: LogBackups
}
