// `npm run bench [name…] [--json] [--tiny|--full] [--large] [--list]`: runs benchmarks one after the other and prints each figure
// beside its floor, as a table or as lines of JSON. `--against=FOLDER [--rounds=N]` runs them in turns with another, built
// checkout of this project and prints the ratios. It reports and never judges: machines differ and are noisy.

import { availableParallelism, cpus } from 'node:os'
import Database from 'better-sqlite3'
import { analytics, growth } from './analytics.js'
import { append } from './append.js'
import { batchOperators } from './batch-operators.js'
import type { Benchmark, Scale } from './benchmark.js'
import { bytes } from './bytes.js'
import { compare } from './compare.js'
import { openDatabases } from './databases.js'
import { type Figure, printTable } from './figures.js'
import { eventLoop, idle, start } from './host.js'
import { replication } from './replication.js'
import { background, retention } from './retention.js'
import { serverAnalytics } from './server-analytics.js'
import { serverAppend } from './server-append.js'
import { serverVerify } from './server-verify.js'
import { trackerCall } from './tracker-call.js'
import { verify } from './verify.js'

const BENCHMARKS: readonly Benchmark[] = [
  trackerCall,
  batchOperators,
  eventLoop,
  append,
  serverAppend,
  verify,
  serverVerify,
  analytics,
  serverAnalytics,
  growth,
  bytes,
  retention,
  background,
  replication,
  idle,
  start,
]

const FLAGS: ReadonlySet<string> = new Set(['--json', '--tiny', '--full', '--large', '--list'])

const args = process.argv.slice(2)
const flags = new Set(args.filter((arg) => /^--[a-z]+$/.test(arg)))
const against = optionValue('--against=')
const rounds = Number(optionValue('--rounds=') ?? 3)
const names = args.filter((arg) => !arg.startsWith('--'))
const unknown = [...flags].filter((flag) => !FLAGS.has(flag)).concat(names.filter((name) => !isNamed(name)))

if (unknown.length > 0) {
  console.error(`not known: ${unknown.join(', ')}. Benchmarks: ${BENCHMARKS.map(({ name }) => name).join(', ')}`)
  process.exitCode = 2
} else if (flags.has('--list')) {
  for (const { name } of BENCHMARKS) console.log(name)
} else {
  const chosen = BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name))
  if (against === undefined) await runAll(chosen)
  else compare({ folder: against, rounds, benchmarks: chosen.map(({ name }) => name), flags: [...flags] }, console.log)
}

function optionValue(option: string): string | undefined {
  return args.find((arg) => arg.startsWith(option))?.slice(option.length)
}

async function runAll(benchmarks: readonly Benchmark[]): Promise<void> {
  const json = flags.has('--json')
  const scale: Scale = flags.has('--tiny') ? 'tiny' : flags.has('--full') ? 'full' : 'usual'
  const versions = versionsInUse()
  if (!json)
    console.log(
      `${Object.entries(versions)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}\n`,
    )
  const databases = openDatabases((events) => console.error(`filling a database with ${events} events`))
  try {
    for (const benchmark of benchmarks) {
      console.error(`${benchmark.name}: ${benchmark.about}`)
      const figures = await benchmark.run({ scale, large: flags.has('--large'), databases })
      if (json) for (const figure of figures) console.log(jsonOf(figure, versions))
      else printTable(figures, console.log)
    }
  } finally {
    databases.close()
  }
}

function versionsInUse(): Readonly<Record<string, string | number>> {
  const database = new Database(':memory:')
  try {
    const sqlite = String(database.prepare('select sqlite_version()').pluck().get())
    return { node: process.version, sqlite, cpus: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown' }
  } finally {
    database.close()
  }
}

function jsonOf(figure: Figure, versions: Readonly<Record<string, string | number>>): string {
  return JSON.stringify({ ...figure, versions })
}

function isNamed(name: string): boolean {
  return BENCHMARKS.some((benchmark) => benchmark.name === name)
}
