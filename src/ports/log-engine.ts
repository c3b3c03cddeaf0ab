// Everything that is done with one profile's log, behind one flat set of promises: used in process by tests and short
// commands, and by the same shape across the worker boundary. Arguments and answers are plain data for that reason.

import type { NewEvent } from '../events/types.js'
import type { Analytics } from './analytics-types.js'
import type { CorrectionAnswer, CorrectionRequest, Corrections } from './correction-types.js'
import type { LogStats } from './event-log.js'
import type {
  PrunedSummary,
  PrunedSummaryQuery,
  StreamEventsQuery,
  StreamList,
  StreamListQuery,
  SummariesApplied,
} from './replica-types.js'
import type {
  EventPage,
  PassProgress,
  RebuildReport,
  RetainOptions,
  RetainReport,
  Settings,
  SettingsChange,
  VerifyReport,
} from './store-types.js'

export interface AppendAnswer {
  readonly asOfRevision: number
  /** Events that were new. */
  readonly appended: number
  /** Events that coverage already held: no-ops. */
  readonly present: number
  /** Position after the append. */
  readonly position: number
}

export interface LogEngine {
  /**
   * One transaction: events, ledger, read models. Either all that is new is recorded or nothing is. VERSION_CONFLICT
   * (details: streamId, version) when a version is stored with other content.
   */
  append(events: readonly NewEvent[]): Promise<AppendAnswer>
  /** Any method of Analytics, by its name and its arguments. */
  analyze<K extends keyof Analytics>(question: K, ...args: Parameters<Analytics[K]>): ReturnType<Analytics[K]>
  events(query: { readonly after: number; readonly limit: number }): Promise<EventPage>
  /** One page of the export: events after (streamId, version) in that order, at most `limit`; fewer only at the end. */
  exportPage(query: {
    readonly afterStreamId: string
    readonly afterVersion: number
    readonly limit: number
  }): Promise<readonly NewEvent[]>
  /** Streams with their digests, in pages by number. */
  listStreams(query: StreamListQuery): Promise<StreamList>
  /** Events of one stream that are held and undamaged, ascending by version; fewer than `limit` only at the end. */
  streamEvents(query: StreamEventsQuery): Promise<readonly NewEvent[]>
  /** What a stream says of the versions whose events are no longer held; null when there is nothing to say. */
  prunedSummary(query: PrunedSummaryQuery): Promise<PrunedSummary | null>
  /** One transaction: adds what other logs state, at most one summary of a stream. */
  applySummaries(summaries: readonly PrunedSummary[]): Promise<SummariesApplied>
  rebuild(options: { readonly projection?: string; readonly fromLog?: boolean }): Promise<RebuildReport>
  verify(onProgress?: (progress: PassProgress) => void): Promise<VerifyReport>
  settings(): Promise<Settings>
  configure(settings: SettingsChange): Promise<RebuildReport>
  retain(options: RetainOptions, onProgress?: (progress: PassProgress) => void): Promise<RetainReport>
  stats(): Promise<LogStats>
  profiles(): Promise<readonly string[]>
  /** Another profile than the engine's own, which is refused with INVALID_ARGUMENT. */
  deleteProfile(profile: string): Promise<boolean>
  /** States one of the learner's commands. A request that is there already is a no-op. */
  correct(request: CorrectionRequest): Promise<CorrectionAnswer>
  listCorrections: Corrections['list']
  close(): Promise<void>
}
