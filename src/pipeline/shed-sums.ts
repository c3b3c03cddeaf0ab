// Shed detail as sums: overflow makes one heartbeat per stream, quarter hour and offset, with the sums of everything that
// was shed there. Admission sheds the oldest detail first, so each sum is older than any detail that still waits by itself.

import { quarterOf } from '../events/calendar.js'
import { countedMeasures } from '../events/counting.js'
import {
  addSparse,
  MEASURE_INDEX,
  type MeasureName,
  type MeasureSums,
  type SparseMeasures,
  sparseOf,
  zeroSums,
} from '../events/measures.js'
import type { TrackingEvent } from '../events/types.js'
import { MEASURE_LIMIT } from '../events/validation.js'

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
  /** In the order in which they began. */
  readonly #sums = new Set<ShedSum>()
  /** By stream, quarter hour and offset: the sum that further detail joins. */
  readonly #joined = new Map<string, ShedSum>()
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
    const counted = countedMeasures(event)
    const latest = this.#find(streamId, quarter, utcOffsetMin)
    const found = latest !== undefined && hasRoom(latest.sums, counted) ? latest : undefined
    const sum = found ?? { sequence, streamId, quarter, occurredAtMs, utcOffsetMin, sums: zeroSums(), shed: 0 }
    if (found === undefined) {
      this.#sums.add(sum)
      this.#joined.set(keyOf(sum), sum)
      this.#newestOfStream.set(streamId, sum)
    }
    addSparse(sum.sums, counted)
    sum.occurredAtMs = Math.min(sum.occurredAtMs, occurredAtMs)
    sum.shed += 1
    return found !== undefined
  }

  /** Takes the oldest sum out, as the heartbeat that it becomes; undefined when there is none. */
  shift(): AdmittedEvent | undefined {
    const sum = this.#sums.values().next().value
    if (sum === undefined) return undefined
    this.#sums.delete(sum)
    if (this.#joined.get(keyOf(sum)) === sum) this.#joined.delete(keyOf(sum))
    if (this.#newestOfStream.get(sum.streamId) === sum) this.#newestOfStream.delete(sum.streamId)
    return { sequence: sum.sequence, event: heartbeatOf(sum) }
  }

  #find(streamId: string, quarter: number, utcOffsetMin: number): ShedSum | undefined {
    const newest = this.#newestOfStream.get(streamId)
    // Nearly always this one, and it is found without making a key.
    if (newest?.quarter === quarter && newest.utcOffsetMin === utcOffsetMin) return newest
    const sum = this.#joined.get(keyOf({ streamId, quarter, utcOffsetMin }))
    // Past the limit (days without a database) detail joins its stream's latest sum that waits: totals stay exact and
    // memory stays bounded, and only the quarter hour in which it counts is lost.
    return sum === undefined && this.#sums.size >= this.#maxSums ? newest : sum
  }
}

/** Whether the sums stay within what an event may measure. */
function hasRoom(sums: MeasureSums, added: SparseMeasures): boolean {
  // The keys are names of measures, as the types say.
  return (Object.keys(added) as MeasureName[]).every(
    (name) => (sums[MEASURE_INDEX[name]] ?? 0) + (added[name] ?? 0) < MEASURE_LIMIT,
  )
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
