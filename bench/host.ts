// The tracker as a guest in another program: how late the host's event loop is at 2,000 events a second with and without
// it, the remaining activity of an idle program, and how long the first answer takes after a start. Hosts are processes of their own.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { openImmersionTrackingStore } from '../src/store/open-store.js'
import { type Benchmark, type BenchmarkRun, byScale, eventCount, historySizes } from './benchmark.js'
import { openBare } from './databases.js'
import { type Figure, median, spreadOf } from './figures.js'
import { MIX_LAST_DAY } from './mix.js'

export const eventLoop: Benchmark = {
  name: 'event-loop',
  about: 'how late the host’s event loop is at 2,000 events a second, with and without the tracker',
  async run(run) {
    const lengthMs = byScale(run, { tiny: 200, usual: 3_000, full: 10_000 })
    const [tracked, bare] = runHosts(run, 'host-child', lengthMs)
    const figure = (name: 'p99Ms' | 'maxMs', what: string): Figure => ({
      ...comparison('event-loop', tracked, bare, name, 'ms'),
      what,
      workload: `2,000 events/s for ${lengthMs / 1_000} s, lines counted by us; ${sum(tracked, 'shed')} shed`,
      reach: 'within 1 ms of the host without the tracker',
    })
    return [
      figure('p99Ms', 'p99 of the event loop’s delay, median of runs'),
      figure('maxMs', 'its maximum, median of runs'),
    ]
  },
}

export const idle: Benchmark = {
  name: 'idle',
  about: 'what a program still does when nothing is tracked',
  async run(run) {
    const lengthMs = byScale(run, { tiny: 200, usual: 10_000, full: 60_000 })
    const [tracked, bare] = runHosts(run, 'idle-child', lengthMs)
    const workload = `${lengthMs / 1_000} s after a session has ended; ${sum(tracked, 'timers')} timers of ours that keep the process alive`
    return [
      {
        ...comparison('idle', tracked, bare, 'switches', 'wake-ups'),
        what: 'voluntary context switches of all threads',
        workload,
        reach: 'none more than without the tracker',
      },
      {
        ...comparison('idle', tracked, bare, 'cpuMs', 'ms'),
        what: 'CPU time',
        workload,
        reach: 'none more than without the tracker',
      },
    ]
  },
}

export const start: Benchmark = {
  name: 'start',
  about: 'opening an existing database and answering overview',
  async run(run) {
    const events = historySizes(run).findLast((size) => size <= 1_000_000) ?? 0
    const at = await run.databases.filled(events)
    const rounds = byScale(run, { tiny: 1, usual: 7, full: 15 })
    const [tracked, bare]: [Printed[], Printed[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      const startedMs = performance.now()
      const store = await openImmersionTrackingStore({ storage: { path: at } })
      await store.analytics.overview({ today: MIX_LAST_DAY })
      tracked.push({ elapsedMs: performance.now() - startedMs })
      await store.close()
      const bareStartedMs = performance.now()
      const database = openBare(at)
      database.prepare('select * from rows_calendar_v1 where profile_id = 1 order by local_day desc limit 1').all()
      bare.push({ elapsedMs: performance.now() - bareStartedMs })
      database.close()
    }
    return [
      {
        ...comparison('start', tracked, bare, 'elapsedMs', 'ms'),
        what: 'open the store (two threads) and answer overview',
        workload: `${eventCount(events)} events, modules loaded in this thread, not in the worker’s`,
        reach: 'at most 150 ms more than a bare open and one read',
      },
    ]
  },
}

type Printed = Readonly<Record<string, number>>

/** Runs both kinds of host in turns; each prints one object of numbers. */
function runHosts(
  run: BenchmarkRun,
  module: string,
  lengthMs: number,
): readonly [readonly Printed[], readonly Printed[]] {
  const child = fileURLToPath(new URL(`./${module}.js`, import.meta.url))
  const rounds = byScale(run, { tiny: 1, usual: 3, full: 5 })
  const printed: readonly [Printed[], Printed[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    for (const [side, mode] of ['tracked', 'bare'].entries()) {
      const at = run.databases.fresh()
      const answer: unknown = JSON.parse(
        execFileSync(process.execPath, [child, mode, at, String(lengthMs)], { encoding: 'utf8' }),
      )
      run.databases.remove(at)
      // Our own children print numbers only.
      printed[side as 0 | 1].push(answer as Printed)
    }
  }
  return printed
}

/** Here the difference counts, not the ratio. */
function comparison(
  benchmark: string,
  tracked: readonly Printed[],
  bare: readonly Printed[],
  name: string,
  unit: string,
) {
  const [ours, theirs] = [tracked, bare].map((some) => some.map((printed) => printed[name] ?? Number.NaN))
  return {
    benchmark,
    measured: spreadOf(unit, ours ?? []),
    floor: { what: 'the same host without the tracker', spread: spreadOf(unit, theirs ?? []) },
    ratioOf: `difference of the medians, ${unit}`,
    ratio: median(ours ?? []) - median(theirs ?? []),
    cpuRatio: null,
  }
}

function sum(printed: readonly Printed[], name: string): number {
  return printed.reduce((total, one) => total + (one[name] ?? 0), 0)
}
