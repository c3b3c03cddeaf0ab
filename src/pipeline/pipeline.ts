// Takes events from admission in batches, and has each batch written. This class decides when a batch is cut, gives its
// events their versions (from here on they can be sent twice without harm), and keeps up to four batches in flight.
// delivery.ts sends each batch.
//
// Something waits → a timer runs, or a full batch is cut at once, after the caller's call → cut → in flight → delivered,
// which makes room for the next. While nothing waits, no timer runs.

import { asyncScheduler, mergeMap, type SchedulerLike, Subject, switchMap, takeUntil, timer } from 'rxjs'
import { splitIdentifiers } from '../events/truncation.js'
import type { TrackingEvent } from '../events/types.js'
import { Admission, type AdmissionOptions } from './admission.js'
import { type BatchEvent, Delivery, type DeliveryOptions } from './delivery.js'
import { Fifo } from './fifo.js'

export interface PipelineOptions extends Omit<DeliveryOptions, 'scheduler' | 'admission'> {
  readonly limits: Pick<AdmissionOptions, 'queueMaxEvents' | 'overflowPolicy'> & {
    readonly batchMaxEvents: number
    readonly flushIntervalMs: number
    readonly backlogBatchMaxEvents: number
  }
  readonly scheduler?: SchedulerLike
  /** Runs the work at once, but not within the caller's call. Default: a microtask. */
  readonly soon?: (work: () => void) => void
}

type Batch = readonly BatchEvent[]

/** Enough to keep the worker busy while answers are under way; more only delays retries. */
const BATCHES_IN_FLIGHT_MAX = 4
/** One is being written and one is ready. Further batches are cut only when full, because small ones drain slowly. */
const BATCHES_AT_WORK = 2
/** Version counters of ended streams that are kept, should something still come for one. */
const ENDED_STREAMS_KEPT = 1000

export class Pipeline {
  readonly admission: Admission
  readonly #options: PipelineOptions
  /** The most events of one batch. */
  readonly #cutLimit: number
  readonly #delivery: Delivery
  /** The latest version of each stream: 1, 2, 3 and so on. */
  readonly #versions = new Map<string, number>()
  readonly #ended = new Fifo<string>()

  readonly #firstWaits = new Subject<void>()
  readonly #emptied = new Subject<void>()
  readonly #cutBatches = new Subject<Batch>()

  readonly #undelivered = new Set<Batch>()
  #flushes: { readonly through: number; readonly resolve: () => void }[] = []
  #flushThrough = 0
  #timerRuns = false
  #isOverdue = false
  #looksSoon = false

  constructor(options: PipelineOptions) {
    const { limits, diagnostics, scheduler = asyncScheduler } = options
    const admission = new Admission({ ...limits, diagnostics, onWaiting: () => this.#wake() })
    this.admission = admission
    this.#options = options
    // Two batches of a backlog fit into flight, so that one is on its way while the other is written.
    const backlogLimit = Math.min(limits.backlogBatchMaxEvents, Math.floor(admission.maxInFlight / 2))
    this.#cutLimit = Math.max(1, Math.min(limits.batchMaxEvents, admission.maxInFlight), backlogLimit)
    this.#delivery = new Delivery({ ...options, admission, scheduler })
    this.#firstWaits
      .pipe(switchMap(() => timer(limits.flushIntervalMs, scheduler).pipe(takeUntil(this.#emptied))))
      .subscribe(() => {
        this.#isOverdue = true
        this.#cutWhatIsDue()
      })
    this.#cutBatches.pipe(mergeMap((batch) => this.#deliver(batch), BATCHES_IN_FLIGHT_MAX)).subscribe()
  }

  /** Resolves when every event that was admitted before the call is delivered. Does not wait for timers. */
  flush(): Promise<void> {
    const through = this.admission.lastSequence
    this.#flushThrough = through
    this.#cutWhatIsDue()
    this.#delivery.retryNow()
    return new Promise<void>((resolve) => {
      this.#flushes.push({ through, resolve })
      this.#resolveFlushes()
    })
  }

  /** Sends nothing more; batches in flight stay undelivered. */
  stop(): void {
    this.#delivery.stop()
    this.#emptied.next()
  }

  /** Something waits. Called for each event on the caller's thread, so it only looks at numbers. */
  #wake(): void {
    if (this.#looksSoon) return
    const { limits, soon = queueMicrotask } = this.#options
    if (this.#timerRuns && !(this.admission.waiting >= limits.batchMaxEvents && this.#hasRoom())) return
    this.#looksSoon = true
    soon(this.#look)
  }

  /** The work that is not worth the caller's time: cutting and sending, and starting a timer. */
  readonly #look = (): void => {
    this.#looksSoon = false
    this.#cutWhatIsDue()
    if (this.#delivery.isStopped || this.#timerRuns || this.admission.waiting === 0) return
    this.#timerRuns = true
    this.#firstWaits.next()
  }

  #cutWhatIsDue(): void {
    while (!this.#delivery.isStopped && this.#isDue() && this.#hasRoom()) {
      const batch = this.#cut()
      if (batch.length === 0) return
      this.#undelivered.add(batch)
      this.#cutBatches.next(batch)
    }
  }

  #isDue(): boolean {
    const { waiting, oldestSequence } = this.admission
    if (this.#isOverdue) return waiting > 0
    return waiting >= this.#options.limits.batchMaxEvents || oldestSequence <= this.#flushThrough
  }

  #hasRoom(): boolean {
    if (this.#undelivered.size < BATCHES_AT_WORK) return true
    if (this.#undelivered.size >= BATCHES_IN_FLIGHT_MAX) return false
    // A batch that is retried is not at work, and only another batch's success shows whether an event is to blame.
    if (this.#delivery.isRetrying) return true
    const { waiting, maxInFlight, inFlight } = this.admission
    return Math.min(waiting, maxInFlight - inFlight) >= this.#cutLimit
  }

  #cut(): Batch {
    const taken = this.admission.take(this.#cutLimit)
    if (this.admission.waiting === 0) {
      this.#isOverdue = false
      this.#timerRuns = false
      this.#emptied.next()
    }
    const batch: BatchEvent[] = []
    for (const admitted of taken) {
      const [event = admitted.event, ...further] = this.#partsOf(admitted.event)
      batch.push({ event, version: this.#nextVersion(event), admitted })
      for (const part of further) {
        batch.push({ event: part, version: this.#nextVersion(part), admitted: this.admission.takeFurther(part) })
      }
    }
    return batch
  }

  /** An event that cannot be read is sent as it is: the encoder refuses it, and it is set aside then. */
  #partsOf(event: TrackingEvent): readonly TrackingEvent[] {
    try {
      return splitIdentifiers(event)
    } catch (error) {
      this.#options.diagnostics.failed(error)
      return [event]
    }
  }

  #nextVersion({ streamId, type }: TrackingEvent): number {
    const version = (this.#versions.get(streamId) ?? 0) + 1
    this.#versions.set(streamId, version)
    if (type === 'session.ended') this.#ended.push(streamId)
    const forgotten = this.#ended.size > ENDED_STREAMS_KEPT ? this.#ended.shift() : undefined
    if (forgotten !== undefined) this.#versions.delete(forgotten)
    return version
  }

  async #deliver(batch: Batch): Promise<void> {
    try {
      await this.#delivery.deliver(batch)
      if (this.#delivery.isStopped) return
      this.#undelivered.delete(batch)
      this.#cutWhatIsDue()
      this.#resolveFlushes()
    } catch (defect) {
      this.#options.diagnostics.failed(defect)
    }
  }

  #resolveFlushes(): void {
    if (this.#flushes.length === 0) return
    let oldest = this.admission.oldestSequence
    for (const [first] of this.#undelivered) {
      if (first !== undefined) oldest = Math.min(oldest, first.admitted.sequence)
    }
    const reached = this.#flushes.filter(({ through }) => through < oldest)
    this.#flushes = this.#flushes.filter(({ through }) => through >= oldest)
    for (const { resolve } of reached) resolve()
  }
}
