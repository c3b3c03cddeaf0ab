// verify and rebuild on PostgreSQL and MySQL: verify beside a bare fold over the same rows, rebuild beside Emmett's rebuild
// of one projection over as many events. Each database is made and dropped by the run.

import { type Benchmark, type BenchmarkRun, byScale, eventCount } from './benchmark.js'
import { type Time, timeOf } from './cpu-time.js'
import { engineOn } from './databases.js'
import { type Figure, median, pairedRatio, spreadOf } from './figures.js'
import { openEmmett, rebuildWithEmmett } from './floors/emmett.js'
import { foldServerLog } from './floors/server-fold-floor.js'
import { mixBatches } from './mix.js'
import { fillServerDatabase, openServerDatabase, SERVERS, withServerDatabase } from './server-databases.js'

const EMMETT_BATCH_EVENTS = 500

export const serverVerify: Benchmark = {
  name: 'server-verify',
  about: 'verify and rebuild on PostgreSQL and MySQL, beside a bare fold and beside Emmett',
  async run(run) {
    const figures: Figure[] = []
    for (const kind of SERVERS) figures.push(...((await measureVerify(run, kind)) ?? []))
    figures.push(...((await measureRebuild(run)) ?? []))
    return figures
  },
}

function measureVerify(run: BenchmarkRun, kind: (typeof SERVERS)[number]): Promise<readonly Figure[] | null> {
  const events = byScale(run, { tiny: 1_000, usual: 100_000, full: 1_000_000 })
  const rounds = byScale(run, { tiny: 1, usual: 5, full: 5 })
  return withServerDatabase(kind, async (database) => {
    await fillServerDatabase(kind, database, events)
    const engine = await engineOn(await openServerDatabase(kind, database))
    const product: Time[] = []
    const floor: Time[] = []
    for (let round = 0; round < rounds; round++) {
      product.push(await timeOf(() => engine.verify()))
      floor.push(await timeOf(() => foldServerLog(kind, database.url)))
    }
    await engine.close()
    return [
      {
        benchmark: 'server-verify',
        what: `${kind}: verify of ${eventCount(events)} events`,
        workload: 'checksum of every event, ledger of every stream worked out again, all rows compared',
        measured: spreadOf('ms', elapsed(product)),
        floor: {
          what: 'bare driver: raw rows in pages, payloads decoded, folded into Maps',
          spread: spreadOf('ms', elapsed(floor)),
        },
        ratioOf: 'share of the floor’s speed, median of pairs',
        ratio: pairedRatio(elapsed(floor), elapsed(product)),
        cpuRatio: null,
        reach: '≥ 0.6 of the floor',
      },
    ]
  })
}

/** Of as many events on both sides. Emmett rebuilds one projection, the product all six. */
function measureRebuild(run: BenchmarkRun): Promise<readonly Figure[] | null> {
  const events = byScale(run, { tiny: 500, usual: 20_000, full: 20_000 })
  const rounds = byScale(run, { tiny: 1, usual: 5, full: 9 })
  return withServerDatabase('postgres', async (database) => {
    await fillServerDatabase('postgres', database, events)
    const engine = await engineOn(await openServerDatabase('postgres', database))
    const product: number[] = []
    for (let round = 0; round < rounds; round++) product.push((await timeOf(() => engine.rebuild({}))).elapsedMs)
    await engine.close()
    const peer = await withServerDatabase('postgres', async ({ url }) => {
      const store = await openEmmett(url)
      for (const batch of mixBatches({ events }, EMMETT_BATCH_EVENTS)) await store.append(batch)
      await store.close()
      // Once: its second rebuild of a projection leaves it empty.
      return (await timeOf(() => rebuildWithEmmett(url))).elapsedMs
    })
    if (peer === null) return []
    return [
      {
        benchmark: 'server-verify',
        what: `postgres: rebuild of all read models, ${eventCount(events)} events`,
        workload: 'from the ledger, in one transaction',
        measured: spreadOf('ms', product),
        floor: { what: 'Emmett, one projection, pulling tuned', spread: spreadOf('ms', [peer]) },
        ratioOf: 'Emmett’s time ÷ the time',
        ratio: peer / median(product),
        cpuRatio: null,
        reach: '≥ 100 × Emmett',
      },
    ]
  })
}

function elapsed(times: readonly Time[]): readonly number[] {
  return times.map(({ elapsedMs }) => elapsedMs)
}
