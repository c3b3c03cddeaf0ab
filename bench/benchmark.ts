// The shape of a benchmark, and the sizes at which one runs. bench/run.ts lists them all and runs those that are named.

import type { Databases } from './databases.js'
import type { Figure } from './figures.js'

/** `tiny` shows that it works; `usual` takes under a minute or so each; `full` takes the time that a steady figure needs. */
export type Scale = 'tiny' | 'usual' | 'full'

export interface BenchmarkRun {
  readonly scale: Scale
  /** Also at 10 M events: some minutes and two gigabytes. */
  readonly large: boolean
  readonly databases: Databases
}

export interface Benchmark {
  readonly name: string
  readonly about: string
  run(run: BenchmarkRun): Promise<readonly Figure[]>
}

export function byScale<Value>(run: BenchmarkRun, values: Readonly<Record<Scale, Value>>): Value {
  return values[run.scale]
}

/** Numbers of events that histories have at this scale, smallest first. */
export function historySizes(run: BenchmarkRun): readonly number[] {
  const sizes = byScale(run, { tiny: [1_000, 4_000], usual: [100_000, 1_000_000], full: [100_000, 1_000_000] })
  return run.large ? [...sizes, 10_000_000] : sizes
}

export function eventCount(events: number): string {
  return events >= 1_000_000 ? `${events / 1_000_000} M` : events >= 1_000 ? `${events / 1_000} k` : String(events)
}
