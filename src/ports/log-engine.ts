// LogEngine: everything that is done with one profile's log, as one flat set of promises, and the table of its methods.
// Whatever carries a call to the engine is derived from the table: the messages to a thread and its dispatch (src/worker),
// the clients (src/engine/engine-calls.ts) and store.maintenance. Arguments and answers are plain data, because they cross
// threads. A new method takes its signature and its row here, and its implementation in src/engine/engine.ts.

import type { NewEvent, VersionedEvent } from '../events/types.js'
import type { Analytics } from './analytics-types.js'
import type { CorrectionAnswer, CorrectionRequest, Corrections } from './correction-types.js'
import type { LogStats } from './event-log.js'
import type { Settings, SettingsChange } from './profile-settings.js'
import type * as replica from './replica-types.js'
import type * as report from './report-types.js'

export interface EngineMethodRow {
  /**
   * How the method uses the log, and so which thread runs it. `write`: the writer, one after the other. `read`: the reader,
   * beside the writes. `pass`: a thread of its own that only reads the log. `repair`: a thread of its own that also writes.
   * Where an adapter cannot be opened by two threads, the writer runs everything.
   */
  readonly runs: 'write' | 'read' | 'pass' | 'repair'
  /** Whether `store.maintenance` offers the method as it is. */
  readonly isMaintenance?: true
  /** Whether its only argument, an object of options, may have an `onProgress` (ProgressOption). */
  readonly streamsProgress?: true
}

export const ENGINE_METHODS = {
  append: { runs: 'write' },
  appendTracked: { runs: 'write' },
  analyze: { runs: 'read' },
  events: { runs: 'read' },
  exportPage: { runs: 'pass' },
  listStreams: { runs: 'read' },
  streamEvents: { runs: 'read' },
  prunedSummary: { runs: 'read' },
  applySummaries: { runs: 'write' },
  clearStreams: { runs: 'write' },
  correct: { runs: 'write' },
  listCorrections: { runs: 'read' },
  rebuild: { runs: 'repair', isMaintenance: true },
  verify: { runs: 'pass', isMaintenance: true, streamsProgress: true },
  settings: { runs: 'read', isMaintenance: true },
  configure: { runs: 'write', isMaintenance: true },
  retain: { runs: 'repair', isMaintenance: true, streamsProgress: true },
  vacuum: { runs: 'repair', isMaintenance: true },
  stats: { runs: 'read', isMaintenance: true },
  readModels: { runs: 'read', isMaintenance: true },
  profiles: { runs: 'read', isMaintenance: true },
  deleteProfile: { runs: 'write', isMaintenance: true },
} as const satisfies Readonly<Record<Exclude<keyof LogEngine, 'exportPages' | 'close'>, EngineMethodRow>>

type EngineMethods = typeof ENGINE_METHODS

/** The methods that are called by name, also from another thread. */
export type EngineMethod = keyof EngineMethods

export type MaintenanceMethod = {
  [Method in EngineMethod]: EngineMethods[Method] extends { readonly isMaintenance: true } ? Method : never
}[EngineMethod]

export interface AppendAnswer {
  /** Revision after the append. */
  readonly asOfRevision: number
  /** Events that were new. */
  readonly appended: number
  /** Events that coverage already held: no-ops. */
  readonly present: number
  /** Position of the log's last event after the append. */
  readonly position: number
}

/** An event as the pipeline sends it. */
export interface SentEvent extends VersionedEvent {
  /** The payload as it will be stored, where the sender has encoded it. The event's own payload may then be left out (null). */
  readonly payloadText?: string | undefined
}

export type AnswerTo<Query extends keyof Analytics> = Awaited<ReturnType<Analytics[Query]>>

/** A read model of the profile. */
export interface ReadModelState {
  /** `name@version`. */
  readonly id: string
  /** Whether this program knows the projection. Only programs that know it can fold and read it. */
  readonly isKnown: boolean
  /** Whether its rows are folded up to the head. The next query of its rows rebuilds one that is behind. */
  readonly isUpToDate: boolean
}

export interface LogEngine {
  /**
   * One transaction: events, ledger, read models. Either all that is new is recorded or nothing is. VERSION_CONFLICT
   * (details: streamId, version) when a version was recorded with other content. IMPORT_INVALID for an event that no log
   * records: everything from outside comes through here, or through `applySummaries`.
   */
  append(events: readonly NewEvent[]): Promise<AppendAnswer>
  /** As `append`, for events that are counted and encoded here. EVENT_REFUSED names one that cannot be encoded. */
  appendTracked(events: readonly SentEvent[]): Promise<AppendAnswer>
  /** Any query of Analytics, by its name and its arguments. */
  analyze<Query extends keyof Analytics>(query: Query, ...args: Parameters<Analytics[Query]>): Promise<AnswerTo<Query>>
  /** Recorded events by position, `after` exclusive, at most `limit` (1 to 10,000). */
  events(query: { readonly after: number; readonly limit: number }): Promise<report.EventPage>
  /** One page of the export: events after (streamId, version) in that order, at most `limit`; fewer only at the end. */
  exportPage(query: {
    readonly afterStreamId: string
    readonly afterVersion: number
    readonly limit: number
  }): Promise<readonly NewEvent[]>
  /** All events that are held, ordered by stream id and version, in pages. */
  exportPages(): AsyncIterable<readonly NewEvent[]>
  /** Streams with their digests, in pages by number. */
  listStreams(query: replica.StreamListQuery): Promise<replica.StreamList>
  /** Events of one stream that are held and undamaged, ascending by version; fewer than `limit` only at the end. */
  streamEvents(query: replica.StreamEventsQuery): Promise<readonly NewEvent[]>
  /** The pruned summary of the versions whose events a stream no longer holds; null where there are none. */
  prunedSummary(query: replica.PrunedSummaryQuery): Promise<replica.PrunedSummary | null>
  /** One transaction: adds the pruned summaries of other logs, at most one of each stream. IMPORT_INVALID. */
  applySummaries(summaries: readonly replica.PrunedSummary[]): Promise<replica.SummariesApplied>
  /** One transaction: removes all of these streams but their ids, so that another log's content of them can be carried. */
  clearStreams(streamIds: readonly string[]): Promise<void>
  /** Records one of the learner's corrections. A request that was recorded before is a no-op. */
  correct(request: CorrectionRequest): Promise<CorrectionAnswer>
  listCorrections: Corrections['list']
  /** Computes every read model (or one) again from the ledger, in one transaction. UNKNOWN_PROJECTION. */
  rebuild(options?: report.RebuildOptions): Promise<report.RebuildReport>
  /** One pass over the log in one snapshot; the report names every difference. */
  verify(options?: report.ProgressOption): Promise<report.VerifyReport>
  /** The profile's settings, complete with defaults. */
  settings(): Promise<Settings>
  /** Stores settings and computes the rows again, in one transaction. INVALID_ARGUMENT for what is out of range. */
  configure(settings: SettingsChange): Promise<report.RebuildReport>
  /**
   * Removes what is past its window: detail, telemetry, rows of `daily` and `monthly`. Totals never change: facts, ledger and
   * every other row stay forever. The store does this by itself every `retention.runEveryMs`.
   */
  retain(options?: report.RetainOptions & report.ProgressOption): Promise<report.RetainReport>
  /**
   * Gives the space that nothing uses back to the file system, in short steps, while others read and write. 0 bytes where the
   * database does that by itself. The store does this by itself every `retention.vacuumEveryMs`.
   */
  vacuum(): Promise<{ readonly freedBytes: number }>
  /** Which database this is, where it is and how large. */
  stats(): Promise<LogStats>
  /** The read models that this program or another one keeps of the profile, ascending by id. */
  readModels(): Promise<readonly ReadModelState[]>
  /** Names of all profiles of the database, ascending. */
  profiles(): Promise<readonly string[]>
  /**
   * Removes every trace of another profile of the database, permanently; false when there is none of that name. The engine's
   * own profile is refused (INVALID_ARGUMENT). STORAGE_BUSY with `details.deleted`: it is deleted, but others who read the
   * file keep its bytes in it until it is opened for writing next.
   */
  deleteProfile(profile: string): Promise<boolean>
  /** Idempotent. Afterwards every call is refused with STORE_CLOSED. */
  close(): Promise<void>
}
