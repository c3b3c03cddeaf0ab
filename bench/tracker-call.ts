// What one call costs the player: each call timed by itself on an open store whose worker keeps up, beside pushing an
// object on an array timed in the same way; and the throughput of tracker and admission alone, by tinybench.

import { setImmediate as turn } from 'node:timers/promises'
import { Bench } from 'tinybench'
import { createSystemClock } from '../src/events/clock.js'
import { BACKEND_DEFAULTS } from '../src/events/defaults.js'
import { uuidV7 } from '../src/events/ids.js'
import { Admission } from '../src/pipeline/admission.js'
import { DiagnosticsRecorder } from '../src/pipeline/diagnostics.js'
import type { TrackedSession } from '../src/ports/tracker-types.js'
import { checkConfig } from '../src/store/config.js'
import { openStore } from '../src/store/open-store.js'
import { StoreTracker } from '../src/tracker/tracker.js'
import { type Benchmark, type BenchmarkRun, byScale } from './benchmark.js'
import { type Figure, percentile, type Spread, spreadOf } from './figures.js'
import { type Line, linesOf } from './mix-texts.js'
import { lineCall } from './played-mix.js'

const CALLS = ['line', 'lookup', 'card', 'position'] as const
type Call = (typeof CALLS)[number]

const LIMITS = {
  heartbeatIntervalMs: BACKEND_DEFAULTS.heartbeatIntervalMs,
  gapMaxMs: BACKEND_DEFAULTS.gapMaxMs,
  idleAfterMs: BACKEND_DEFAULTS.idleAfterMs,
}
/** So few between two turns of the event loop that the worker keeps up and nothing is shed. */
const CALLS_A_TURN = 20
const WAITING_MAX = 300

export const trackerCall: Benchmark = {
  name: 'tracker-call',
  about: 'one call of the tracker on the caller’s thread',
  async run(run) {
    const figures: Figure[] = []
    for (const call of CALLS) figures.push(await measureCall(run, call))
    return [...figures, ...(await measureThroughput(run))]
  },
}

async function measureCall(run: BenchmarkRun, call: Call): Promise<Figure> {
  const count = byScale(run, { tiny: 200, usual: 20_000, full: 100_000 })
  const warmUp = byScale(run, { tiny: 100, usual: 5_000, full: 20_000 })
  const at = run.databases.fresh()
  const store = await openStore(checkConfig({ storage: { path: at } }), createSystemClock())
  const session = store.tracker.startSession({ videoKey: 'local:/bench.mkv', targetLanguage: 'ja' })
  const [times, floorTimes] = [new Float64Array(count), new Float64Array(count)]
  let pushed: object[] = []
  for (let index = -warmUp; index < count; index++) {
    const argument = argumentOf(index + warmUp)
    const startedMs = performance.now()
    makeCall(session, call, argument)
    const calledMs = performance.now()
    pushed.push({ type: call, atMs: argument.startMs, line: argument })
    const pushedMs = performance.now()
    if (index >= 0) {
      times[index] = (calledMs - startedMs) * 1_000
      floorTimes[index] = (pushedMs - calledMs) * 1_000
    }
    if (index % CALLS_A_TURN !== 0) continue
    pushed = []
    do await turn()
    while (isBehind(store))
  }
  const { summarized, dropped } = store.diagnostics.snapshot()
  await store.close()
  run.databases.remove(at)
  return {
    benchmark: 'tracker-call',
    what: `session.${call}()`,
    workload: `p99.9 ${percentile(times, 0.999).toFixed(2)} µs; ${summarized + dropped} events shed; each call timed, the clock’s own cost in it`,
    measured: spreadOf('µs', times),
    floor: { what: 'pushing an object on an array, timed as well', spread: spreadOf('µs', floorTimes) },
    ratioOf: 'time ÷ the floor’s time, medians',
    ratio: percentile(times, 0.5) / percentile(floorTimes, 0.5),
    cpuRatio: null,
    reach: 'p50 at most 1 µs, p99 at most 5 µs',
  }
}

function isBehind(store: { readonly diagnostics: { snapshot(): { readonly waiting: number } } }): boolean {
  return store.diagnostics.snapshot().waiting > WAITING_MAX
}

type Argument = ReturnType<typeof lineCall>

function argumentOf(index: number): Argument {
  const lines = linesOf('ja')
  return lineCall(lines[Math.abs(index) % lines.length] as Line, index * 4_000, 'caller')
}

function makeCall(session: TrackedSession, call: Call, argument: Argument): void {
  if (call === 'line') session.line(argument)
  else if (call === 'lookup') session.lookup({ term: '約束', hit: true })
  else if (call === 'card') session.card({ noteIds: [argument.startMs] })
  else session.position(argument.startMs)
}

async function measureThroughput(run: BenchmarkRun): Promise<readonly Figure[]> {
  const session = sessionWithoutWorker()
  const bench = new Bench({ time: byScale(run, { tiny: 10, usual: 1_000, full: 5_000 }), warmupTime: 50 })
  let index = 0
  const pushed: object[] = []
  for (const call of CALLS) bench.add(call, () => makeCall(session, call, argumentOf(index++)))
  bench.add('push', () => {
    const argument = argumentOf(index++)
    if (pushed.push({ type: 'line', atMs: argument.startMs, line: argument }) > 1_000) pushed.length = 0
  })
  await bench.run()
  const latencies = new Map(bench.tasks.map(({ name, result }) => [name, 'latency' in result ? result.latency : null]))
  const floor = latencies.get('push')
  return CALLS.flatMap((call) => {
    const latency = latencies.get(call)
    if (!latency || !floor) return []
    const spread = ({ p50, p75, p99, min, max, samplesCount }: typeof latency): Spread => {
      const [median = 0, p95 = 0, last = 0, least = 0, most = 0] = [p50, p75, p99, min, max].map((ms) => ms * 1_000)
      return { unit: 'µs (p75 for p95)', median, p95, p99: last, min: least, max: most, count: samplesCount }
    }
    return [
      {
        benchmark: 'tracker-call',
        what: `session.${call}() through tracker and admission alone, by tinybench`,
        workload: 'admitted, taken and settled 25 at a time; no worker',
        measured: spread(latency),
        floor: { what: 'pushing an object on an array', spread: spread(floor) },
        ratioOf: 'time ÷ the floor’s time, medians',
        ratio: latency.p50 / floor.p50,
        cpuRatio: null,
        reach: 'p50 at most 1 µs',
      },
    ]
  })
}

/** Takes from admission what the worker would, so that the queue never fills. */
function sessionWithoutWorker(): TrackedSession {
  const admission = new Admission({
    queueMaxEvents: BACKEND_DEFAULTS.queueMaxEvents,
    overflowPolicy: 'summarize',
    diagnostics: new DiagnosticsRecorder({ nowMs: Date.now, depth: () => ({ waiting: 0, inFlight: 0 }) }),
    onWaiting() {
      if (admission.waiting >= BACKEND_DEFAULTS.batchMaxEvents) admission.release(admission.take(admission.waiting))
    },
  })
  const tracker = new StoreTracker({
    sink: (event) => admission.admit(event),
    clock: createSystemClock(),
    newId: (nowMs) => uuidV7(nowMs),
    limits: LIMITS,
    onInvalidCall(call, error) {
      throw new Error(`${call} was called wrongly`, { cause: error })
    },
  })
  return tracker.startSession({ videoKey: 'local:/bench.mkv', targetLanguage: 'ja' })
}
