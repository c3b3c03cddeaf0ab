// Two versions of this project, measured in turns: the same benchmarks run in this checkout and in another one, built, in
// processes of their own, one after the other and round after round, so that a slow minute of the machine falls on both.
// Called by bench/run.ts for `--against=FOLDER`. It reports and never judges.

import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { type Figure, median, round } from './figures.js'

export interface Comparison {
  /** Root of the other checkout; its `npm run build` must have run. */
  readonly folder: string
  /** Each round runs every benchmark once in both versions. */
  readonly rounds: number
  readonly benchmarks: readonly string[]
  /** Flags that are passed on, such as `--tiny`. */
  readonly flags: readonly string[]
}

interface Compared {
  readonly what: string
  readonly unit: string
  readonly before: Figure[]
  readonly now: Figure[]
}

export function compare({ folder, rounds, benchmarks, flags }: Comparison, print: (line: string) => void): void {
  for (const benchmark of benchmarks) {
    const compared = new Map<string, Compared>()
    for (let turn = 0; turn < rounds; turn++) {
      const before = figuresOf(folder, benchmark, flags)
      const now = figuresOf('.', benchmark, flags)
      if (before.length !== now.length) print(`${benchmark}: ${before.length} figures before, ${now.length} now`)
      // By place, because the words of a figure may differ between the versions.
      for (const [index, figure] of now.entries()) addPair(compared, figure, before[index])
    }
    print(benchmark)
    for (const figure of compared.values()) print(`  ${lineOf(figure)}`)
  }
}

function figuresOf(folder: string, benchmark: string, flags: readonly string[]): readonly Figure[] {
  const program = join(resolve(folder), 'dist/bench/run.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, benchmark, '--json', ...flags], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${program} ${benchmark} ended with ${status}: ${stderr.slice(-2000)}`)
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Figure)
}

function addPair(compared: Map<string, Compared>, now: Figure, before: Figure | undefined): void {
  if (before === undefined) return
  const pairs = compared.get(now.what) ?? { what: now.what, unit: now.measured.unit, before: [], now: [] }
  pairs.before.push(before)
  pairs.now.push(now)
  compared.set(now.what, pairs)
}

function lineOf({ what, unit, before, now }: Compared): string {
  const ratios = (of: (figure: Figure) => number) => {
    const pairs = now.map((figure, index) => of(figure) / of(before[index] as Figure))
    return `${round(median(pairs))} (${round(Math.min(...pairs))}–${round(Math.max(...pairs))})`
  }
  const measured = (figures: readonly Figure[]) => round(median(figures.map((figure) => figure.measured.median)))
  const besideFloor = now.every(({ ratio }) => ratio !== null)
    ? `, beside the floor ${ratios(({ ratio }) => ratio ?? 0)}`
    : ''
  const byCpu = now.every(({ cpuRatio }) => cpuRatio !== null)
    ? `, by CPU time ${ratios(({ cpuRatio }) => cpuRatio ?? 0)}`
    : ''
  const medians = `${measured(before)} before, ${measured(now)} now ${unit}`
  return `${what}: now/before ${ratios((figure) => figure.measured.median)}${besideFloor}${byCpu}; ${medians}; n=${now.length}`
}
