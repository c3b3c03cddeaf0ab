// Every query of analytics at its default limits on PostgreSQL and MySQL, beside bare statements that return the same
// rows. Both take turns, query by query, on one database that the run makes and drops.

import { type Benchmark, type BenchmarkRun, byScale, eventCount } from './benchmark.js'
import { engineOn } from './databases.js'
import { type Figure, median, spreadOf } from './figures.js'
import { openServerQueryFloor } from './floors/server-query-floor.js'
import { inTurns } from './in-turns.js'
import { contextOf, QUERIES, queryEngine } from './queries.js'
import { fillServerDatabase, openServerDatabase, SERVERS, withServerDatabase } from './server-databases.js'

export const serverAnalytics: Benchmark = {
  name: 'server-analytics',
  about: 'every query of analytics on PostgreSQL and MySQL, beside bare statements',
  async run(run) {
    const figures: Figure[] = []
    for (const kind of SERVERS) figures.push(...((await measure(run, kind)) ?? []))
    return figures
  },
}

function measure(run: BenchmarkRun, kind: (typeof SERVERS)[number]): Promise<readonly Figure[] | null> {
  const events = byScale(run, { tiny: 1_000, usual: 100_000, full: 1_000_000 })
  return withServerDatabase(kind, async (database) => {
    await fillServerDatabase(kind, database, events)
    const context = contextOf(events)
    const engine = await engineOn(await openServerDatabase(kind, database))
    const floor = await openServerQueryFloor(kind, database.url, context)
    const figures: Figure[] = []
    for (const query of QUERIES) {
      const [measured, bare] = await inTurns(
        run,
        () => queryEngine(engine, query, context),
        () => floor.run(query),
      )
      figures.push({
        benchmark: 'server-analytics',
        what: `${kind}: ${query}`,
        workload: `${eventCount(events)} events, in this thread`,
        measured: spreadOf('ms', measured),
        floor: { what: `bare statements, ${await floor.run(query)} rows as arrays`, spread: spreadOf('ms', bare) },
        ratioOf: 'time ÷ the floor’s time, medians',
        ratio: median(measured) / median(bare),
        cpuRatio: null,
        reach: 'p95 at most 15 ms',
      })
    }
    await floor.close()
    await engine.close()
    return figures
  })
}
