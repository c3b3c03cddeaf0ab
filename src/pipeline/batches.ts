// Takes what waits in admission out of it in batches: decides when one is cut, gives its events their versions (from here
// on they can be sent twice without harm), and keeps up to four in flight. What becomes of a batch is delivery.ts's.
//
// Something waits → a timer runs, or a full batch is cut at once, after the caller's call → cut → in flight → settled,
// which makes room for the next. While nothing waits, no timer runs.

import {
  asyncScheduler,
  catchError,
  EMPTY,
  from,
  mergeMap,
  type SchedulerLike,
  Subject,
  switchMap,
  takeUntil,
  tap,
  timer,
} from 'rxjs'
import type { TrackingEvent } from '../events/types.js'
import { type BatchEvent, createDelivery, type DeliveryOptions } from './delivery.js'
import { createFifo } from './fifo.js'

export interface BatchesOptions extends Omit<DeliveryOptions, 'scheduler'> {
  /** The event as one or more whose identifiers fit their payloads. */
  readonly splitIdentifiers: (event: TrackingEvent) => readonly TrackingEvent[]
  readonly batchMaxEvents: number
  readonly flushIntervalMs: number
  readonly backlogBatchMaxEvents: number
  readonly scheduler?: SchedulerLike
  /** Runs the work at once, but not within the caller's call. Default: a microtask. */
  readonly soon?: (work: () => void) => void
}

export interface Batches {
  /** Something waits. Called for each event on the caller's thread, so it only looks at numbers. */
  wake(): void
  /** Resolves when all that was admitted before the call is settled. Does not wait for timers. */
  flush(): Promise<void>
  /** Sends nothing more; what is in flight stays unsettled. */
  stop(): void
}

/** Enough to keep the worker busy while answers are under way; more only delays what is retried. */
const BATCHES_IN_FLIGHT_MAX = 4
/** One is written, one lies ready. Beyond them only a full one is cut: a backlog that is cut small is drained slowly. */
const BATCHES_AT_WORK = 2
/** Version counters of ended streams that are kept, should something still come for one. */
const ENDED_STREAMS_KEPT = 1000

export function createBatches(options: BatchesOptions): Batches {
  const { admission, diagnostics, batchMaxEvents } = options
  const scheduler = options.scheduler ?? asyncScheduler
  const soon = options.soon ?? queueMicrotask
  // Two batches of a backlog fit into flight, so that one is on its way while the other is written.
  const backlogLimit = Math.min(options.backlogBatchMaxEvents, Math.floor(admission.maxInFlight / 2))
  const cutLimit = Math.max(1, Math.min(batchMaxEvents, admission.maxInFlight), backlogLimit)

  const firstWaits = new Subject<void>()
  const emptied = new Subject<void>()
  const batches = new Subject<readonly BatchEvent[]>()
  const stopped = new Subject<void>()

  const delivery = createDelivery({ ...options, scheduler })
  const nextVersion = createVersions()
  const unsettled = new Set<readonly BatchEvent[]>()
  let flushes: { readonly through: number; readonly resolve: () => void }[] = []
  let flushThrough = 0
  let timerRuns = false
  let overdue = false
  let looksSoon = false
  let isStopped = false

  const waitedLongEnough = firstWaits.pipe(
    switchMap(() => timer(options.flushIntervalMs, scheduler).pipe(takeUntil(emptied))),
    tap(() => {
      overdue = true
    }),
  )
  waitedLongEnough.pipe(takeUntil(stopped)).subscribe(cutWhatIsDue)

  batches
    .pipe(
      mergeMap((batch) => from(settle(batch)).pipe(catchError(reportDefect)), BATCHES_IN_FLIGHT_MAX),
      takeUntil(stopped),
    )
    .subscribe()

  function wake(): void {
    if (looksSoon) return
    if (timerRuns && !(admission.waiting >= batchMaxEvents && hasRoom())) return
    looksSoon = true
    soon(look)
  }

  /** What is not worth the caller's time: cutting and sending, and starting a timer. */
  function look(): void {
    looksSoon = false
    cutWhatIsDue()
    if (isStopped || timerRuns || admission.waiting === 0) return
    timerRuns = true
    firstWaits.next()
  }

  function cutWhatIsDue(): void {
    while (!isStopped && isDue() && hasRoom()) {
      const batch = cut()
      if (batch.length === 0) return
      unsettled.add(batch)
      batches.next(batch)
    }
  }

  function isDue(): boolean {
    return overdue ? admission.waiting > 0 : admission.waiting >= batchMaxEvents || mustFlush()
  }

  function hasRoom(): boolean {
    if (unsettled.size < BATCHES_AT_WORK) return true
    if (unsettled.size >= BATCHES_IN_FLIGHT_MAX) return false
    // What is tried again is not at work, and only another batch's success shows whether an event is to blame.
    if (delivery.isRetrying()) return true
    return Math.min(admission.waiting, admission.maxInFlight - admission.inFlight) >= cutLimit
  }

  function mustFlush(): boolean {
    return admission.oldestSequence <= flushThrough
  }

  function cut(): readonly BatchEvent[] {
    const taken = admission.take(cutLimit)
    if (admission.waiting === 0) {
      overdue = false
      timerRuns = false
      emptied.next()
    }
    const batch: BatchEvent[] = []
    for (const admitted of taken) {
      const [event = admitted.event, ...further] = partsOf(admitted.event)
      batch.push({ event, version: nextVersion(event), admitted })
      for (const part of further) {
        batch.push({ event: part, version: nextVersion(part), admitted: admission.takeFurther(part) })
      }
    }
    return batch
  }

  /** One that cannot be looked at is refused by whoever encodes it, and set aside then. */
  function partsOf(event: TrackingEvent): readonly TrackingEvent[] {
    try {
      return options.splitIdentifiers(event)
    } catch (error) {
      diagnostics.failed(error)
      return [event]
    }
  }

  async function settle(batch: readonly BatchEvent[]): Promise<void> {
    await delivery.deliver(batch)
    if (isStopped) return
    unsettled.delete(batch)
    cutWhatIsDue()
    resolveFlushes()
  }

  function resolveFlushes(): void {
    if (flushes.length === 0) return
    let oldest = admission.oldestSequence
    for (const batch of unsettled) oldest = Math.min(oldest, batch[0]?.admitted.sequence ?? Infinity)
    const reached = flushes.filter(({ through }) => through < oldest)
    flushes = flushes.filter(({ through }) => through >= oldest)
    for (const { resolve } of reached) resolve()
  }

  function reportDefect(error: unknown) {
    diagnostics.failed(error)
    return EMPTY
  }

  return {
    wake,
    flush() {
      flushThrough = admission.lastSequence
      cutWhatIsDue()
      delivery.retryNow()
      return new Promise<void>((resolve) => {
        flushes.push({ through: flushThrough, resolve })
        resolveFlushes()
      })
    },
    stop() {
      isStopped = true
      stopped.next()
      delivery.stop()
    },
  }
}

/** Hands out versions, 1, 2, 3 in each stream. */
function createVersions(): (event: TrackingEvent) => number {
  const latest = new Map<string, number>()
  const ended = createFifo<string>()
  return ({ streamId, type }) => {
    const version = (latest.get(streamId) ?? 0) + 1
    latest.set(streamId, version)
    if (type === 'session.ended') ended.push(streamId)
    if (ended.size > ENDED_STREAMS_KEPT) latest.delete(ended.shift() as string)
    return version
  }
}
