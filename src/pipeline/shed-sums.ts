// What overflow makes of detail: one heartbeat for each stream, quarter hour and offset, with the sums of all that was
// shed there. Admission sheds the oldest first, so each summary is older than any detail that still waits by itself.

import { quarterOf } from '../events/calendar.js'
import { addSparse, MEASURE_NAMES, type MeasureSums, type SparseMeasures, zeroSums } from '../events/measures.js'
import type { TrackingEvent } from '../events/types.js'

/** An event with its place in the order of arrival, 1-based. */
export interface AdmittedEvent {
  readonly sequence: number
  readonly event: TrackingEvent
}

export interface Summaries {
  readonly size: number
  /** Of the oldest; Infinity when there is none. */
  readonly oldestSequence: number
  /** True if there was a summary to join, false if the event made one. */
  join(admitted: AdmittedEvent): boolean
  /** The oldest, as the heartbeat that it becomes; undefined when there is none. */
  shift(): AdmittedEvent | undefined
}

/** The sums of what was shed for one stream, quarter hour and offset. */
interface Summary {
  /** Of the first event in it. */
  readonly sequence: number
  readonly streamId: string
  readonly quarter: number
  readonly utcOffsetMin: number
  occurredAtMs: number
  readonly sums: MeasureSums
  shed: number
}

export function createSummaries(
  maxSummaries: number,
  countedMeasures: (event: TrackingEvent) => SparseMeasures,
): Summaries {
  const summaries = new Map<string, Summary>()
  const newestOfStream = new Map<string, Summary>()

  function join({ sequence, event }: AdmittedEvent): boolean {
    const { streamId, occurredAtMs, utcOffsetMin } = event
    const quarter = quarterOf(occurredAtMs)
    const summary = find(streamId, quarter, utcOffsetMin)
    if (summary !== undefined) {
      add(summary, event)
      return true
    }
    const made: Summary = { sequence, streamId, quarter, occurredAtMs, utcOffsetMin, sums: zeroSums(), shed: 0 }
    summaries.set(keyOf(streamId, quarter, utcOffsetMin), made)
    newestOfStream.set(streamId, made)
    add(made, event)
    return false
  }

  function find(streamId: string, quarter: number, utcOffsetMin: number): Summary | undefined {
    const newest = newestOfStream.get(streamId)
    // Nearly always this one; found without making a key.
    if (newest?.quarter === quarter && newest.utcOffsetMin === utcOffsetMin) return newest
    const summary = summaries.get(keyOf(streamId, quarter, utcOffsetMin))
    // Past the limit (days without a database) a stream's sums go into its latest quarter hour that waits: totals stay
    // exact, memory stays bounded, and what is lost is in which quarter hour it was.
    return summary === undefined && summaries.size >= maxSummaries ? newest : summary
  }

  function add(summary: Summary, event: TrackingEvent): void {
    addSparse(summary.sums, countedMeasures(event))
    summary.occurredAtMs = Math.min(summary.occurredAtMs, event.occurredAtMs)
    summary.shed += 1
  }

  return {
    get size() {
      return summaries.size
    },
    get oldestSequence() {
      return summaries.values().next().value?.sequence ?? Number.POSITIVE_INFINITY
    },
    join,
    shift() {
      const oldest = summaries.entries().next().value
      if (oldest === undefined) return undefined
      const [key, summary] = oldest
      summaries.delete(key)
      if (newestOfStream.get(summary.streamId) === summary) newestOfStream.delete(summary.streamId)
      return { sequence: summary.sequence, event: heartbeatOf(summary) }
    },
  }
}

function keyOf(streamId: string, quarter: number, utcOffsetMin: number): string {
  return `${streamId} ${quarter} ${utcOffsetMin}`
}

function heartbeatOf(summary: Summary): TrackingEvent {
  const measures: Record<string, number> = {}
  for (const [index, name] of MEASURE_NAMES.entries()) {
    const sum = summary.sums[index]
    if (sum) measures[name] = sum
  }
  const { streamId, occurredAtMs, utcOffsetMin, shed } = summary
  return { streamId, type: 'telemetry.sampled', occurredAtMs, utcOffsetMin, measures, payload: { shed } }
}
