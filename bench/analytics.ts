// Every query of analytics: beside bare statements that return the same rows, and beside itself in a log a hundredth
// (or a tenth) of the size. Both sides of a ratio take turns, query by query.

import { type Benchmark, eventCount, historySizes } from './benchmark.js'
import { openSqliteEngine } from './databases.js'
import { type Figure, median, spreadOf } from './figures.js'
import { openQueryFloor } from './floors/query-floor.js'
import { inTurns } from './in-turns.js'
import { contextOf, QUERIES, queryEngine } from './queries.js'

export const analytics: Benchmark = {
  name: 'analytics',
  about: 'every query of analytics at its default limits, beside bare statements',
  async run(run) {
    const events = historySizes(run).findLast((size) => size <= 1_000_000) ?? 0
    const at = await run.databases.filled(events)
    const context = contextOf(events)
    const engine = await openSqliteEngine(at)
    const floor = openQueryFloor(at, context)
    const figures: Figure[] = []
    for (const query of QUERIES) {
      const [measured, bare] = await inTurns(
        run,
        () => queryEngine(engine, query, context),
        () => floor.run(query),
      )
      figures.push({
        benchmark: 'analytics',
        what: query,
        workload: `${eventCount(events)} events, in this thread`,
        measured: spreadOf('ms', measured),
        floor: { what: `bare statements, ${floor.run(query)} rows as arrays`, spread: spreadOf('ms', bare) },
        ratioOf: 'time ÷ the floor’s time, medians',
        ratio: median(measured) / median(bare),
        cpuRatio: null,
        reach: 'p95 at most 5 ms and at most 2 × the floor',
      })
    }
    floor.close()
    await engine.close()
    return figures
  },
}

export const growth: Benchmark = {
  name: 'growth',
  about: 'every query of analytics as the log grows',
  async run(run) {
    const sizes = historySizes(run)
    const [least = 0, most = 0] = [sizes[0], sizes[sizes.length - 1]]
    const [small, large] = [await run.databases.filled(least), await run.databases.filled(most)]
    const [smallEngine, largeEngine] = [await openSqliteEngine(small), await openSqliteEngine(large)]
    const [smallContext, largeContext] = [contextOf(least), contextOf(most)]
    const figures: Figure[] = []
    for (const query of QUERIES) {
      const [measured, before] = await inTurns(
        run,
        () => queryEngine(largeEngine, query, largeContext),
        () => queryEngine(smallEngine, query, smallContext),
      )
      figures.push({
        benchmark: 'growth',
        what: query,
        workload: `${eventCount(most)} events, the same year with denser sessions`,
        measured: spreadOf('ms', measured),
        floor: { what: `itself at ${eventCount(least)}`, spread: spreadOf('ms', before) },
        ratioOf: 'growth of the median',
        ratio: median(measured) / median(before),
        cpuRatio: null,
        reach: query === 'timeline' ? 'none: it reads one session’s events' : 'at most 1.3 from 100 k to 10 M',
      })
    }
    await smallEngine.close()
    await largeEngine.close()
    return figures
  },
}
