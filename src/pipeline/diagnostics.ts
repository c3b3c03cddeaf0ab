// What the store says about itself: counters whose account always balances, and notices of what happens. Admission,
// batches and the worker's client report here; the application reads `door`. Nothing in here can fail or wait.

import { asyncScheduler, type SchedulerLike, Subject } from 'rxjs'
import { type ErrorShape, ImmersionError } from '../events/errors.js'
import type { VersionedEvent } from '../events/types.js'
import type {
  Diagnostics,
  DiagnosticsNotice,
  DiagnosticsSnapshot,
  SetAsideEvent,
  SpoolStatus,
} from '../ports/store-types.js'
import { guarded } from './guarded.js'

export interface DiagnosticsOptions {
  readonly nowMs: () => number
  /** How many events wait and are in flight now. */
  readonly depth: () => { readonly waiting: number; readonly inFlight: number }
  readonly scheduler?: SchedulerLike
}

/** Counts since open; each is raised where it happens. */
export interface DiagnosticsCounts {
  admitted: number
  acknowledged: number
  summarized: number
  dropped: number
  refusedSessions: number
  setAside: number
  invalidCalls: number
  batches: number
  retries: number
  failedConnects: number
  workerRestarts: number
}

export interface DiagnosticsRecorder {
  readonly counts: DiagnosticsCounts
  /** What the application sees. */
  readonly door: Diagnostics
  shed(kind: 'summarized' | 'dropped'): void
  sessionRefused(sessionId: string): void
  invalidCall(call: string, error: unknown): void
  /** These are committed; the batch took this long from sending. */
  acknowledged(events: readonly VersionedEvent[], elapsedMs: number): void
  retry(error: unknown, attempt: number, delayMs: number): void
  /** The database could not be opened; the next attempt comes after `delayMs`. */
  connectFailed(error: unknown, attempt: number, delayMs: number): void
  setAside(event: SetAsideEvent): void
  workerRestarted(error: unknown): void
  observerFailed(error: unknown): void
  /** A failure that no caller hears of. */
  failed(error: unknown): void
  warn(sentence: string): void
  /** `closed` is for good, and only a success ends `failed`. */
  setState(state: DiagnosticsSnapshot['state']): void
  /** From now on there is a spool, of which this tells. */
  setSpool(status: () => SpoolStatus): void
  spoolState(state: SpoolStatus['state']): void
  /** Tells what was not told yet, and completes the notices. */
  close(): void
}

/** What was shed is told in sums: a stalled database sheds a hundred thousand events a second. */
const SHED_NOTICE_INTERVAL_MS = 1000
const APPEND_TIMES_KEPT = 1000
const SET_ASIDE_KEPT = 100
const WARNINGS_KEPT = 20

export function createDiagnostics(options: DiagnosticsOptions): DiagnosticsRecorder {
  const scheduler = options.scheduler ?? asyncScheduler
  const notices = new Subject<DiagnosticsNotice>()
  const counts: DiagnosticsCounts = {
    admitted: 0,
    acknowledged: 0,
    summarized: 0,
    dropped: 0,
    refusedSessions: 0,
    setAside: 0,
    invalidCalls: 0,
    batches: 0,
    retries: 0,
    failedConnects: 0,
    workerRestarts: 0,
  }
  const appendTimes = createAppendTimes()
  const setAsideEvents: SetAsideEvent[] = []
  const warnings: string[] = []
  const untold = { summarized: 0, dropped: 0 }
  let tellingSoon = false
  let state: DiagnosticsSnapshot['state'] = 'ok'
  let lastError: DiagnosticsSnapshot['lastError'] = null
  let spool: (() => SpoolStatus) | null = null

  function remember(error: unknown): ErrorShape {
    const shape = ImmersionError.from(error).toJSON()
    lastError = { ...shape, atMs: options.nowMs() }
    return shape
  }

  function shed(kind: 'summarized' | 'dropped'): void {
    untold[kind] += 1
    if (tellingSoon) return
    tellingSoon = true
    scheduler.schedule(tellShed, SHED_NOTICE_INTERVAL_MS)
  }

  function tellShed(): void {
    tellingSoon = false
    for (const kind of ['summarized', 'dropped'] as const) {
      const count = untold[kind]
      untold[kind] = 0
      if (count > 0) notices.next({ kind, count })
    }
  }

  function acknowledged(events: readonly VersionedEvent[], elapsedMs: number): void {
    counts.acknowledged += events.length
    appendTimes.add(elapsedMs)
    counts.batches += 1
    if (notices.observed) for (const range of rangesOf(events)) notices.next({ kind: 'acknowledged', ...range })
  }

  function snapshot(): DiagnosticsSnapshot {
    return {
      state,
      ...options.depth(),
      ...counts,
      setAsideEvents: [...setAsideEvents],
      lastError,
      appendP99Ms: appendTimes.p99(),
      warnings: [...warnings],
      spool: spool?.() ?? null,
    }
  }

  function observerFailed(error: unknown): void {
    notices.next({ kind: 'observer-failed', error: remember(error) })
  }

  return {
    counts,
    door: { snapshot, notices: guarded(notices, observerFailed) },
    shed,
    sessionRefused(sessionId) {
      notices.next({ kind: 'session-refused', sessionId })
    },
    invalidCall(call, error) {
      counts.invalidCalls += 1
      notices.next({ kind: 'invalid-call', call, error: ImmersionError.from(error).toJSON() })
    },
    acknowledged,
    retry(error, attempt, delayMs) {
      counts.retries += 1
      notices.next({ kind: 'retry', error: remember(error), attempt, delayMs })
    },
    connectFailed(error, attempt, delayMs) {
      counts.failedConnects += 1
      notices.next({ kind: 'connect-failed', error: remember(error), attempt, delayMs })
    },
    setAside(event) {
      counts.setAside += 1
      setAsideEvents.push(event)
      if (setAsideEvents.length > SET_ASIDE_KEPT) setAsideEvents.shift()
      notices.next({ kind: 'set-aside', ...event })
    },
    workerRestarted(error) {
      counts.workerRestarts += 1
      notices.next({ kind: 'worker-restarted', error: remember(error) })
    },
    observerFailed,
    failed(error) {
      remember(error)
    },
    warn(sentence) {
      if (warnings.length < WARNINGS_KEPT) warnings.push(sentence)
    },
    setState(next) {
      if (next === state || state === 'closed' || (next === 'retrying' && state === 'failed')) return
      state = next
      notices.next({ kind: 'state', state })
    },
    setSpool(status) {
      spool = status
    },
    spoolState(next) {
      notices.next({ kind: 'spool', state: next })
    },
    close() {
      tellShed()
      notices.complete()
    },
  }
}

interface VersionRange {
  readonly streamId: string
  readonly fromVersion: number
  readonly toVersion: number
}

/** Unbroken runs of versions, by stream, in the order in which they stand. */
function rangesOf(events: readonly VersionedEvent[]): readonly VersionRange[] {
  const ranges: VersionRange[] = []
  const latest = new Map<string, number>()
  for (const { event, version } of events) {
    const index = latest.get(event.streamId)
    const range = index === undefined ? undefined : ranges[index]
    if (index !== undefined && range?.toVersion === version - 1) {
      ranges[index] = { ...range, toVersion: version }
    } else {
      latest.set(event.streamId, ranges.length)
      ranges.push({ streamId: event.streamId, fromVersion: version, toVersion: version })
    }
  }
  return ranges
}

/** How long the latest batches took. Sorted only when it is asked for and something was added since. */
function createAppendTimes() {
  const times = new Float64Array(APPEND_TIMES_KEPT)
  let added = 0
  let asked: { readonly added: number; readonly p99: number | null } = { added: 0, p99: null }

  return {
    add(elapsedMs: number): void {
      times[added % APPEND_TIMES_KEPT] = elapsedMs
      added += 1
    },
    p99(): number | null {
      if (asked.added === added) return asked.p99
      const ascending = times.slice(0, added).sort()
      asked = { added, p99: ascending[Math.floor(ascending.length * 0.99)] ?? null }
      return asked.p99
    },
  }
}
