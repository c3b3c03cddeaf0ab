// What the store reports about itself: counters, states, and notices of what happens behind a write, because the tracker's
// calls return nothing and never throw for a storage cause.

import type { Observable } from 'rxjs'
import type { ErrorShape } from '../events/errors.js'
import type { TrackingEvent } from '../events/types.js'
import type { PositionGap } from './report-types.js'

/** How the store reports about itself. */
export interface Diagnostics {
  /** The counters and states of this moment. Never throws. */
  snapshot(): DiagnosticsSnapshot
  /**
   * What happens from now on. Hot: it repeats nothing. An observer that throws is unsubscribed and reported
   * (`observer-failed`), and disturbs nothing else. Completes when the store is closed.
   */
  readonly notices: Observable<DiagnosticsNotice>
}

/** Counts are since the store was opened. At any moment admitted = acknowledged + waiting + inFlight + summarized + dropped + setAside. */
export interface DiagnosticsSnapshot {
  /**
   * `ok`; `connecting` while the database was never reached (storage.fallback `retry`); `retrying` while writes fail and
   * are tried again; `failed` when the worker cannot be kept alive; `closed`.
   */
  readonly state: 'ok' | 'connecting' | 'retrying' | 'failed' | 'closed'
  /** Attempts to open the database that failed, under storage.fallback `retry`. */
  readonly failedConnects: number
  /** Events that wait to be sent, now. */
  readonly waiting: number
  /** Events that are being written, now. */
  readonly inFlight: number
  /** Events that admission has taken. */
  readonly admitted: number
  /** Events whose transaction has committed. */
  readonly acknowledged: number
  /** Events that overflow summed up into heartbeats, and facts joined with a later one: detail lost, totals kept. */
  readonly summarized: number
  /** Events that overflow dropped, and those that came after close. */
  readonly dropped: number
  /** Sessions for which there was no room. They were never admitted. */
  readonly refusedSessions: number
  /** Events that could not be written because of the event itself; they are recorded without their payload where that is possible. */
  readonly setAside: number
  /** The last 100 of these events. */
  readonly setAsideEvents: readonly SetAsideEvent[]
  /** Calls of the tracker with arguments that are not allowed. */
  readonly invalidCalls: number
  /** Batches that were acknowledged. */
  readonly batches: number
  /** Batches, or parts of one, that were sent again. */
  readonly retries: number
  /** Times that the writing thread was started again. */
  readonly workerRestarts: number
  /** The latest failure that was reported to no caller, and when it happened (epoch ms). Null where there was none. */
  readonly lastError: (ErrorShape & { readonly atMs: number }) | null
  /** Milliseconds from sending to acknowledgement, the 99th percentile of the last 1,000 batches; null before the first. */
  readonly appendP99Ms: number | null
  /** Sentences about what differs from the configuration, at most 20; empty when nothing does. */
  readonly warnings: readonly string[]
  /** Null without storage.spool. With one, all other fields are about the spool. */
  readonly spool: SpoolStatus | null
}

/** How far the spool is. */
export interface SpoolStatus {
  /** `away` while the server cannot be reached or written to; it is tried again and again. */
  readonly state: 'forwarding' | 'away'
  /** Events that this program brought to the server, whichever program recorded them. */
  readonly forwarded: number
  /** Epoch ms when the server was last known to have everything that was recorded; null before the first time. */
  readonly forwardedAtMs: number | null
  /** Ids of streams that the server refused for their own content: they stay in the spool, and are tried again within the hour. */
  readonly refusedStreams: readonly string[]
}

/** An event that could not be written because of the event itself. */
export interface SetAsideEvent {
  /** The event as it was tracked, with its version. */
  readonly event: TrackingEvent & { readonly version: number }
  /** Why it was refused. */
  readonly error: ErrorShape
  /** False where even the event without its payload was refused: its version is then missing from its stream. */
  readonly recordedWithoutPayload: boolean
}

/** One thing that happened behind the writes. */
export type DiagnosticsNotice =
  /** The transaction of these versions of a stream has committed; both ends inclusive. */
  | {
      readonly kind: 'acknowledged'
      readonly streamId: string
      readonly fromVersion: number
      readonly toVersion: number
    }
  /** The database could not be opened (storage.fallback `retry`). Attempts count from 1; the next one follows after the delay. */
  | { readonly kind: 'connect-failed'; readonly error: ErrorShape; readonly attempt: number; readonly delayMs: number }
  /** A write failed. Attempts count from 1; the next one follows after the delay. */
  | { readonly kind: 'retry'; readonly error: ErrorShape; readonly attempt: number; readonly delayMs: number }
  /** Overflow summed up, or dropped, so many events. */
  | { readonly kind: 'summarized' | 'dropped'; readonly count: number }
  /** There was no room for a new session. */
  | { readonly kind: 'session-refused'; readonly sessionId: string }
  /** An event could not be written because of the event itself. */
  | ({ readonly kind: 'set-aside' } & SetAsideEvent)
  /** A call of the tracker had arguments that are not allowed, and did nothing. `call` is its name. */
  | { readonly kind: 'invalid-call'; readonly call: string; readonly error: ErrorShape }
  /** The writing thread died of this error, and another one was started. */
  | { readonly kind: 'worker-restarted'; readonly error: ErrorShape }
  /** A callback or an observer of the host threw this error. */
  | { readonly kind: 'observer-failed'; readonly error: ErrorShape }
  /**
   * `store.follow` continues behind these positions, both ends inclusive, because retention or an erasure removed their events
   * before they were read. It comes just before the next event.
   */
  | ({ readonly kind: 'follow-gap' } & PositionGap)
  /** The state of the store changed. */
  | { readonly kind: 'state'; readonly state: DiagnosticsSnapshot['state'] }
  /** The state of the spool changed. */
  | { readonly kind: 'spool'; readonly state: SpoolStatus['state'] }
