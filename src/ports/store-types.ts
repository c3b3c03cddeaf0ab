// What an application holds: ImmersionTrackingStore, the only door. Writes go through `tracker` and never wait; reads are
// promises; everything that goes wrong behind a write shows in `diagnostics`. docs/reference/store.md describes each method.

import type { Observable } from 'rxjs'
import type { ErrorShape } from '../events/errors.js'
import type { NewEvent, RecordedEvent, TrackingEvent } from '../events/types.js'
import type { Analytics } from './analytics-types.js'
import type { Corrections } from './correction-types.js'
import type { LogStats, Retained } from './event-log.js'
import type { Settings, SettingsChange } from './profile-settings.js'
import type { LogRecord, RecordsTaken } from './replica-types.js'
import type { Tracker } from './tracker-types.js'

export type { Settings, SettingsChange } from './profile-settings.js'

export interface ImmersionTrackingStore {
  readonly profile: string
  readonly tracker: Tracker
  readonly analytics: Analytics
  readonly corrections: Corrections
  readonly maintenance: Maintenance
  readonly diagnostics: Diagnostics
  /** Recorded events by position, `after` exclusive. Limit: default 1,000, at most 10,000. */
  events(query: { readonly after: number; readonly limit?: number }): Promise<EventPage>
  /** The same as a live feed: what is there, then what comes, each once and in order of position. */
  follow(query: { readonly after: number }): Observable<RecordedEvent>
  /** Resolves when everything admitted before the call is acknowledged; CLOSE_TIMEOUT says what was left. */
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
  /** Ends open sessions, flushes, closes. Idempotent. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}

export interface EventPage {
  readonly events: readonly RecordedEvent[]
  /** Pass as `after` to go on. */
  readonly lastPosition: number
  readonly asOfRevision: number
}

export interface Maintenance {
  /** Works every read model (or one) out again from the ledger, in one transaction. */
  rebuild(options?: { readonly projection?: string; readonly fromLog?: boolean }): Promise<RebuildReport>
  /** One pass over the log in one snapshot; names every difference. */
  verify(options?: { readonly onProgress?: (progress: PassProgress) => void }): Promise<VerifyReport>
  settings(): Promise<Settings>
  /** Stores settings and works the rows out again, in one transaction. A wider window brings rows back that retention took out. */
  configure(settings: SettingsChange): Promise<RebuildReport>
  /**
   * Takes out what is past its window: detail, telemetry, rows of `daily` and `monthly`. Never a total: facts, ledger and
   * every other row stay for ever. The store does this by itself every `retention.runEveryMs`.
   */
  retain(options?: RetainOptions & { readonly onProgress?: (progress: PassProgress) => void }): Promise<RetainReport>
  /**
   * The whole log: its settings, then by stream id the events that are held, by version, and a statement for those that no
   * longer are.
   */
  exportRecords(): AsyncIterable<LogRecord>
  /** Takes in what was exported; what is there already is passed over, and settings are told and not taken over. */
  importRecords(records: AsyncIterable<LogRecord>): Promise<RecordsTaken>
  /** Only the events that are held, ordered by stream id and version, in pages. */
  exportEvents(): AsyncIterable<readonly NewEvent[]>
  /** Appends recorded events as they are; those that are there already are passed over. */
  importEvents(
    events: AsyncIterable<readonly NewEvent[]>,
  ): Promise<{ readonly appended: number; readonly present: number }>
  stats(): Promise<LogStats>
  profiles(): Promise<readonly string[]>
  /**
   * Removes every trace of another profile of the database, for good; false when there is none of that name. The store's
   * own is refused (INVALID_ARGUMENT). STORAGE_BUSY with `details.deleted`: it is deleted, but others who read the file
   * keep its bytes in it until it is opened for writing next.
   */
  deleteProfile(profile: string): Promise<boolean>
}

export interface RetainOptions {
  /** Only says what would go. */
  readonly dryRun?: boolean
  /** Does nothing where the latest run is less than this ago. Default 0. */
  readonly dueAfterMs?: number
  /** Gives free space back to the file system, where that was not done for this long; 0: now. Default: it does not. */
  readonly vacuumAfterMs?: number
}

export interface RetainReport {
  /**
   * `noted`: the clock is more than 30 days past both the latest run and the newest thing recorded before today, so nothing
   * was done but to note the run; the next one does what is due. `not-due`: see dueAfterMs.
   */
  readonly outcome: 'retained' | 'noted' | 'not-due'
  readonly asOfRevision: number
  readonly dryRun: boolean
  /** Events that went, and the size of their rows, about. */
  readonly pruned: { readonly detail: number; readonly telemetry: number; readonly aboutBytes: number }
  /** The first local day and month of which rows exist after the run; null: of all. */
  readonly rowsFrom: Retained['rowsFrom']
  /** Rows that went, by projection id. */
  readonly rowsRemoved: Readonly<Record<string, number>>
  /** Given back to the file system. */
  readonly freedBytes: number
  readonly bytesBefore: number
  /** Of a dry run: about what the size becomes once free space is given back. */
  readonly bytesAfter: number
  readonly elapsedMs: number
}

export interface PassProgress {
  readonly done: number
  readonly total: number
}

export interface RebuildReport {
  readonly asOfRevision: number
  readonly streams: number
  readonly ledgerEntries: number
  /** Rows that differed, by projection id. All 0 when the rows were right. */
  readonly changed: Readonly<
    Record<string, { readonly added: number; readonly removed: number; readonly corrected: number }>
  >
  readonly videosCorrected: number
  /** With fromLog: streams whose ledger was made anew and differed, and those left alone because detail is gone. */
  readonly ledgersCorrected: number
  readonly ledgersIncomplete: number
  readonly elapsedMs: number
}

export type Damage =
  | {
      readonly kind: 'event'
      readonly position: number
      readonly streamId: string
      readonly version: number
      readonly what: string
    }
  | { readonly kind: 'stream'; readonly streamId: string; readonly what: string }
  | {
      readonly kind: 'ledger'
      readonly streamId: string
      readonly quarter: number
      readonly utcOffsetMin: number
      readonly what: string
    }
  | {
      readonly kind: 'row'
      readonly projection: string
      readonly key: Readonly<Record<string, string | number>>
      readonly what: string
    }
  | { readonly kind: 'video'; readonly videoKey: string; readonly what: string }
  | { readonly kind: 'head'; readonly what: string }

export interface VerifyReport {
  readonly asOfRevision: number
  readonly ok: boolean
  readonly events: number
  readonly streams: number
  readonly ledgerEntries: number
  readonly rows: number
  /** At most 1,000; damageCount counts all. */
  readonly damage: readonly Damage[]
  readonly damageCount: number
  /**
   * Versions below a stream's last one that never arrived, as ranges: a session whose late events are still on their way,
   * or events that a database refused. Not damage: nothing that is stored is wrong. At most 1,000 streams.
   */
  readonly missing: readonly { readonly streamId: string; readonly versions: string }[]
  readonly elapsedMs: number
}

export interface Diagnostics {
  snapshot(): DiagnosticsSnapshot
  /** Hot; an observer that throws is unsubscribed and counted, and harms nothing. */
  readonly notices: Observable<DiagnosticsNotice>
}

export interface DiagnosticsSnapshot {
  /**
   * `ok`; `connecting` while the database was never reached (storage.fallback `retry`); `retrying` while writes fail and
   * are tried again; `failed` when the worker cannot be kept alive; `closed`.
   */
  readonly state: 'ok' | 'connecting' | 'retrying' | 'failed' | 'closed'
  /** Attempts to open the database that failed, under storage.fallback `retry`. */
  readonly failedConnects: number
  /** Events waiting, and events being written. */
  readonly waiting: number
  readonly inFlight: number
  /** Since open. admitted = acknowledged + waiting + inFlight + summarized + dropped + setAside. */
  readonly admitted: number
  readonly acknowledged: number
  /** Events that overflow summed up into heartbeats, and facts joined with a later one: detail lost, totals kept. */
  readonly summarized: number
  /** Events that overflow dropped, and those that came after close. */
  readonly dropped: number
  /** Sessions for which there was no room. They were never admitted. */
  readonly refusedSessions: number
  /** Events the database refused for themselves; they are recorded without their payload where it allows that. */
  readonly setAside: number
  /** The last 100 of them. */
  readonly setAsideEvents: readonly SetAsideEvent[]
  /** Calls with arguments that are not allowed. */
  readonly invalidCalls: number
  readonly batches: number
  readonly retries: number
  readonly workerRestarts: number
  readonly lastError: (ErrorShape & { readonly atMs: number }) | null
  /** Of the last 1,000 batches, from sending to acknowledgement; null before the first. */
  readonly appendP99Ms: number | null
  /** Sentences about what is not as configured; empty when all is. */
  readonly warnings: readonly string[]
  /** Null without storage.spool. With one, all the rest is about the spool. */
  readonly spool: SpoolStatus | null
}

export interface SpoolStatus {
  /** `away` while the server cannot be reached or written to; it is tried again and again. */
  readonly state: 'forwarding' | 'away'
  /** Events that this program brought to the server, whoever recorded them. */
  readonly forwarded: number
  /** When the server was last known to have all that was recorded; null before the first time. */
  readonly forwardedAtMs: number | null
  /** Streams that the server refused for themselves: they stay in the spool, and are tried again within the hour. */
  readonly refusedStreams: readonly string[]
}

export interface SetAsideEvent {
  readonly event: TrackingEvent & { readonly version: number }
  readonly error: ErrorShape
  /** False where even the event without its payload was refused: its version is then a hole in its stream. */
  readonly recordedWithoutPayload: boolean
}

export type DiagnosticsNotice =
  | {
      readonly kind: 'acknowledged'
      readonly streamId: string
      readonly fromVersion: number
      readonly toVersion: number
    }
  | { readonly kind: 'connect-failed'; readonly error: ErrorShape; readonly attempt: number; readonly delayMs: number }
  | { readonly kind: 'retry'; readonly error: ErrorShape; readonly attempt: number; readonly delayMs: number }
  | { readonly kind: 'summarized' | 'dropped'; readonly count: number }
  | { readonly kind: 'session-refused'; readonly sessionId: string }
  | ({ readonly kind: 'set-aside' } & SetAsideEvent)
  | { readonly kind: 'invalid-call'; readonly call: string; readonly error: ErrorShape }
  | { readonly kind: 'worker-restarted'; readonly error: ErrorShape }
  | { readonly kind: 'observer-failed'; readonly error: ErrorShape }
  | { readonly kind: 'state'; readonly state: DiagnosticsSnapshot['state'] }
  | { readonly kind: 'spool'; readonly state: SpoolStatus['state'] }
