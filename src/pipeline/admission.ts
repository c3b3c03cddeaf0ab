// The bounded queue between the caller's thread and everything that may wait. Each event of the tracker comes in here, on
// the caller's thread, in a microsecond, and no call throws or waits. batches.ts takes events out again.
//
// An event is: waiting (in facts, details or a sum) → taken (in flight) → done. When the places are used up, the overflow
// policy decides about detail and telemetry. Facts are never shed: they have places of their own, of which each open
// session keeps one for its end. Every admitted event is at any moment in exactly one count of diagnostics.

import type { OverflowPolicy } from '../events/defaults.js'
import type { SparseMeasures } from '../events/measures.js'
import { eventClass, type TrackingEvent } from '../events/types.js'
import type { AdmissionAnswer } from '../ports/tracker-types.js'
import type { DiagnosticsCounts } from './diagnostics.js'
import { Fifo } from './fifo.js'
import { type AdmittedEvent, ShedSums } from './shed-sums.js'

export interface AdmissionOptions {
  /** Places for detail and telemetry, waiting and in flight together; and as many again for facts. */
  readonly maxEvents: number
  readonly overflowPolicy: OverflowPolicy
  /** The measures of an event, with those that are not counted yet: called for events that are shed before the worker counts. */
  readonly countedMeasures: (event: TrackingEvent) => SparseMeasures
  /** The counters that admission raises. */
  readonly counts: Pick<DiagnosticsCounts, 'admitted' | 'summarized' | 'dropped' | 'refusedSessions'>
  /** One more event was shed. Called on the caller's thread. */
  readonly onShed: (kind: 'summarized' | 'dropped') => void
  readonly onSessionRefused: (sessionId: string) => void
  /** Something waits. Called on the caller's thread. */
  readonly onWaiting: () => void
}

interface WaitingFact {
  readonly sequence: number
  event: TrackingEvent
}

/** Facts that describe something: a later one may be joined with one that waits, field by field. */
const JOINABLE: ReadonlySet<string> = new Set(['session.described', 'video.described'])

export class Admission {
  readonly #options: AdmissionOptions
  /** Detail and telemetry that may be in flight at once. */
  readonly maxInFlight: number
  readonly #facts = new Fifo<WaitingFact>()
  readonly #details = new Fifo<AdmittedEvent>()
  readonly #sums: ShedSums
  readonly #newestDescription = new Map<string, WaitingFact>()
  readonly #openStreams = new Set<string>()
  #detailInFlight = 0
  #factsInFlight = 0
  #lastSequence = 0
  #isClosed = false

  constructor(options: AdmissionOptions) {
    this.#options = options
    // At most half of the places are in flight, and a quarter is for sums, so a full queue always has waiting detail to
    // shed, and a stalled database never forces the newest event to be dropped.
    this.maxInFlight = Math.max(1, Math.floor(options.maxEvents / 2))
    this.#sums = new ShedSums(Math.max(1, Math.floor(options.maxEvents / 4)), options.countedMeasures)
  }

  admit(event: TrackingEvent): AdmissionAnswer {
    if (this.#isClosed) {
      this.#options.counts.admitted += 1
      this.#drop()
      return 'refused'
    }
    const answer = eventClass(event.type) === 'fact' ? this.#admitFact(event) : this.#admitDetail(event)
    if (answer === 'admitted') this.#options.onWaiting()
    return answer
  }

  /** The oldest waiting events, at most `limit`, which are in flight from here on. May be fewer: places in flight are limited. */
  take(limit: number): readonly AdmittedEvent[] {
    const taken: AdmittedEvent[] = []
    while (taken.length < limit) {
      const fact = this.#facts.peek()?.sequence ?? Number.POSITIVE_INFINITY
      const detail = this.#oldestDetailSequence()
      const next = fact < detail ? this.#takeFact() : this.#takeDetail()
      if (next === undefined) break
      taken.push(next)
    }
    return taken
  }

  /** A further event, already in flight, for identifiers of a taken one that do not fit its payload. */
  takeFurther(event: TrackingEvent): AdmittedEvent {
    if (eventClass(event.type) === 'fact') this.#factsInFlight += 1
    else this.#detailInFlight += 1
    return this.#numbered(event)
  }

  /** These events are acknowledged or set aside: their places are free. */
  release(events: readonly AdmittedEvent[]): void {
    for (const { event } of events) {
      if (eventClass(event.type) === 'fact') this.#factsInFlight -= 1
      else this.#detailInFlight -= 1
    }
  }

  /** From now on every event is refused, and counted as dropped. */
  close(): void {
    this.#isClosed = true
  }

  get waiting(): number {
    return this.#facts.size + this.#details.size + this.#sums.size
  }

  get inFlight(): number {
    return this.#factsInFlight + this.#detailInFlight
  }

  /** Of the latest event admitted; 0 before the first. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  /** Of the oldest event that waits; Infinity when none does. */
  get oldestSequence(): number {
    return Math.min(this.#facts.peek()?.sequence ?? Number.POSITIVE_INFINITY, this.#oldestDetailSequence())
  }

  #numbered(event: TrackingEvent): AdmittedEvent {
    this.#lastSequence += 1
    this.#options.counts.admitted += 1
    return { sequence: this.#lastSequence, event }
  }

  #admitDetail(event: TrackingEvent): AdmissionAnswer {
    const admitted = this.#numbered(event)
    if (this.#details.size + this.#sums.size + this.#detailInFlight < this.#options.maxEvents) {
      this.#details.push(admitted)
      return 'admitted'
    }
    switch (this.#options.overflowPolicy) {
      case 'summarize':
        this.#makeRoomBySum(admitted)
        return 'admitted'
      case 'drop-oldest':
        this.#drop()
        if (this.#details.shift() === undefined) return 'dropped'
        this.#details.push(admitted)
        return 'admitted'
      case 'drop-newest':
        this.#drop()
        return 'dropped'
    }
  }

  #drop(): void {
    this.#options.counts.dropped += 1
    this.#options.onShed('dropped')
  }

  #summarized(): void {
    this.#options.counts.summarized += 1
    this.#options.onShed('summarized')
  }

  /** Sums up the oldest detail until a place is free. Detail that begins a sum keeps its place; detail that joins gives it up. */
  #makeRoomBySum(admitted: AdmittedEvent): void {
    let oldest = this.#details.shift()
    while (oldest !== undefined && !this.#joinSum(oldest)) oldest = this.#details.shift()
    if (oldest === undefined) this.#joinSum(admitted)
    else this.#details.push(admitted)
  }

  #joinSum(admitted: AdmittedEvent): boolean {
    if (!this.#sums.join(admitted)) return false
    this.#summarized()
    return true
  }

  #admitFact(event: TrackingEvent): AdmissionAnswer {
    const { type, streamId } = event
    const { maxEvents, counts, onSessionRefused } = this.#options
    const used = this.#facts.size + this.#factsInFlight + this.#openStreams.size
    if (type === 'session.started') {
      if (used + 2 > maxEvents) {
        counts.refusedSessions += 1
        onSessionRefused(streamId)
        return 'refused'
      }
      this.#openStreams.add(streamId)
    } else if (type === 'session.ended') {
      if (!this.#openStreams.delete(streamId) && used + 1 > maxEvents) return 'refused'
    } else if (used + 1 > maxEvents && this.#joinDescription(event)) {
      return 'admitted'
    }
    const fact: WaitingFact = this.#numbered(event)
    this.#facts.push(fact)
    if (JOINABLE.has(type)) this.#newestDescription.set(descriptionKey(event), fact)
    return 'admitted'
  }

  /** Without a place, a description goes into the waiting description of the same stream, as the later one. */
  #joinDescription(event: TrackingEvent): boolean {
    const waiting = this.#newestDescription.get(descriptionKey(event))
    if (waiting === undefined) return false
    this.#options.counts.admitted += 1
    waiting.event = { ...event, payload: { ...waiting.event.payload, ...event.payload } }
    this.#summarized()
    return true
  }

  /** Sums are older than any detail that still waits by itself. */
  #oldestDetailSequence(): number {
    if (this.#sums.size > 0) return this.#sums.oldestSequence
    return this.#details.peek()?.sequence ?? Number.POSITIVE_INFINITY
  }

  #takeFact(): AdmittedEvent | undefined {
    const fact = this.#facts.shift()
    if (fact === undefined) return undefined
    this.#factsInFlight += 1
    const key = descriptionKey(fact.event)
    if (this.#newestDescription.get(key) === fact) this.#newestDescription.delete(key)
    return fact
  }

  #takeDetail(): AdmittedEvent | undefined {
    if (this.#detailInFlight >= this.maxInFlight) return undefined
    const detail = this.#sums.shift() ?? this.#details.shift()
    if (detail !== undefined) this.#detailInFlight += 1
    return detail
  }
}

function descriptionKey({ type, streamId }: TrackingEvent): string {
  return `${type} ${streamId}`
}
