// What retention leaves of a year on each database and how long it takes, and how an append is slowed while the long passes
// run: rebuild and verify of the complete log, and a first retention of it.

import * as fs from 'node:fs'
import { demoSessions } from '../src/cli/demo-learner.js'
import { createLogEngine } from '../src/engine/engine.js'
import type { EngineClient } from '../src/engine/engine-client.js'
import type { NewEvent } from '../src/events/types.js'
import type { EventLog } from '../src/ports/event-log.js'
import { openWorkerClient } from '../src/worker/worker-client.js'
import { BUILT_IN_PROJECTIONS } from '../test/support/built-in-projections.js'
import { ask } from '../test/support/server-connection.js'
import { type Benchmark, type BenchmarkRun, byScale, eventCount } from './benchmark.js'
import { openSqlite, PROFILE, SETTINGS, usedBytes } from './databases.js'
import { type Figure, median, spreadOf } from './figures.js'
import { mixBatches } from './mix.js'
import { openServerDatabase, SERVERS, withServerDatabase } from './server-databases.js'

const UNTIL_MS = Date.UTC(2026, 2, 1, 12)
/** Each of these learners watches some 50 minutes a day; together it is the year of one who watches three hours. */
const SEEDS = [1, 2, 3, 4]
const BATCH_EVENTS = 25
/** 50 events in each second, as a player and its overlay make at their busiest. */
const BATCH_EVERY_MS = 500

export const retention: Benchmark = {
  name: 'retention',
  about: 'bytes of a year of use after retention, on each database, and how long a run takes',
  async run(run) {
    const days = byScale(run, { tiny: 20, usual: 365, full: 365 })
    const figures: Figure[] = []
    const at = run.databases.fresh()
    figures.push(...(await yearOn('sqlite', await openSqlite(at), days, async () => usedBytes(at))))
    run.databases.remove(at)
    for (const kind of SERVERS) {
      const measured = await withServerDatabase(kind, async (database) => {
        const log = await openServerDatabase(kind, database)
        return yearOn(kind, log, days, () => packedBytes(kind, database.url))
      })
      figures.push(...(measured ?? []))
    }
    return figures
  },
}

async function yearOn(
  name: string,
  log: EventLog,
  days: number,
  bytes: () => Promise<number>,
): Promise<readonly Figure[]> {
  const clock = { nowMs: () => UNTIL_MS, utcOffsetMin: () => 0 }
  const shared = { log, profile: PROFILE, settings: SETTINGS, projections: BUILT_IN_PROJECTIONS, clock }
  const engine = await createLogEngine(shared)
  let events = 0
  let page: NewEvent[] = []
  for (const seed of SEEDS) {
    for (const session of demoSessions({ untilMs: UNTIL_MS, days, seed, utcOffsetMin: () => 0 })) {
      events += session.length
      page.push(...session)
      if (page.length < 5_000) continue
      await engine.append(page)
      page = []
    }
  }
  await engine.append(page)
  const before = await bytes()
  const beganMs = performance.now()
  const { pruned } = await engine.retain({ vacuumAfterMs: 0 })
  const elapsedMs = performance.now() - beganMs
  const after = await bytes()
  // The least that is left: what a year adds that is kept forever.
  await engine.configure({ retention: { detailMs: 1, telemetryMs: 1 } })
  await engine.retain({ vacuumAfterMs: 0 })
  await engine.close()
  const kept = await bytes()
  const workload = `${events} events of ${days} days, ${pruned.detail + pruned.telemetry} of them pruned`
  const figure = { benchmark: 'retention', workload, cpuRatio: null }
  return [
    {
      ...figure,
      what: `${name}: the whole log after retention, packed`,
      measured: spreadOf('bytes', [after]),
      floor: { what: 'before it', spread: spreadOf('bytes', [before]) },
      ratioOf: 'after ÷ before',
      ratio: after / before,
      reach: 'none',
    },
    {
      ...figure,
      what: `${name}: what is kept for ever of it, packed`,
      measured: spreadOf('bytes', [kept]),
      floor: { what: 'before retention', spread: spreadOf('bytes', [before]) },
      ratioOf: 'kept ÷ before',
      ratio: kept / before,
      reach: 'none',
    },
    {
      ...figure,
      what: `${name}: the first run of retention`,
      measured: spreadOf('ms', [elapsedMs]),
      floor: null,
      ratioOf: 'nothing',
      ratio: null,
      reach: 'none',
    },
  ]
}

/** Of all tables once the server has packed them; by themselves they keep the space for what comes. */
async function packedBytes(kind: 'postgres' | 'mysql', url: string): Promise<number> {
  if (kind === 'postgres') {
    await ask(kind, url, 'vacuum full')
    const [row] = await ask(
      kind,
      url,
      "select sum(pg_total_relation_size(oid))::bigint as bytes from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    )
    return Number(row?.bytes)
  }
  const tables = await ask(
    kind,
    url,
    'select table_name as name from information_schema.tables where table_schema = database()',
  )
  for (const { name } of tables) await ask(kind, url, `optimize table ${String(name)}`)
  const [row] = await ask(
    kind,
    url,
    'select sum(data_length + index_length) as bytes from information_schema.tables where table_schema = database()',
  )
  return Number(row?.bytes)
}

export const background: Benchmark = {
  name: 'background',
  about:
    'how long an append takes while rebuild, verify and retention of the whole log run, beside one that runs alone',
  async run(run) {
    const events = byScale(run, { tiny: 4_000, usual: 1_000_000, full: 1_000_000 })
    const batches = byScale(run, { tiny: 4, usual: 60, full: 240 })
    const filled = await run.databases.filled(events)
    const passes: readonly (readonly [string, (client: EngineClient) => Promise<unknown>])[] = [
      ['rebuild', (client) => client.rebuild({})],
      ['verify', (client) => client.verify()],
      ['a first retention', (client) => client.retain({})],
    ]
    const figures: Figure[] = []
    for (const [name, pass] of passes) figures.push(await besidePass(run, filled, events, batches, name, pass))
    return figures
  },
}

async function besidePass(
  run: BenchmarkRun,
  filled: string,
  events: number,
  batches: number,
  name: string,
  pass: (client: EngineClient) => Promise<unknown>,
): Promise<Figure> {
  const at = run.databases.fresh()
  fs.copyFileSync(filled, at)
  const storage = { path: at }
  const client = await openWorkerClient({
    spec: { profile: PROFILE, settings: SETTINGS, provider: 'sqlite', storage, projections: [] },
    onRestarted() {},
    onFailed() {},
  })
  try {
    const feed = mixBatches({ events: 2 * batches * BATCH_EVENTS, seed: 99 }, BATCH_EVENTS)[Symbol.iterator]()
    const alone = await appendTimes(client, feed, batches, () => false)
    let running = true
    let passes = 0
    const passing = (async () => {
      while (running) {
        await pass(client)
        passes++
      }
    })()
    const beside = await appendTimes(client, feed, batches, () => passes > 0 && name === 'a first retention')
    running = false
    await passing
    return {
      benchmark: 'background',
      what: `an append while ${name} of ${eventCount(events)} events runs`,
      workload: `batches of ${BATCH_EVENTS}, one each ${BATCH_EVERY_MS} ms, through the worker; ${passes} passes meanwhile`,
      measured: spreadOf('ms', beside),
      floor: { what: 'the same with nothing else running', spread: spreadOf('ms', alone) },
      ratioOf: 'beside ÷ alone, medians',
      ratio: median(beside) / median(alone),
      cpuRatio: null,
      reach: 'none',
    }
  } finally {
    await client.close()
    run.databases.remove(at)
  }
}

/** Ends early when there is nothing more to be beside of. */
async function appendTimes(
  client: EngineClient,
  feed: Iterator<readonly NewEvent[]>,
  batches: number,
  isOver: () => boolean,
): Promise<readonly number[]> {
  const times: number[] = []
  while (times.length < batches && !(times.length > 0 && isOver())) {
    const next = feed.next()
    if (next.done === true) break
    const beganMs = performance.now()
    await client.append(next.value)
    times.push(performance.now() - beganMs)
    await new Promise((resolve) => setTimeout(resolve, BATCH_EVERY_MS - (performance.now() - beganMs)))
  }
  return times
}
