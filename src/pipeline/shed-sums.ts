// Shed detail as sums: overflow makes one heartbeat per stream, quarter hour and offset, with the sums of everything that
// was shed there. Admission sheds the oldest detail first, so each sum is older than any detail that still waits by itself.

import { quarterOf } from '../events/calendar.js'
import { countedMeasures } from '../events/counting.js'
import { addSparse, type MeasureSums, sparseOf, zeroSums } from '../events/measures.js'
import type { TrackingEvent } from '../events/types.js'

/** An event with its place in the order of arrival, 1-based. */
export interface AdmittedEvent {
  readonly sequence: number
  readonly event: TrackingEvent
}

/** The sums of shed detail for one stream, quarter hour and offset. */
interface ShedSum {
  /** Of the first event in it. */
  readonly sequence: number
  readonly streamId: string
  readonly quarter: number
  readonly utcOffsetMin: number
  occurredAtMs: number
  readonly sums: MeasureSums
  shed: number
}

export class ShedSums {
  readonly #maxSums: number
  readonly #sums = new Map<string, ShedSum>()
  readonly #newestOfStream = new Map<string, ShedSum>()

  constructor(maxSums: number) {
    this.#maxSums = maxSums
  }

  get size(): number {
    return this.#sums.size
  }

  /** Of the oldest sum; Infinity when there is none. */
  get oldestSequence(): number {
    return this.#sums.values().next().value?.sequence ?? Number.POSITIVE_INFINITY
  }

  /** Adds one event. True if there was a sum to join, false if the event began one. */
  join({ sequence, event }: AdmittedEvent): boolean {
    const { streamId, occurredAtMs, utcOffsetMin } = event
    const quarter = quarterOf(occurredAtMs)
    const found = this.#find(streamId, quarter, utcOffsetMin)
    const sum = found ?? { sequence, streamId, quarter, occurredAtMs, utcOffsetMin, sums: zeroSums(), shed: 0 }
    if (found === undefined) {
      this.#sums.set(keyOf(sum), sum)
      this.#newestOfStream.set(streamId, sum)
    }
    addSparse(sum.sums, countedMeasures(event))
    sum.occurredAtMs = Math.min(sum.occurredAtMs, occurredAtMs)
    sum.shed += 1
    return found !== undefined
  }

  /** Takes the oldest sum out, as the heartbeat that it becomes; undefined when there is none. */
  shift(): AdmittedEvent | undefined {
    const sum = this.#sums.values().next().value
    if (sum === undefined) return undefined
    this.#sums.delete(keyOf(sum))
    if (this.#newestOfStream.get(sum.streamId) === sum) this.#newestOfStream.delete(sum.streamId)
    return { sequence: sum.sequence, event: heartbeatOf(sum) }
  }

  #find(streamId: string, quarter: number, utcOffsetMin: number): ShedSum | undefined {
    const newest = this.#newestOfStream.get(streamId)
    // Nearly always this one, and it is found without making a key.
    if (newest?.quarter === quarter && newest.utcOffsetMin === utcOffsetMin) return newest
    const sum = this.#sums.get(keyOf({ streamId, quarter, utcOffsetMin }))
    // Past the limit (days without a database) detail joins its stream's latest sum that waits: totals stay exact and
    // memory stays bounded, and only the quarter hour in which it counts is lost.
    return sum === undefined && this.#sums.size >= this.#maxSums ? newest : sum
  }
}

function keyOf({ streamId, quarter, utcOffsetMin }: Pick<ShedSum, 'streamId' | 'quarter' | 'utcOffsetMin'>): string {
  return `${streamId} ${quarter} ${utcOffsetMin}`
}

function heartbeatOf({ streamId, occurredAtMs, utcOffsetMin, sums, shed }: ShedSum): TrackingEvent {
  return {
    streamId,
    type: 'telemetry.sampled',
    occurredAtMs,
    utcOffsetMin,
    measures: sparseOf(sums),
    payload: { shed },
  }
}
