// The store's account of itself: counters that always balance, and notices of events. Admission, delivery and the worker's
// client report here; the application reads `published`. Nothing in here can fail or wait.

import { asyncScheduler, type SchedulerLike, Subject } from 'rxjs'
import { type ErrorShape, ImmersionError } from '../events/errors.js'
import type { VersionedEvent } from '../events/types.js'
import type {
  Diagnostics,
  DiagnosticsNotice,
  DiagnosticsSnapshot,
  SetAsideEvent,
  SpoolStatus,
} from '../ports/diagnostics-types.js'
import type { PositionGap } from '../ports/report-types.js'
import { guarded } from './guarded.js'

export interface DiagnosticsOptions {
  readonly nowMs: () => number
  /** How many events wait and are in flight now. */
  readonly depth: () => { readonly waiting: number; readonly inFlight: number }
  readonly scheduler?: SchedulerLike
}

/** Shed events are reported in sums, because a stalled database sheds a hundred thousand of them per second. */
const SHED_NOTICE_INTERVAL_MS = 1000
const APPEND_TIMES_KEPT = 1000
const SET_ASIDE_KEPT = 100
const WARNINGS_KEPT = 20

export class DiagnosticsRecorder {
  readonly #options: DiagnosticsOptions
  readonly published: Diagnostics
  readonly #notices = new Subject<DiagnosticsNotice>()
  /** Counts since open. */
  readonly #counts = {
    ...{ admitted: 0, acknowledged: 0, summarized: 0, dropped: 0, refusedSessions: 0, setAside: 0, invalidCalls: 0 },
    ...{ batches: 0, retries: 0, failedConnects: 0, workerRestarts: 0 },
  }
  /** Milliseconds that the latest batches took; the next one replaces the oldest. */
  readonly #appendTimes = new Float64Array(APPEND_TIMES_KEPT)
  readonly #setAsideEvents: SetAsideEvent[] = []
  readonly #warnings: string[] = []
  /** Shed since the last notice of it. */
  readonly #unreported = { summarized: 0, dropped: 0 }
  #reportsShedSoon = false
  #state: DiagnosticsSnapshot['state'] = 'ok'
  #lastError: DiagnosticsSnapshot['lastError'] = null
  #spool: (() => SpoolStatus) | null = null

  constructor(options: DiagnosticsOptions) {
    this.#options = options
    this.published = {
      snapshot: () => this.#snapshot(),
      notices: guarded(this.#notices, (error) => this.observerFailed(error)),
    }
  }

  admitted(): void {
    this.#counts.admitted += 1
  }

  shed(kind: 'summarized' | 'dropped'): void {
    this.#counts[kind] += 1
    this.#unreported[kind] += 1
    if (this.#reportsShedSoon) return
    this.#reportsShedSoon = true
    const { scheduler = asyncScheduler } = this.#options
    scheduler.schedule(() => this.#reportShed(), SHED_NOTICE_INTERVAL_MS)
  }

  sessionRefused(sessionId: string): void {
    this.#counts.refusedSessions += 1
    this.#notices.next({ kind: 'session-refused', sessionId })
  }

  invalidCall(call: string, error: unknown): void {
    this.#counts.invalidCalls += 1
    this.#notices.next({ kind: 'invalid-call', call, error: ImmersionError.from(error).toJSON() })
  }

  /** These events are committed; their batch took this long from sending. */
  acknowledged(events: readonly VersionedEvent[], elapsedMs: number): void {
    this.#counts.acknowledged += events.length
    this.#appendTimes[this.#counts.batches % APPEND_TIMES_KEPT] = elapsedMs
    this.#counts.batches += 1
    if (!this.#notices.observed) return
    for (const notice of acknowledgementsOf(events)) this.#notices.next(notice)
  }

  retry(error: unknown, attempt: number, delayMs: number): void {
    this.#counts.retries += 1
    this.#notices.next({ kind: 'retry', error: this.failed(error), attempt, delayMs })
  }

  connectFailed(error: unknown, attempt: number, delayMs: number): void {
    this.#counts.failedConnects += 1
    this.#notices.next({ kind: 'connect-failed', error: this.failed(error), attempt, delayMs })
  }

  setAside(event: SetAsideEvent): void {
    this.#counts.setAside += 1
    this.#setAsideEvents.push(event)
    if (this.#setAsideEvents.length > SET_ASIDE_KEPT) this.#setAsideEvents.shift()
    this.#notices.next({ kind: 'set-aside', ...event })
  }

  workerRestarted(error: unknown): void {
    this.#counts.workerRestarts += 1
    this.#notices.next({ kind: 'worker-restarted', error: this.failed(error) })
  }

  /** An observer of the host threw. It is not subscribed any more. */
  observerFailed(error: unknown): void {
    this.#notices.next({ kind: 'observer-failed', error: this.failed(observerError(error)) })
  }

  /** A follower of the log came too late for these events. */
  followGap(gap: PositionGap): void {
    this.#notices.next({ kind: 'follow-gap', ...gap })
  }

  /** A failure that no caller hears of; answers it as plain data. */
  failed(error: unknown): ErrorShape {
    const shape = ImmersionError.from(error).toJSON()
    this.#lastError = { ...shape, atMs: this.#options.nowMs() }
    return shape
  }

  warn(sentence: string): void {
    if (this.#warnings.length < WARNINGS_KEPT) this.#warnings.push(sentence)
  }

  /** `closed` is final, and only a success ends `failed`. */
  setState(next: DiagnosticsSnapshot['state']): void {
    if (next === this.#state || this.#state === 'closed' || (next === 'retrying' && this.#state === 'failed')) return
    this.#state = next
    this.#notices.next({ kind: 'state', state: next })
  }

  setSpool(status: () => SpoolStatus): void {
    this.#spool = status
  }

  spoolState(state: SpoolStatus['state']): void {
    this.#notices.next({ kind: 'spool', state })
  }

  /** Reports the sums that are not yet reported, and completes the notices. */
  close(): void {
    this.#reportShed()
    this.#notices.complete()
  }

  #reportShed(): void {
    this.#reportsShedSoon = false
    for (const kind of ['summarized', 'dropped'] as const) {
      const count = this.#unreported[kind]
      this.#unreported[kind] = 0
      if (count > 0) this.#notices.next({ kind, count })
    }
  }

  #snapshot(): DiagnosticsSnapshot {
    const ascending = this.#appendTimes.slice(0, this.#counts.batches).sort()
    return {
      state: this.#state,
      ...this.#options.depth(),
      ...this.#counts,
      setAsideEvents: [...this.#setAsideEvents],
      lastError: this.#lastError,
      appendP99Ms: ascending[Math.floor(ascending.length * 0.99)] ?? null,
      warnings: [...this.#warnings],
      spool: this.#spool?.() ?? null,
    }
  }
}

/** The observer's error with its message and stack. The hint says that the observer threw it, not this package. */
function observerError(error: unknown): unknown {
  if (error instanceof ImmersionError || !(error instanceof Error)) return error
  const hint = 'An observer that the program subscribed threw this, and was unsubscribed.'
  return new ImmersionError('INTERNAL', error.message, { hint, cause: error, stack: error.stack })
}

/** Unbroken runs of versions, by stream, in the order in which they stand. */
function acknowledgementsOf(events: readonly VersionedEvent[]) {
  const ranges: Extract<DiagnosticsNotice, { kind: 'acknowledged' }>[] = []
  const latest = new Map<string, number>()
  for (const { event, version } of events) {
    const index = latest.get(event.streamId)
    const range = index === undefined ? undefined : ranges[index]
    if (index !== undefined && range?.toVersion === version - 1) {
      ranges[index] = { ...range, toVersion: version }
    } else {
      latest.set(event.streamId, ranges.length)
      ranges.push({ kind: 'acknowledged', streamId: event.streamId, fromVersion: version, toVersion: version })
    }
  }
  return ranges
}
