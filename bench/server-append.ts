// Appending to PostgreSQL and MySQL with ledger and read models, by one profile and by eight at once, beside the bare
// drivers that write the same rows in one round trip a batch. Both take turns, each in a database of its own.

import { createLogEngine } from '../src/engine/engine.js'
import type { LogWrites } from '../src/ports/event-log.js'
import type { LogEngine } from '../src/ports/log-engine.js'
import { BUILT_IN_PROJECTIONS } from '../test/support/built-in-projections.js'
import type { TestDatabase } from '../test/support/databases.js'
import { ask } from '../test/support/server-connection.js'
import type { ServerKind } from '../test/support/server-program.js'
import { type Benchmark, byScale, eventCount } from './benchmark.js'
import { startTimer, type Time } from './cpu-time.js'
import { CLOCK, SETTINGS } from './databases.js'
import { type Figure, pairedRatio, spreadOf } from './figures.js'
import { openEmmett } from './floors/emmett.js'
import { openServerAppendFloor } from './floors/server-append-floor.js'
import { mixBatches } from './mix.js'
import { recordWrites } from './recorded-writes.js'
import { openServerDatabase, PROFILES_MAX, SERVERS, withServerDatabase } from './server-databases.js'

const BATCH_EVENTS = 25

type Batches = ReturnType<typeof batchesOf>

export const serverAppend: Benchmark = {
  name: 'server-append',
  about: 'the engine into PostgreSQL and MySQL with ledger and read models, one profile and eight at once',
  async run(run) {
    const events = byScale(run, { tiny: 250, usual: 5_000, full: 20_000 })
    const rounds = byScale(run, { tiny: 1, usual: 3, full: 9 })
    const batches = batchesOf(events)
    const writes = await recordWrites(batches)
    const figures: Figure[] = []
    for (const kind of SERVERS) {
      for (const profiles of [1, PROFILES_MAX]) {
        const product: Time[] = []
        const floor: Time[] = []
        const peer: Time[] = []
        for (let round = 0; round < rounds; round++) {
          const measured = await withServerDatabase(kind, (database) => appendAll(kind, database, profiles, batches))
          const bare = await withServerDatabase(kind, (database) => replayAll(kind, database, profiles, writes))
          if (measured === null || bare === null) break
          product.push(measured)
          floor.push(bare)
          if (kind === 'postgres') peer.push(...(await appendWithEmmett(profiles, batches)))
        }
        const count = profiles * batches.reduce((sum, batch) => sum + batch.length, 0)
        if (product.length > 0) figures.push(figureOf(kind, profiles, count, product, floor, BARE))
        if (peer.length > 0) figures.push(figureOf(kind, profiles, count, product, peer, EMMETT))
      }
    }
    return figures
  },
}

const BARE = { what: 'bare driver, same rows, one round trip a batch', reach: '≥ 0.7 of the floor' }
const EMMETT = { what: 'Emmett with one inline projection', reach: '≥ 2 × Emmett' }

function batchesOf(events: number) {
  return [...mixBatches({ events }, BATCH_EVENTS)]
}

function figureOf(
  kind: ServerKind,
  profiles: number,
  events: number,
  product: readonly Time[],
  floor: readonly Time[],
  beside: { readonly what: string; readonly reach: string },
): Figure {
  const speeds = (times: readonly Time[]) => times.map(({ elapsedMs }) => (events * 1_000) / elapsedMs)
  return {
    benchmark: 'server-append',
    what: `the engine → ${kind}, ${profiles === 1 ? 'one profile' : `${profiles} profiles at once`}`,
    workload: `${eventCount(events)} events of the mix, encoded before, batches of ${BATCH_EVENTS}`,
    measured: spreadOf('events/s', speeds(product)),
    floor: { what: beside.what, spread: spreadOf('events/s', speeds(floor)) },
    ratioOf: 'share of the floor’s speed, median of pairs',
    ratio: pairedRatio(speeds(product), speeds(floor)),
    cpuRatio: null,
    reach: beside.reach,
  }
}

async function appendAll(kind: ServerKind, database: TestDatabase, profiles: number, batches: Batches): Promise<Time> {
  const log = await openServerDatabase(kind, database)
  try {
    const engines = await openProfiles(log, profiles)
    const end = startTimer()
    await Promise.all(
      engines.map(async (engine) => {
        for (const batch of batches) await engine.append(batch)
      }),
    )
    return end()
  } finally {
    await log.close()
  }
}

async function replayAll(
  kind: ServerKind,
  database: TestDatabase,
  profiles: number,
  writes: readonly LogWrites[],
): Promise<Time> {
  const log = await openServerDatabase(kind, database)
  await openProfiles(log, profiles)
  await log.close()
  const found = await ask(kind, database.url, 'select profile_id from profiles order by profile_id')
  const floors = await Promise.all(
    found.map(({ profile_id: id }) => openServerAppendFloor(kind, database.url, Number(id), writes)),
  )
  try {
    const end = startTimer()
    await Promise.all(
      floors.map(async (floor) => {
        for (const index of writes.keys()) await floor.append(index)
      }),
    )
    return end()
  } finally {
    await Promise.all(floors.map((floor) => floor.close()))
  }
}

/** Empty where there is no server. */
async function appendWithEmmett(learners: number, batches: Batches): Promise<readonly Time[]> {
  const time = await withServerDatabase('postgres', async ({ url }) => {
    const store = await openEmmett(url)
    try {
      const end = startTimer()
      await Promise.all(
        Array.from({ length: learners }, async (_, learner) => {
          for (const batch of batches) await store.append(batch, `${learner}-`)
        }),
      )
      return end()
    } finally {
      await store.close()
    }
  })
  return time === null ? [] : [time]
}

async function openProfiles(
  log: Awaited<ReturnType<typeof openServerDatabase>>,
  profiles: number,
): Promise<readonly LogEngine[]> {
  const engines: LogEngine[] = []
  for (let index = 0; index < profiles; index++) {
    const profile = `learner-${index}`
    const projections = BUILT_IN_PROJECTIONS
    engines.push(await createLogEngine({ log, profile, settings: SETTINGS, projections, clock: CLOCK }))
  }
  return engines
}
