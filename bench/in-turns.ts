// Two pieces of work timed in turns, so that other load on the machine affects both.

import { type BenchmarkRun, byScale } from './benchmark.js'

/** Times of both in milliseconds, taken in turns after a few rounds that do not count. */
export async function inTurns(
  run: BenchmarkRun,
  product: () => unknown,
  floor: () => unknown,
): Promise<readonly [readonly number[], readonly number[]]> {
  const rounds = byScale(run, { tiny: 2, usual: 100, full: 300 })
  const warmUp = byScale(run, { tiny: 1, usual: 20, full: 50 })
  const times: readonly [number[], number[]] = [[], []]
  for (let round = -warmUp; round < rounds; round++) {
    for (const [side, work] of [product, floor].entries()) {
      const startedMs = performance.now()
      await work()
      const elapsedMs = performance.now() - startedMs
      if (round >= 0) times[side as 0 | 1].push(elapsedMs)
    }
  }
  return times
}
