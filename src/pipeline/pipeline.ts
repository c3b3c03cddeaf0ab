// From a tracker's call to a batch that is written: admission and batches, put together with their shared parts. The store
// opens one over its worker; the contract opens one over a backend, with a clock of its own.

import { countedMeasures } from '../events/counting.js'
import type { OverflowPolicy } from '../events/defaults.js'
import { splitIdentifiers } from '../events/truncation.js'
import { Admission } from './admission.js'
import { Batches, type BatchesOptions } from './batches.js'

export interface PipelineOptions extends Omit<BatchesOptions, keyof BatchLimits | 'admission' | 'splitIdentifiers'> {
  readonly limits: BatchLimits & { readonly queueMaxEvents: number; readonly overflowPolicy: OverflowPolicy }
}

type BatchLimits = Pick<BatchesOptions, 'batchMaxEvents' | 'flushIntervalMs' | 'backlogBatchMaxEvents'>

export interface Pipeline {
  readonly admission: Admission
  readonly batches: Batches
}

export function createPipeline({ limits, ...options }: PipelineOptions): Pipeline {
  const { diagnostics } = options
  const admission: Admission = new Admission({
    maxEvents: limits.queueMaxEvents,
    overflowPolicy: limits.overflowPolicy,
    countedMeasures,
    counts: diagnostics.counts,
    onShed: (kind) => diagnostics.shed(kind),
    onSessionRefused: (sessionId) => diagnostics.sessionRefused(sessionId),
    onWaiting: () => batches.wake(),
  })
  const batches: Batches = new Batches({ ...options, ...limits, admission, splitIdentifiers })
  return { admission, batches }
}
