// The bounded queue between the caller's thread and everything that may wait: each event of the tracker comes in here, on
// the caller's thread, in a microsecond, and no call throws or waits. batches.ts takes events out again.
//
// An event is: waiting (in facts, details or a summary) → taken (in flight) → settled. When the places are used up, the
// overflow policy decides about detail and telemetry; facts are never shed, they have places of their own, of which each
// open session keeps one for its end. Every event that is admitted is at any moment in exactly one count of diagnostics.

import type { OverflowPolicy } from '../events/defaults.js'
import type { SparseMeasures } from '../events/measures.js'
import { eventClass, type TrackingEvent } from '../events/types.js'
import type { AdmissionAnswer } from '../ports/tracker-types.js'
import { createFifo } from './fifo.js'
import { type AdmittedEvent, createSummaries } from './shed-sums.js'

export interface AdmissionOptions {
  /** Places for detail and telemetry, waiting and in flight together; and as many again for facts. */
  readonly maxEvents: number
  readonly overflowPolicy: OverflowPolicy
  /** The measures of an event, with what nobody has counted yet: asked for what is shed before the worker counts it. */
  readonly countedMeasures: (event: TrackingEvent) => SparseMeasures
  readonly counts: AdmissionCounts
  /** One more event was shed. Called on the caller's thread. */
  readonly onShed: (kind: 'summarized' | 'dropped') => void
  readonly onSessionRefused: (sessionId: string) => void
  /** Something waits. Called on the caller's thread. */
  readonly onWaiting: () => void
}

/** The counters that admission raises; diagnostics owns them. */
export interface AdmissionCounts {
  admitted: number
  summarized: number
  dropped: number
  refusedSessions: number
}

export interface Admission {
  admit(event: TrackingEvent): AdmissionAnswer
  /** The oldest waiting events, at most `limit`; they are in flight from here on. May be fewer: places in flight are limited. */
  take(limit: number): readonly AdmittedEvent[]
  /** A further event, already in flight, for identifiers of a taken one that do not fit its payload. */
  takeFurther(event: TrackingEvent): AdmittedEvent
  /** These are done with, whatever became of them: their places are free. */
  settle(events: readonly AdmittedEvent[]): void
  readonly waiting: number
  readonly inFlight: number
  /** Detail and telemetry that may be in flight at once. */
  readonly maxInFlight: number
  /** Of the latest event admitted; 0 before the first. */
  readonly lastSequence: number
  /** Of the oldest event that waits; Infinity when none does. */
  readonly oldestSequence: number
  /** From now on everything is refused, and counted as dropped. */
  close(): void
}

interface WaitingFact {
  readonly sequence: number
  event: TrackingEvent
}

/** Facts that say more about something: a later one may be joined with one that waits, field by field. */
const JOINABLE: ReadonlySet<string> = new Set(['session.described', 'video.described'])

export function createAdmission(options: AdmissionOptions): Admission {
  const { maxEvents, counts } = options
  // At most half of the places are in flight, and a quarter is for summaries: so where all places are taken, there is
  // always waiting detail to shed, and a stalled database cannot make the newest event the only one to give up.
  const maxDetailInFlight = Math.max(1, Math.floor(maxEvents / 2))
  const maxSummaries = Math.max(1, Math.floor(maxEvents / 4))

  const facts = createFifo<WaitingFact>()
  const details = createFifo<AdmittedEvent>()
  const summaries = createSummaries(maxSummaries, options.countedMeasures)
  const newestDescription = new Map<string, WaitingFact>()
  const openStreams = new Set<string>()
  let detailInFlight = 0
  let factsInFlight = 0
  let lastSequence = 0
  let closed = false

  function admit(event: TrackingEvent): AdmissionAnswer {
    if (closed) {
      counts.admitted += 1
      dropped()
      return 'refused'
    }
    const answer = eventClass(event.type) === 'fact' ? admitFact(event) : admitDetail(event)
    if (answer === 'admitted') options.onWaiting()
    return answer
  }

  function admitDetail(event: TrackingEvent): AdmissionAnswer {
    lastSequence += 1
    counts.admitted += 1
    const admitted = { sequence: lastSequence, event }
    if (details.size + summaries.size + detailInFlight < maxEvents) {
      details.push(admitted)
      return 'admitted'
    }
    switch (options.overflowPolicy) {
      case 'summarize':
        makeRoomBySummary(admitted)
        return 'admitted'
      case 'drop-oldest':
        dropped()
        if (details.shift() === undefined) return 'dropped'
        details.push(admitted)
        return 'admitted'
      case 'drop-newest':
        dropped()
        return 'dropped'
    }
  }

  function dropped(): void {
    counts.dropped += 1
    options.onShed('dropped')
  }

  /** Sums up the oldest detail until a place is free. One that becomes a summary keeps its place; one that joins gives it up. */
  function makeRoomBySummary(admitted: AdmittedEvent): void {
    let oldest = details.shift()
    while (oldest !== undefined && !joinSummary(oldest)) oldest = details.shift()
    if (oldest === undefined) joinSummary(admitted)
    else details.push(admitted)
  }

  function joinSummary(admitted: AdmittedEvent): boolean {
    if (!summaries.join(admitted)) return false
    counts.summarized += 1
    options.onShed('summarized')
    return true
  }

  function admitFact(event: TrackingEvent): AdmissionAnswer {
    const { type, streamId } = event
    const used = facts.size + factsInFlight + openStreams.size
    if (type === 'session.started') {
      if (used + 2 > maxEvents) {
        counts.refusedSessions += 1
        options.onSessionRefused(streamId)
        return 'refused'
      }
      openStreams.add(streamId)
    } else if (type === 'session.ended') {
      if (!openStreams.delete(streamId) && used + 1 > maxEvents) return 'refused'
    } else if (used + 1 > maxEvents && joinDescription(event)) {
      return 'admitted'
    }
    lastSequence += 1
    counts.admitted += 1
    const fact = { sequence: lastSequence, event }
    facts.push(fact)
    if (JOINABLE.has(type)) newestDescription.set(`${type} ${streamId}`, fact)
    return 'admitted'
  }

  /** Without a place, what is described goes into the description of the same stream that waits, as the later word. */
  function joinDescription(event: TrackingEvent): boolean {
    const waiting = newestDescription.get(`${event.type} ${event.streamId}`)
    if (waiting === undefined) return false
    counts.admitted += 1
    counts.summarized += 1
    waiting.event = { ...event, payload: { ...waiting.event.payload, ...event.payload } }
    options.onShed('summarized')
    return true
  }

  function take(limit: number): readonly AdmittedEvent[] {
    const taken: AdmittedEvent[] = []
    while (taken.length < limit) {
      const fact = facts.peek()?.sequence ?? Infinity
      const detail = oldestDetailSequence()
      if (fact < detail) taken.push(takeFact())
      else if (detail < Infinity && detailInFlight < maxDetailInFlight) taken.push(takeDetail())
      else break
    }
    return taken
  }

  /** Summaries are older than any detail that still waits by itself. */
  function oldestDetailSequence(): number {
    return summaries.size > 0 ? summaries.oldestSequence : (details.peek()?.sequence ?? Infinity)
  }

  function takeFact(): AdmittedEvent {
    const fact = facts.shift() as WaitingFact
    factsInFlight += 1
    const key = `${fact.event.type} ${fact.event.streamId}`
    if (newestDescription.get(key) === fact) newestDescription.delete(key)
    return fact
  }

  function takeDetail(): AdmittedEvent {
    detailInFlight += 1
    return summaries.shift() ?? (details.shift() as AdmittedEvent)
  }

  function takeFurther(event: TrackingEvent): AdmittedEvent {
    lastSequence += 1
    counts.admitted += 1
    if (eventClass(event.type) === 'fact') factsInFlight += 1
    else detailInFlight += 1
    return { sequence: lastSequence, event }
  }

  return {
    admit,
    take,
    takeFurther,
    maxInFlight: maxDetailInFlight,
    settle(events) {
      for (const { event } of events) {
        if (eventClass(event.type) === 'fact') factsInFlight -= 1
        else detailInFlight -= 1
      }
    },
    get waiting() {
      return facts.size + details.size + summaries.size
    },
    get inFlight() {
      return factsInFlight + detailInFlight
    },
    get lastSequence() {
      return lastSequence
    },
    get oldestSequence() {
      return Math.min(facts.peek()?.sequence ?? Infinity, oldestDetailSequence())
    },
    close() {
      closed = true
    },
  }
}
