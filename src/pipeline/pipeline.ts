// From a tracker's call to a batch that is written: admission and batches, put together with their shared parts. The store
// opens one over its worker; the contract opens one over a backend, with a clock of its own.

import type { SchedulerLike } from 'rxjs'
import { countedMeasures } from '../events/counting.js'
import type { OverflowPolicy } from '../events/defaults.js'
import { splitIdentifiers } from '../events/truncation.js'
import type { TrackingEvent, VersionedEvent } from '../events/types.js'
import { Admission } from './admission.js'
import { Batches } from './batches.js'
import type { DiagnosticsRecorder } from './diagnostics.js'

export interface PipelineOptions {
  readonly limits: {
    readonly queueMaxEvents: number
    readonly overflowPolicy: OverflowPolicy
    readonly batchMaxEvents: number
    readonly flushIntervalMs: number
    readonly backlogBatchMaxEvents: number
  }
  readonly diagnostics: DiagnosticsRecorder
  readonly send: (events: readonly VersionedEvent[]) => Promise<unknown>
  /** The event as it is recorded where the database refuses it as it is. */
  readonly withoutPayload: (event: TrackingEvent) => TrackingEvent
  readonly elapsedMs: () => number
  /** From 0 inclusive to 1 exclusive: spreads retries. */
  readonly random: () => number
  /** Default: the machine's timers. */
  readonly scheduler?: SchedulerLike
  /** Runs the work at once, but not within the caller's call. Default: a microtask. */
  readonly soon?: (work: () => void) => void
}

export interface Pipeline {
  readonly admission: Admission
  readonly batches: Batches
}

export function createPipeline({ limits, diagnostics, ...options }: PipelineOptions): Pipeline {
  const admission: Admission = new Admission({
    maxEvents: limits.queueMaxEvents,
    overflowPolicy: limits.overflowPolicy,
    countedMeasures,
    counts: diagnostics.counts,
    onShed: (kind) => diagnostics.shed(kind),
    onSessionRefused: (sessionId) => diagnostics.sessionRefused(sessionId),
    onWaiting: () => batches.wake(),
  })
  const { batchMaxEvents, flushIntervalMs, backlogBatchMaxEvents } = limits
  const batches: Batches = new Batches({
    ...options,
    ...{ batchMaxEvents, flushIntervalMs, backlogBatchMaxEvents, admission, diagnostics, splitIdentifiers },
  })
  return { admission, batches }
}
