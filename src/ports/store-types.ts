// What an application holds: ImmersionTrackingStore, the only entry point to a log. Writes go through `tracker` and never
// wait; everything else is promises that reject with ImmersionError and nothing else; failures behind a write show in
// `diagnostics`. docs/reference/errors.md lists the error codes.

import type { Observable } from 'rxjs'
import type { NewEvent, RecordedEvent } from '../events/types.js'
import type { Analytics } from './analytics-types.js'
import type { Corrections } from './correction-types.js'
import type { Diagnostics } from './diagnostics-types.js'
import type { LogEngine, MaintenanceMethod } from './log-engine.js'
import type { LogRecord, RecordsTaken } from './replica-types.js'
import type { EventPage } from './report-types.js'
import type { Tracker } from './tracker-types.js'

/** After `close()` every promise is refused with STORE_CLOSED, and the tracker's calls are counted as dropped. */
export interface ImmersionTrackingStore {
  /** Name of the profile whose log this is. */
  readonly profile: string
  /** The calls of a player: synchronous, about a microsecond each; they never throw for a storage cause. */
  readonly tracker: Tracker
  /** Queries, each answered from one snapshot. */
  readonly analytics: Analytics
  /** The learner's corrections: promises that resolve once the correction is recorded. */
  readonly corrections: Corrections
  /** The long and rare work: rebuild, verify, retention, settings, export and import. */
  readonly maintenance: Maintenance
  /** What happens behind the writes. */
  readonly diagnostics: Diagnostics
  /**
   * One page of recorded events, ascending by position, and what is missing before it (`gapBefore`). INVALID_ARGUMENT for
   * what is out of range.
   * `after`: position, exclusive; 0 is the beginning. `limit`: 1 to 10,000 events, default 1,000.
   */
  events(query: { readonly after: number; readonly limit?: number }): Promise<EventPage>
  /**
   * The events after a position, those that are held and then those that come, each once and in order of position. Where
   * events were removed before they were read, diagnostics reports `follow-gap` just before the next one. A read that fails is reported by diagnostics and repeated; the feed completes when the store is closed. It
   * fails only with INVALID_ARGUMENT, for an `after` that is no position.
   */
  follow(query: { readonly after: number }): Observable<RecordedEvent>
  /**
   * Resolves when everything that was admitted before the call is acknowledged. `timeoutMs`: 0 to 2^31 - 1, default 10,000.
   * CLOSE_TIMEOUT when that takes longer: its details say how many events were left.
   */
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
  /**
   * Ends open sessions, flushes and closes, in any case. `timeoutMs` as for `flush`. The first call rejects with
   * CLOSE_TIMEOUT where events were left unwritten; further calls resolve when the first one has ended.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}

/** The methods of the log's engine that log-engine.ts offers here, and those that stream records in and out. */
export interface Maintenance extends Pick<LogEngine, MaintenanceMethod> {
  /** The settings; then by stream id the held events, by version, and a pruned summary for those no longer held; then the end. */
  exportRecords(): AsyncIterable<LogRecord>
  /**
   * Appends what was exported. What is already in the log is skipped; settings are reported and not applied.
   * IMPORT_INVALID for a record that export does not write, VERSION_CONFLICT for other content under the same version,
   * IMPORT_INCOMPLETE where the end is missing or states other records. What came before is imported then, as the hint says.
   * `partial`: the records are meant to be a part of an export. Default false.
   */
  importRecords(records: AsyncIterable<LogRecord>, options?: { readonly partial?: boolean }): Promise<RecordsTaken>
  /** Only the events that are held, ordered by stream id and version, in pages of up to 1,000. */
  exportEvents(): AsyncIterable<readonly NewEvent[]>
  /** Appends recorded events as they are. Events that are already in the log are counted as `present`. Errors as for `importRecords`. */
  importEvents(
    events: AsyncIterable<readonly NewEvent[]>,
  ): Promise<{ readonly appended: number; readonly present: number }>
}
