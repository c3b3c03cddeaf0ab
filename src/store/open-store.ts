// openImmersionTrackingStore: puts tracker, admission, batches, worker and analytics together, and takes them apart again.
// One store is one profile's log in one program; several may be open on the same file.

import { filter, type Observable } from 'rxjs'
import { withoutPayload } from '../engine/encode-tracked.js'
import type { StoreClient } from '../engine/engine-client.js'
import { checkInteger } from '../events/argument-checks.js'
import { type Clock, createSystemClock } from '../events/clock.js'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { uuidV7 } from '../events/ids.js'
import { DiagnosticsRecorder } from '../pipeline/diagnostics.js'
import { guarded } from '../pipeline/guarded.js'
import { createPipeline } from '../pipeline/pipeline.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { StoreTracker } from '../tracker/tracker.js'
import { within } from '../worker/within.js'
import { type CheckedConfig, checkConfig, type StoreConfig } from './config.js'
import { createCorrections } from './corrections.js'
import { followEvents } from './follow.js'
import { createMaintenance } from './maintenance.js'
import { openStoreClient } from './open-client.js'
import { scheduleRetention } from './retention-schedule.js'

const EVENTS_DEFAULT_LIMIT = 1000
const EVENTS_MAX_LIMIT = 10_000
/** What a person waits for at the end of a program; a database that is busy for longer keeps what was left from being written. */
const FLUSH_TIMEOUT_MS = 10_000
/** Three and a half weeks: a timer takes no more, and fires at once when it is given more. */
const FLUSH_TIMEOUT_MAX_MS = 2 ** 31 - 1

/** Rejects with one error when the database cannot be opened; see docs/reference/config.md for the configuration. */
export async function openImmersionTrackingStore(config: StoreConfig = {}): Promise<ImmersionTrackingStore> {
  const checked = checkConfig(config)
  return openStore(checked, createSystemClock(checked.timeZone))
}

/** The same with a clock of the caller's own: what tests and simulations open. */
export async function openStore(config: CheckedConfig, clock: Clock): Promise<ImmersionTrackingStore> {
  const diagnostics = new DiagnosticsRecorder({
    nowMs: clock.nowMs,
    depth: () => ({ waiting: admission.waiting, inFlight: admission.inFlight }),
  })
  const client = await openStoreClient(config, diagnostics)

  const { admission, batches } = createPipeline({
    limits: config,
    diagnostics,
    send: client.appendTracked,
    withoutPayload,
    elapsedMs: () => performance.now(),
    random: Math.random,
  })
  const tracker = new StoreTracker({
    sink: (event) => admission.admit(event),
    clock,
    newId: (nowMs) => uuidV7(nowMs),
    limits: {
      heartbeatIntervalMs: BACKEND_DEFAULTS.heartbeatIntervalMs,
      gapMaxMs: BACKEND_DEFAULTS.gapMaxMs,
      idleAfterMs: config.idleAfterMs,
    },
    onInvalidCall: (call, error) => diagnostics.invalidCall(call, error),
  })
  const retention = scheduleRetention({
    everyMs: config.inline ? 0 : config.retainEveryMs,
    vacuumEveryMs: config.vacuumEveryMs,
    retain: client.retain,
    isIdle: () => tracker.openSessions.length === 0,
    written: acknowledged(diagnostics),
    onFailed: (error) =>
      diagnostics.warn(
        `Retention failed and is tried again later: ${error instanceof Error ? error.message : String(error)}`,
      ),
  })
  let closing: Promise<void> | null = null

  async function events(query: { readonly after: number; readonly limit?: number }) {
    const { after, limit = EVENTS_DEFAULT_LIMIT } = query
    checkInteger('after', after, 0, Number.MAX_SAFE_INTEGER)
    checkInteger('limit', limit, 1, EVENTS_MAX_LIMIT)
    return client.events({ after, limit })
  }

  async function flushWithin(timeoutMs: number): Promise<void> {
    if (
      await within(
        timeoutMs,
        batches.flush().then(() => true),
      )
    )
      return
    const { waiting, inFlight } = admission
    const { lastError } = diagnostics.published.snapshot()
    throw new ImmersionError(
      'CLOSE_TIMEOUT',
      `After ${timeoutMs} ms ${waiting + inFlight} events were not yet written.`,
      {
        hint: 'diagnostics.snapshot().lastError says what keeps the database from writing.',
        details: { waiting, inFlight, timeoutMs, lastErrorCode: lastError?.code ?? null },
      },
    )
  }

  /** Ends in any case; rejects where something was left. */
  async function close(timeoutMs: number): Promise<void> {
    tracker.endAll('closed')
    admission.close()
    let left: unknown
    try {
      await flushWithin(timeoutMs)
    } catch (error) {
      left = error
      diagnostics.failed(error)
    }
    batches.stop()
    retention.stop()
    await client.close(left !== undefined)
    diagnostics.setState('closed')
    diagnostics.close()
    if (left !== undefined) throw left
  }

  return {
    profile: config.profile,
    tracker: {
      startSession: (start) => tracker.startSession(start),
      get openSessions() {
        return tracker.openSessions
      },
    },
    analytics: createAnalyticsDoor(client),
    corrections: createCorrections(client, Date.now),
    maintenance: createMaintenance(client, (error) => diagnostics.observerFailed(error)),
    diagnostics: diagnostics.published,
    events,
    follow({ after }) {
      checkInteger('after', after, 0, Number.MAX_SAFE_INTEGER)
      const feed = followEvents({
        after,
        readPage: (position, limit) => client.events({ after: position, limit }),
        written: acknowledged(diagnostics),
        onError: (error) => diagnostics.failed(error),
      })
      return guarded(feed, (error) => diagnostics.observerFailed(error))
    },
    async flush({ timeoutMs = FLUSH_TIMEOUT_MS } = {}) {
      if (closing !== null) throw new ImmersionError('STORE_CLOSED', 'The store is closed.')
      checkInteger('timeoutMs', timeoutMs, 0, FLUSH_TIMEOUT_MAX_MS)
      await flushWithin(timeoutMs)
    },
    async close({ timeoutMs = FLUSH_TIMEOUT_MS } = {}) {
      // Only the first call says what was left; the others wait for the same end.
      if (closing !== null) return closing.catch(() => undefined)
      // Before anything is ended: a wrong argument must not cost what waits.
      checkInteger('timeoutMs', timeoutMs, 0, FLUSH_TIMEOUT_MAX_MS)
      closing = close(timeoutMs)
      return closing
    },
  }
}

function acknowledged(diagnostics: DiagnosticsRecorder): Observable<unknown> {
  return diagnostics.published.notices.pipe(filter(({ kind }) => kind === 'acknowledged'))
}

const QUESTIONS: Readonly<Record<keyof Analytics, true>> = {
  overview: true,
  sessions: true,
  session: true,
  timeline: true,
  videos: true,
  video: true,
  daily: true,
  monthly: true,
  throughput: true,
  streak: true,
  trend: true,
  hours: true,
  calendar: true,
  rows: true,
}

function createAnalyticsDoor(client: StoreClient): Analytics {
  const ask = (question: string) => [
    question,
    (...args: Parameters<Analytics[keyof Analytics]>) => client.analyze(question as keyof Analytics, ...args),
  ]
  // Every question of Analytics is in QUESTIONS, and each has the arguments and the answer of the engine's.
  return Object.fromEntries(Object.keys(QUESTIONS).map(ask)) as Analytics
}
