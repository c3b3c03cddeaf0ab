// verify and rebuild as the log grows: verify beside a bare fold over the same rows, its memory in a process of its own,
// rebuild beside itself at the size before.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Benchmark, type BenchmarkRun, byScale, eventCount, historySizes } from './benchmark.js'
import { type Time, timeOf } from './cpu-time.js'
import { openSqliteEngine } from './databases.js'
import { type Figure, median, pairedRatio, spreadOf } from './figures.js'
import { foldLog } from './floors/fold-floor.js'

export const verify: Benchmark = {
  name: 'verify',
  about: 'verify (a refold of the whole log) and rebuild from the ledger, as the log grows',
  async run(run) {
    const figures: Figure[] = []
    for (const events of historySizes(run)) figures.push(...(await measureVerify(run, events)))
    figures.push(await measureMemory(run))
    figures.push(...(await measureRebuilds(run)))
    return figures
  },
}

async function measureVerify(run: BenchmarkRun, events: number): Promise<readonly Figure[]> {
  const at = await run.databases.filled(events)
  const rounds = events > 1_000_000 ? 1 : byScale(run, { tiny: 1, usual: 3, full: 5 })
  const product: Time[] = []
  const decoding: Time[] = []
  const folding: Time[] = []
  const engine = await openSqliteEngine(at)
  for (let round = 0; round < rounds; round++) {
    product.push(await timeOf(() => engine.verify()))
    decoding.push(await timeOf(() => foldLog(at, true)))
    folding.push(await timeOf(() => foldLog(at, false)))
  }
  await engine.close()
  const figure = (floor: readonly Time[], what: string, reach: string): Figure => ({
    benchmark: 'verify',
    what: `verify of ${eventCount(events)} events`,
    workload: 'checksum of every event, ledger of every stream worked out again, all rows compared',
    measured: spreadOf('ms', elapsed(product)),
    floor: { what, spread: spreadOf('ms', elapsed(floor)) },
    ratioOf: 'share of the floor’s speed, median of pairs',
    ratio: pairedRatio(elapsed(floor), elapsed(product)),
    cpuRatio: pairedRatio(busiest(floor), busiest(product)),
    reach,
  })
  return [
    figure(decoding, 'raw rows in pages, payloads decoded, folded into Maps', '≥ 0.6 of the floor'),
    figure(folding, 'the same without decoding payloads', 'a stricter floor, no target of its own'),
  ]
}

async function measureMemory(run: BenchmarkRun): Promise<Figure> {
  const sizes = historySizes(run)
  const peaks: number[] = []
  for (const events of sizes) {
    const child = fileURLToPath(new URL('./verify-child.js', import.meta.url))
    const printed = execFileSync(process.execPath, [child, await run.databases.filled(events)], { encoding: 'utf8' })
    peaks.push(Number(printed))
  }
  const [smallest = Number.NaN] = peaks
  const largest = peaks[peaks.length - 1] ?? Number.NaN
  return {
    benchmark: 'verify',
    what: 'memory of a process that verifies',
    workload: `${sizes.map(eventCount).join(', ')} events: ${peaks.map((peak) => Math.round(peak)).join(', ')} MiB at most`,
    measured: spreadOf('MiB', [largest]),
    floor: { what: `the same at ${eventCount(sizes[0] ?? 0)}`, spread: spreadOf('MiB', [smallest]) },
    ratioOf: 'the largest history ÷ the smallest',
    ratio: largest / smallest,
    cpuRatio: null,
    reach: 'at most 300 MiB more at 10 M than at 100 k',
  }
}

async function measureRebuilds(run: BenchmarkRun): Promise<readonly Figure[]> {
  const rounds = byScale(run, { tiny: 1, usual: 5, full: 9 })
  const times: { readonly events: number; readonly elapsedMs: readonly number[] }[] = []
  for (const events of historySizes(run)) {
    const engine = await openSqliteEngine(await run.databases.filled(events))
    const elapsedMs: number[] = []
    for (let round = 0; round < rounds; round++) elapsedMs.push((await timeOf(() => engine.rebuild({}))).elapsedMs)
    await engine.close()
    times.push({ events, elapsedMs })
  }
  return times.slice(1).map(({ events, elapsedMs }, index) => {
    const before = times[index] as (typeof times)[number]
    return {
      benchmark: 'verify',
      what: `rebuild of all read models from the ledger, ${eventCount(events)} events`,
      workload: 'the same year, with denser sessions',
      measured: spreadOf('ms', elapsedMs),
      floor: { what: `itself at ${eventCount(before.events)}`, spread: spreadOf('ms', before.elapsedMs) },
      ratioOf: 'growth',
      ratio: median(elapsedMs) / median(before.elapsedMs),
      cpuRatio: null,
      reach: 'at most 1 s at 1 M, at most 2 × that at 10 M',
    }
  })
}

function elapsed(times: readonly Time[]): readonly number[] {
  return times.map(({ elapsedMs }) => elapsedMs)
}

function busiest(times: readonly Time[]): readonly number[] {
  return times.map(({ busiestMs }) => busiestMs)
}
