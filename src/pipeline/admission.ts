// The bounded queue between the caller's thread and everything that may wait. Each event of the tracker comes in here, on
// the caller's thread, in a microsecond, and no call throws or waits. pipeline.ts takes events out again.
//
// An event is: waiting (in facts, details or a sum) → taken (in flight) → done. When the places are used up, the overflow
// policy decides about detail and telemetry. Facts are never shed: they have places of their own, of which each open
// session keeps one for its end. Every admitted event is at any moment in exactly one count of diagnostics.

import type { OverflowPolicy } from '../events/defaults.js'
import { eventClass, type TrackingEvent } from '../events/types.js'
import type { AdmissionAnswer } from '../ports/tracker-types.js'
import type { DiagnosticsRecorder } from './diagnostics.js'
import { Fifo } from './fifo.js'
import { type AdmittedEvent, ShedSums } from './shed-sums.js'

export interface AdmissionOptions {
  /** Places for detail and telemetry, waiting and in flight together; and as many again for facts. */
  readonly queueMaxEvents: number
  readonly overflowPolicy: OverflowPolicy
  readonly diagnostics: Pick<DiagnosticsRecorder, 'admitted' | 'shed' | 'sessionRefused'>
  /** Something waits. Called on the caller's thread. */
  readonly onWaiting: () => void
}

type WaitingFact = { -readonly [Name in keyof AdmittedEvent]: AdmittedEvent[Name] }

/** Facts that describe something: a later one may be joined with one that waits, field by field. */
const JOINABLE: ReadonlySet<string> = new Set(['session.described', 'video.described'])

export class Admission {
  readonly #options: AdmissionOptions
  /** Detail and telemetry that may be in flight at once. */
  readonly maxInFlight: number
  /** Of the latest event admitted; 0 before the first. */
  lastSequence = 0
  readonly #facts = new Fifo<WaitingFact>()
  readonly #details = new Fifo<AdmittedEvent>()
  readonly #sums: ShedSums
  readonly #newestDescription = new Map<string, WaitingFact>()
  readonly #openStreams = new Set<string>()
  #detailInFlight = 0
  #factsInFlight = 0
  #isClosed = false

  constructor(options: AdmissionOptions) {
    this.#options = options
    // At most half of the places are in flight, and a quarter is for sums, so a full queue always has waiting detail to
    // shed, and a stalled database never forces the newest event to be dropped.
    this.maxInFlight = Math.max(1, Math.floor(options.queueMaxEvents / 2))
    this.#sums = new ShedSums(Math.max(1, Math.floor(options.queueMaxEvents / 4)))
  }

  admit(event: TrackingEvent): AdmissionAnswer {
    if (this.#isClosed) {
      this.#options.diagnostics.admitted()
      return this.#drop('refused')
    }
    const answer = eventClass(event.type) === 'fact' ? this.#admitFact(event) : this.#admitDetail(event)
    if (answer === 'admitted') this.#options.onWaiting()
    return answer
  }

  /** The oldest waiting events, at most `limit`, which are in flight from here on. May be fewer: places in flight are limited. */
  take(limit: number): readonly AdmittedEvent[] {
    const taken: AdmittedEvent[] = []
    while (taken.length < limit) {
      const next = sequenceOf(this.#facts) < this.#oldestDetailSequence() ? this.#takeFact() : this.#takeDetail()
      if (next === undefined) break
      taken.push(next)
    }
    return taken
  }

  /** A further event, already in flight, for identifiers of a taken one that do not fit its payload. */
  takeFurther(event: TrackingEvent): AdmittedEvent {
    this.#countInFlight(event, 1)
    return this.#numbered(event)
  }

  /** These events are acknowledged or set aside: their places are free. */
  release(events: readonly AdmittedEvent[]): void {
    for (const { event } of events) this.#countInFlight(event, -1)
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

  /** Of the oldest event that waits; Infinity when none does. */
  get oldestSequence(): number {
    return Math.min(sequenceOf(this.#facts), this.#oldestDetailSequence())
  }

  #numbered(event: TrackingEvent): AdmittedEvent {
    this.lastSequence += 1
    this.#options.diagnostics.admitted()
    return { sequence: this.lastSequence, event }
  }

  #countInFlight(event: TrackingEvent, change: 1 | -1): void {
    if (eventClass(event.type) === 'fact') this.#factsInFlight += change
    else this.#detailInFlight += change
  }

  #admitDetail(event: TrackingEvent): AdmissionAnswer {
    const admitted = this.#numbered(event)
    if (this.#details.size + this.#sums.size + this.#detailInFlight < this.#options.queueMaxEvents) {
      this.#details.push(admitted)
      return 'admitted'
    }
    switch (this.#options.overflowPolicy) {
      case 'summarize':
        this.#makeRoomBySum(admitted)
        return 'admitted'
      case 'drop-oldest':
        if (this.#details.shift() === undefined) return this.#drop('dropped')
        this.#details.push(admitted)
        return this.#drop('admitted')
      case 'drop-newest':
        return this.#drop('dropped')
    }
  }

  /** `answer` is about the event that came in, which need not be the one that is dropped. */
  #drop(answer: AdmissionAnswer): AdmissionAnswer {
    this.#options.diagnostics.shed('dropped')
    return answer
  }

  /** Sums up the oldest detail until a place is free. Detail that begins a sum keeps its place; detail that joins gives it up. */
  #makeRoomBySum(admitted: AdmittedEvent): void {
    let oldest = this.#details.shift()
    while (oldest !== undefined && !this.#joinSum(oldest)) oldest = this.#details.shift()
    if (oldest === undefined) this.#joinSum(admitted)
    else this.#details.push(admitted)
  }

  #joinSum(admitted: AdmittedEvent): boolean {
    const joined = this.#sums.join(admitted)
    if (joined) this.#options.diagnostics.shed('summarized')
    return joined
  }

  #admitFact(event: TrackingEvent): AdmissionAnswer {
    const { type, streamId } = event
    const { queueMaxEvents, diagnostics } = this.#options
    const used = this.#facts.size + this.#factsInFlight + this.#openStreams.size
    if (type === 'session.started') {
      if (used + 2 > queueMaxEvents) {
        diagnostics.sessionRefused(streamId)
        return 'refused'
      }
      this.#openStreams.add(streamId)
    } else if (type === 'session.ended') {
      if (!this.#openStreams.delete(streamId) && used + 1 > queueMaxEvents) return 'refused'
    } else if (used + 1 > queueMaxEvents && this.#joinDescription(event)) {
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
    this.#options.diagnostics.admitted()
    waiting.event = { ...event, payload: { ...waiting.event.payload, ...event.payload } }
    this.#options.diagnostics.shed('summarized')
    return true
  }

  /** Sums are older than any detail that still waits by itself. */
  #oldestDetailSequence(): number {
    return this.#sums.size > 0 ? this.#sums.oldestSequence : sequenceOf(this.#details)
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

/** Of the oldest in the queue; Infinity when it is empty. */
function sequenceOf(queue: Fifo<AdmittedEvent>): number {
  return queue.peek()?.sequence ?? Number.POSITIVE_INFINITY
}

function descriptionKey({ type, streamId }: TrackingEvent): string {
  return `${type} ${streamId}`
}
