// openImmersionTrackingStore: puts tracker, pipeline, client and facades together, and takes them apart again. One store is
// one profile's log in one program; several may be open on the same file.

import { filter, type Observable } from 'rxjs'
import type { StoreClient } from '../engine/engine-client.js'
import { EVENTS_PAGE_MAX } from '../engine/read-events.js'
import { within } from '../engine/within.js'
import { checkInteger } from '../events/argument-checks.js'
import { type Clock, createSystemClock } from '../events/clock.js'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { uuidV7 } from '../events/ids.js'
import { requireOpen } from '../events/require-open.js'
import type { RecordedEvent } from '../events/types.js'
import { DiagnosticsRecorder } from '../pipeline/diagnostics.js'
import { guarded } from '../pipeline/guarded.js'
import { Pipeline } from '../pipeline/pipeline.js'
import type { EventPage } from '../ports/report-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { StoreTracker } from '../tracker/tracker.js'
import { type CheckedConfig, checkConfig, type StoreConfig } from './config.js'
import { createAnalytics, createCorrections, createMaintenance } from './facades.js'
import { followEvents } from './follow.js'
import { openStoreClient } from './open-client.js'
import { plainOptions, publicCall } from './public-call.js'
import { scheduleRetention } from './retention-schedule.js'

const EVENTS_DEFAULT_LIMIT = 1000
/** What a person waits for at the end of a program. A database that is busy for longer leaves the rest unwritten. */
const FLUSH_TIMEOUT_MS = 10_000
/** Three and a half weeks: a timer takes no more, and fires at once when it is given more. */
const FLUSH_TIMEOUT_MAX_MS = 2 ** 31 - 1

/** Rejects with one error when the database cannot be opened. The configuration is described beside StoreConfig. */
export function openImmersionTrackingStore(config: StoreConfig = {}): Promise<ImmersionTrackingStore> {
  return publicCall(() => {
    const checked = checkConfig(config)
    return openStore(checked, checked.clock ?? createSystemClock(checked.timeZone))
  })
}

/** The same with a clock of the caller's own. */
export async function openStore(config: CheckedConfig, clock: Clock): Promise<ImmersionTrackingStore> {
  const diagnostics = new DiagnosticsRecorder({
    nowMs: () => clock.nowMs(),
    depth: () => ({ waiting: pipeline.admission.waiting, inFlight: pipeline.admission.inFlight }),
  })
  const client = await openStoreClient(config, diagnostics)
  const pipeline: Pipeline = new Pipeline({
    limits: config,
    diagnostics,
    send: client.appendTracked,
    elapsedMs: () => performance.now(),
    random: Math.random,
  })
  const tracker = new StoreTracker({
    sink: (event) => pipeline.admission.admit(event),
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
      diagnostics.warn(`Retention failed and is tried again later: ${ImmersionError.from(error).message}`),
  })
  const log = new TrackedLog({ client, pipeline, tracker, retention, diagnostics })

  return {
    profile: config.profile,
    tracker: {
      startSession: (start) => tracker.startSession(start),
      get openSessions() {
        return tracker.openSessions
      },
    },
    analytics: createAnalytics(client),
    corrections: createCorrections(client, () => clock.nowMs()),
    maintenance: createMaintenance(client, (error) => diagnostics.observerFailed(error)),
    diagnostics: diagnostics.published,
    events: (query) => publicCall(() => log.events(query)),
    follow: (query) => log.follow(query),
    flush: (options) => publicCall(() => log.flush(options)),
    close: (options) => publicCall(() => log.close(options)),
  }
}

interface LogParts {
  readonly client: StoreClient
  readonly pipeline: Pipeline
  readonly tracker: StoreTracker
  readonly retention: ReturnType<typeof scheduleRetention>
  readonly diagnostics: DiagnosticsRecorder
}

/** What the store itself does with its log: reading events by position, flushing, closing. */
class TrackedLog {
  readonly #parts: LogParts
  #closing: Promise<void> | null = null

  constructor(parts: LogParts) {
    this.#parts = parts
  }

  events(query: Parameters<ImmersionTrackingStore['events']>[0]): Promise<EventPage> {
    const { after, limit = EVENTS_DEFAULT_LIMIT } = plainOptions(query)
    checkInteger('after', after, 0, Number.MAX_SAFE_INTEGER)
    checkInteger('limit', limit, 1, EVENTS_PAGE_MAX)
    return this.#parts.client.events({ after, limit })
  }

  follow(query: Parameters<ImmersionTrackingStore['follow']>[0]): Observable<RecordedEvent> {
    const { client, diagnostics } = this.#parts
    return guarded(
      followEvents({
        after: () => positionOf(query),
        readPage: (after, limit) => client.events({ after, limit }),
        written: acknowledged(diagnostics),
        onGap: (gap) => diagnostics.followGap(gap),
        onError: (error) => diagnostics.failed(error),
      }),
      (error) => diagnostics.observerFailed(error),
    )
  }

  async flush(options: Parameters<ImmersionTrackingStore['flush']>[0]): Promise<void> {
    requireOpen('store', this.#closing === null)
    await this.#flushWithin(timeoutOf(options))
  }

  /** Only the first call reports what was left; the others wait for the same end. */
  async close(options: Parameters<ImmersionTrackingStore['close']>[0]): Promise<void> {
    if (this.#closing !== null) return this.#closing.catch(() => undefined)
    // Before anything is ended: a wrong argument must not cost the events that wait.
    const timeoutMs = timeoutOf(options)
    this.#closing = this.#close(timeoutMs)
    return this.#closing
  }

  async #flushWithin(timeoutMs: number): Promise<void> {
    const { pipeline, diagnostics } = this.#parts
    const flushed = pipeline.flush().then(() => true)
    if (await within(timeoutMs, flushed)) return
    const { waiting, inFlight } = pipeline.admission
    const { lastError } = diagnostics.published.snapshot()
    const message = `After ${timeoutMs} ms ${waiting + inFlight} events were not yet written.`
    throw new ImmersionError('CLOSE_TIMEOUT', message, {
      hint: 'diagnostics.snapshot().lastError says what keeps the database from writing.',
      details: { waiting, inFlight, timeoutMs, lastErrorCode: lastError?.code ?? null },
    })
  }

  /** Ends in any case; rejects where something was left. */
  async #close(timeoutMs: number): Promise<void> {
    const { client, pipeline, tracker, retention, diagnostics } = this.#parts
    tracker.endAll('closed')
    pipeline.admission.close()
    let left: unknown
    try {
      await this.#flushWithin(timeoutMs)
    } catch (error) {
      left = error
      diagnostics.failed(error)
    }
    pipeline.stop()
    retention.stop()
    await client.close(left !== undefined)
    diagnostics.setState('closed')
    diagnostics.close()
    if (left !== undefined) throw left
  }
}

function acknowledged(diagnostics: DiagnosticsRecorder): Observable<unknown> {
  return diagnostics.published.notices.pipe(filter(({ kind }) => kind === 'acknowledged'))
}

function positionOf(query: { readonly after: number }): number {
  const { after } = plainOptions(query)
  checkInteger('after', after, 0, Number.MAX_SAFE_INTEGER)
  return after
}

function timeoutOf(options: { readonly timeoutMs?: number } | undefined): number {
  const { timeoutMs = FLUSH_TIMEOUT_MS } = plainOptions(options)
  checkInteger('timeoutMs', timeoutMs, 0, FLUSH_TIMEOUT_MAX_MS)
  return timeoutMs
}
