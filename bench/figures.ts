// The figures of a benchmark: a measurement, its floor, and the ratio of the two. The runner prints it as a
// table for people or as lines of JSON. Nothing here judges: a time is reported and decides nothing.

export interface Spread {
  readonly unit: string
  readonly median: number
  readonly p95: number
  readonly p99: number
  readonly min: number
  readonly max: number
  /** How many values it is made of. */
  readonly count: number
}

export interface Figure {
  /** Name of the benchmark. */
  readonly benchmark: string
  /** What was measured, in a few words. */
  readonly what: string
  readonly workload: string
  readonly measured: Spread
  readonly floor: { readonly what: string; readonly spread: Spread } | null
  /** What the ratio is of. */
  readonly ratioOf: string
  readonly ratio: number | null
  /** The same ratio by CPU time of the busiest thread (bench/cpu-time.ts), where that means something. */
  readonly cpuRatio: number | null
  /** What is to be reached, in words. */
  readonly reach: string
}

/** Nearest rank, of values in any order. */
export function spreadOf(unit: string, values: ArrayLike<number>): Spread {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0
  return { unit, median: at(0.5), p95: at(0.95), p99: at(0.99), min: at(0), max: at(1), count: sorted.length }
}

/** The value below which this share of all lies. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Median of the ratios of pairs that were measured one after the other, so that a slow minute of the machine hits both. */
export function pairedRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((value, index) => value / (denominators[index] ?? Number.NaN)))
}

export function printTable(figures: readonly Figure[], print: (line: string) => void): void {
  for (const figure of figures) {
    const { measured, floor, ratio } = figure
    print(`${figure.benchmark}: ${figure.what}`)
    print(`  workload  ${figure.workload}`)
    print(`  measured  ${shown(measured)}`)
    if (floor !== null) print(`  floor     ${shown(floor.spread)}  (${floor.what})`)
    const byCpu = figure.cpuRatio === null ? '' : `, by CPU time ${round(figure.cpuRatio)}`
    print(`  ratio     ${ratio === null ? '–' : round(ratio)}${byCpu}  (${figure.ratioOf})`)
    print(`  reach     ${figure.reach}`)
    print('')
  }
}

function shown({ unit, median: middle, p95, p99, min, max, count }: Spread): string {
  if (count === 1) return `${round(middle)} ${unit}`
  const spread = `p95 ${round(p95)}, p99 ${round(p99)}, ${round(min)}–${round(max)}, n=${count}`
  return `median ${round(middle)} ${unit}, ${spread}`
}

/** To three significant digits. */
export function round(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}
