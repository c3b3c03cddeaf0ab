// Whether rxjs' bufferTime could cut the batches (docs/decisions/0014-batches-are-not-buffertime.md): the pipeline beside
// the shortest pipe with bufferTime, by cost per event on the caller's thread, by timers while nothing happens, and by
// events that wait while the database is stalled. No database: a send takes no time, or never ends.

import { setImmediate as turn } from 'node:timers/promises'
import { bufferTime, filter, from, mergeMap, Subject } from 'rxjs'
import { createVirtualTime } from '../src/contract/virtual-time.js'
import { BACKEND_DEFAULTS } from '../src/events/defaults.js'
import type { TrackingEvent } from '../src/events/types.js'
import { DiagnosticsRecorder } from '../src/pipeline/diagnostics.js'
import { Pipeline, type PipelineOptions } from '../src/pipeline/pipeline.js'
import { type Benchmark, type BenchmarkRun, byScale } from './benchmark.js'
import { type Figure, percentile, type Spread, spreadOf } from './figures.js'

const { batchMaxEvents, flushIntervalMs } = BACKEND_DEFAULTS
const BATCHES_IN_FLIGHT = 4
const IDLE_MS = 600_000
const STALLED_EVENTS = 20_000

export const batchOperators: Benchmark = {
  name: 'batch-operators',
  about: 'cutting batches by admission and pipeline.ts, and by bufferTime',
  run: async (run) => [await costPerEvent(run), await idleTimers(), waitingEvents()],
}

type Send = () => Promise<unknown>
type Timing = Pick<PipelineOptions, 'scheduler' | 'soon'>

function pipelineOf(send: Send, timing: Timing = {}) {
  const diagnostics = new DiagnosticsRecorder({ nowMs: Date.now, depth: () => ({ waiting: 0, inFlight: 0 }) })
  const elapsedMs = () => performance.now()
  return new Pipeline({
    ...{ limits: BACKEND_DEFAULTS, diagnostics, send, elapsedMs, random: Math.random, ...timing },
  })
}

function bufferedBy(send: Send, { scheduler }: Timing = {}) {
  const events = new Subject<TrackingEvent>()
  const buffers = events.pipe(bufferTime(flushIntervalMs, null, batchMaxEvents, scheduler))
  const sent = buffers.pipe(
    filter((batch) => batch.length > 0),
    mergeMap(() => from(send()), BATCHES_IN_FLIGHT),
  )
  return { events, buffers, stop: sent.subscribe() }
}

async function costPerEvent(run: BenchmarkRun): Promise<Figure> {
  const count = byScale(run, { tiny: 500, usual: 50_000, full: 200_000 })
  const pipeline = pipelineOf(async () => undefined)
  const { events, stop } = bufferedBy(async () => undefined)
  const [ours, theirs] = [new Float64Array(count), new Float64Array(count)]
  for (let index = -count / 5; index < count; index++) {
    const startedMs = performance.now()
    pipeline.admission.admit(lookup(index))
    const admittedMs = performance.now()
    events.next(lookup(index))
    const bufferedMs = performance.now()
    if (index >= 0) {
      ours[index] = (admittedMs - startedMs) * 1000
      theirs[index] = (bufferedMs - admittedMs) * 1000
    }
    if (index % batchMaxEvents === 0) await turn()
  }
  pipeline.stop()
  stop.unsubscribe()
  return figure({
    what: 'one event, on the caller’s thread',
    workload: `${batchMaxEvents} per turn; p99.9 ${percentile(ours, 0.999).toFixed(1)} µs, bufferTime ${percentile(theirs, 0.999).toFixed(1)} µs`,
    measured: spreadOf('µs', ours),
    floor: spreadOf('µs', theirs),
  })
}

async function idleTimers(): Promise<Figure> {
  const [time, bufferedTime] = [createVirtualTime(), createVirtualTime()]
  pipelineOf(async () => undefined, { scheduler: time.scheduler, soon: (work) => time.scheduler.schedule(work) })
  let ours = 0
  let theirs = 0
  bufferedBy(async () => undefined, { scheduler: bufferedTime.scheduler }).buffers.subscribe(() => theirs++)
  for (let ms = 0; ms < IDLE_MS; ms += flushIntervalMs) {
    ours += time.timers
    await time.advance(flushIntervalMs)
    await bufferedTime.advance(flushIntervalMs)
  }
  return figure({
    what: 'timers that fired in 10 minutes without an event',
    workload: 'virtual time',
    measured: spreadOf('timers', [ours]),
    floor: spreadOf('timers', [theirs]),
  })
}

function waitingEvents(): Figure {
  const stalled: Send = () => new Promise(() => {})
  const pipeline = pipelineOf(stalled)
  const { events, stop } = bufferedBy(stalled)
  for (let index = 0; index < STALLED_EVENTS; index++) {
    pipeline.admission.admit(lookup(index))
    events.next(lookup(index))
  }
  const waiting = pipeline.admission.waiting + pipeline.admission.inFlight
  pipeline.stop()
  stop.unsubscribe()
  return figure({
    what: 'events in memory while the database is stalled',
    workload: `${STALLED_EVENTS} events of one session; mergeMap keeps every buffer that has no place in flight`,
    measured: spreadOf('events', [waiting]),
    floor: spreadOf('events', [STALLED_EVENTS]),
  })
}

function figure(parts: {
  readonly what: string
  readonly workload: string
  readonly measured: Spread
  readonly floor: Spread
}): Figure {
  return {
    benchmark: 'batch-operators',
    ...parts,
    floor: { what: `bufferTime(${flushIntervalMs}, null, ${batchMaxEvents}) and mergeMap`, spread: parts.floor },
    ratioOf: 'ours ÷ bufferTime’s, medians',
    ratio: parts.measured.median / parts.floor.median,
    cpuRatio: null,
    reach: 'shows the choice of docs/decisions/0014; nothing is to be reached',
  }
}

function lookup(index: number): TrackingEvent {
  return {
    streamId: '019cae7c-8000-7000-8000-000000000003',
    type: 'lookup.performed',
    occurredAtMs: 1_772_445_600_000 + index,
    utcOffsetMin: 540,
    measures: { lookups: 1 },
    payload: { term: '約束' },
  }
}
