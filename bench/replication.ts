// A copy into an empty log and a merge into one that has every second stream already, on SQLite and into the servers, beside
// a bare read of the same events and a bare bulk insert of them; and a second merge, which only compares.

import type { LogEngine } from '../src/ports/log-engine.js'
import { listAll } from '../src/replicate/list-streams.js'
import { replicate } from '../src/replicate/replicate.js'
import type { ServerKind } from '../test/support/server-program.js'
import { type Benchmark, type BenchmarkRun, byScale, eventCount } from './benchmark.js'
import { timeOf } from './cpu-time.js'
import { engineOn, openSqliteEngine } from './databases.js'
import { type Figure, spreadOf } from './figures.js'
import { insertBare, readBare } from './floors/copy-floor.js'
import { openServerDatabase, SERVERS, withServerDatabase } from './server-databases.js'

const PAGE_EVENTS = 1_000
/** Sessions of the mix have some hundred. */
const STREAM_EVENTS_MAX = 10_000

export const replication: Benchmark = {
  name: 'replication',
  about: 'copy and merge of a complete log, beside a bare read and a bare bulk insert of its events',
  async run(run) {
    const events = byScale(run, { tiny: 2_000, usual: 100_000, full: 1_000_000 })
    const at = await run.databases.filled(events)
    const floors = await measureFloors(run, at)
    const source = await openSqliteEngine(at)
    const figures: Figure[] = []
    try {
      figures.push(...(await measureInto('sqlite', source, floors, () => freshSqlite(run))))
      for (const kind of SERVERS) {
        const measured = await withServerDatabase(kind, async (copied) =>
          withServerDatabase(kind, async (merged) => {
            const logs = [copied, merged]
            return measureInto(kind, source, floors, async () => {
              const log = await openServerDatabase(kind, logs.pop() ?? merged)
              const engine = await engineOn(log)
              return { engine, close: () => engine.close() }
            })
          }),
        )
        figures.push(...(measured ?? []))
      }
    } finally {
      await source.close()
    }
    return figures
  },
}

/** Events a second. */
interface Floors {
  readonly read: number
  readonly insert: number
}

interface FreshLog {
  readonly engine: LogEngine
  close(): Promise<void>
}

async function measureFloors(run: BenchmarkRun, at: string): Promise<Floors> {
  const into = run.databases.fresh()
  let [read, inserted] = [0, 0]
  const reading = await timeOf(() => {
    read = readBare(at)
  })
  const inserting = await timeOf(() => {
    inserted = insertBare(at, into)
  })
  run.databases.remove(into)
  return { read: rate(read, reading.elapsedMs), insert: rate(inserted, inserting.elapsedMs) }
}

async function freshSqlite(run: BenchmarkRun): Promise<FreshLog> {
  const at = run.databases.fresh()
  const engine = await openSqliteEngine(at)
  return {
    engine,
    async close() {
      await engine.close()
      run.databases.remove(at)
    },
  }
}

async function measureInto(
  provider: 'sqlite' | ServerKind,
  source: LogEngine,
  floors: Floors,
  fresh: () => Promise<FreshLog>,
): Promise<readonly Figure[]> {
  const figure = (what: string, events: number, elapsedMs: number, floor: keyof Floors): Figure => {
    const measured = rate(events, elapsedMs)
    const of =
      floor === 'read' ? 'all events read by the bare driver' : 'the same rows inserted into a bare SQLite table'
    return {
      benchmark: 'replication',
      what: `${provider}: ${what}`,
      workload: `${eventCount(events)} events of the mix, stream by stream, digests compared before and after`,
      measured: spreadOf('events/s', [measured]),
      floor: { what: of, spread: spreadOf('events/s', [floors[floor]]) },
      ratioOf: 'share of the floor’s rate',
      ratio: measured / floors[floor],
      cpuRatio: null,
      reach: 'none; reported',
    }
  }
  const copied = await fresh()
  const copy = await replicate(source, copied.engine)
  const again = await replicate(source, copied.engine)
  await copied.close()
  const merged = await fresh()
  await bringEverySecondStream(source, merged.engine)
  const merge = await replicate(source, merged.engine)
  await merged.close()
  return [
    figure('a copy', copy.events, copy.elapsedMs, 'insert'),
    figure('a copy', copy.events, copy.elapsedMs, 'read'),
    figure('a merge into a log that has every second stream', merge.events, merge.elapsedMs, 'insert'),
    figure('a second copy, which only compares', copy.events, again.elapsedMs, 'read'),
  ]
}

async function bringEverySecondStream(source: LogEngine, target: LogEngine): Promise<void> {
  const { streams } = await listAll(source, 0)
  for (const [index, { streamId, coverage }] of streams.entries()) {
    if (index % 2 === 1) continue
    const events = await source.streamEvents({ streamId, versions: coverage, limit: STREAM_EVENTS_MAX })
    for (let from = 0; from < events.length; from += PAGE_EVENTS)
      await target.append(events.slice(from, from + PAGE_EVENTS))
  }
}

function rate(events: number, elapsedMs: number): number {
  return (events * 1000) / elapsedMs
}
