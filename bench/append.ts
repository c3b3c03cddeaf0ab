// Appending: events a second from the calls of a tracker through admission, batches and worker into SQLite with ledger
// and read models, beside the bare driver that writes the same rows in the same batches. Both take turns.

import { countLine } from '../src/events/counting.js'
import type { NewEvent } from '../src/events/types.js'
import type { LogWrites } from '../src/ports/event-log.js'
import { checkConfig, type StoreConfig } from '../src/store/config.js'
import { openStore } from '../src/store/open-store.js'
import { type Benchmark, type BenchmarkRun, byScale, eventCount } from './benchmark.js'
import { startTimer, type Time } from './cpu-time.js'
import { openSqliteAppender, openSqliteEngine } from './databases.js'
import { type Figure, pairedRatio, spreadOf } from './figures.js'
import { openAppendFloor } from './floors/append-floor.js'
import { linesOf } from './mix-texts.js'
import { type Counting, createPlayedClock, type Played, playInto } from './played-mix.js'
import { recordWrites } from './recorded-writes.js'

const BATCH_EVENTS = 25
const BACKLOG_BATCH_EVENTS = 1_000

interface Way {
  readonly what: string
  readonly counting: Counting
  readonly config: StoreConfig
  readonly outstandingMax: number
  readonly floorBatchEvents: number
  readonly reach: string
}

/** Facts have a cap of their own, so a queue is kept a little below what it holds. */
const WAYS: readonly Way[] = [
  {
    what: "batches of 25, the caller's counts",
    counting: 'caller',
    config: { batching: { maxEvents: BATCH_EVENTS, backlogMaxEvents: BATCH_EVENTS } },
    outstandingMax: 500,
    floorBatchEvents: BATCH_EVENTS,
    reach: '≥ 0.7 of the floor',
  },
  {
    what: 'batches of 25, our counts',
    counting: 'product',
    config: { batching: { maxEvents: BATCH_EVENTS, backlogMaxEvents: BATCH_EVENTS } },
    outstandingMax: 500,
    floorBatchEvents: BATCH_EVENTS,
    reach: '≥ 0.7 of a floor that counts as well',
  },
  {
    what: 'a backlog behind the default queue of 1,000',
    counting: 'caller',
    config: {},
    outstandingMax: 900,
    floorBatchEvents: BACKLOG_BATCH_EVENTS,
    reach: '≥ 0.6 of the floor in transactions of 1,000',
  },
  {
    what: 'a backlog behind a queue of 5,000',
    counting: 'caller',
    config: { queue: { maxEvents: 5_000 } },
    outstandingMax: 4_500,
    floorBatchEvents: BACKLOG_BATCH_EVENTS,
    reach: '≥ 0.6 of the floor in transactions of 1,000',
  },
]

export const append: Benchmark = {
  name: 'append',
  about: 'tracker → worker → SQLite with ledger and read models, in batches and draining a backlog',
  async run(run) {
    const events = byScale(run, { tiny: 1_000, usual: 50_000, full: 200_000 })
    const rounds = byScale(run, { tiny: 1, usual: 3, full: 9 })
    const figures: Figure[] = []
    for (const way of WAYS) figures.push(await measureWay(run, way, events, rounds))
    figures.push(await measureEngine(run, events, rounds))
    return figures
  },
}

async function measureWay(run: BenchmarkRun, way: Way, events: number, rounds: number): Promise<Figure> {
  const product: Pace[] = []
  const floor: Pace[] = []
  let writes: readonly LogWrites[] | null = null
  let perBatch = 0
  for (let round = 0; round < rounds; round++) {
    const played = await playOnce(run, way, events)
    writes ??= await recordWrites(cut(await recordedEvents(played.at), way.floorBatchEvents))
    run.databases.remove(played.at)
    perBatch = Math.round(played.events / played.batches)
    product.push(paceOf(played.events, played))
    floor.push(await replay(run, writes, way.counting === 'product'))
  }
  const counted = way.counting === 'product' ? ', each line counted' : ''
  return figureOf(product, floor, {
    what: `tracker → worker → SQLite, ${way.what}`,
    workload: `${eventCount(events)} events of the mix, about ${perBatch} a batch`,
    floor: `bare driver, same rows, transactions of ${way.floorBatchEvents}${counted}`,
    reach: way.reach,
  })
}

/** The engine in this thread with events that are encoded already: what is left when tracker and thread are taken away. */
async function measureEngine(run: BenchmarkRun, events: number, rounds: number): Promise<Figure> {
  const played = await playOnce(run, WAYS[0] as Way, events)
  const batches = cut(await recordedEvents(played.at), BATCH_EVENTS)
  run.databases.remove(played.at)
  const writes = await recordWrites(batches)
  const product: Pace[] = []
  const floor: Pace[] = []
  for (let round = 0; round < rounds; round++) {
    const at = run.databases.fresh()
    const { appender, close } = await openSqliteAppender(at)
    const end = startTimer()
    for (const batch of batches) await appender.append(batch)
    product.push(paceOf(countOf(batches), end()))
    await close()
    run.databases.remove(at)
    floor.push(await replay(run, writes, false))
  }
  return figureOf(product, floor, {
    what: 'the engine alone, in this thread, batches of 25',
    workload: `${eventCount(events)} events of the mix, encoded before`,
    floor: 'bare driver, same rows, same batches',
    reach: 'part of the first figure, no target of its own',
  })
}

interface Pace {
  readonly perSecond: number
  readonly perCpuSecond: number
}

function paceOf(events: number, { elapsedMs, busiestMs }: Time): Pace {
  return { perSecond: (events * 1_000) / elapsedMs, perCpuSecond: (events * 1_000) / busiestMs }
}

function figureOf(
  product: readonly Pace[],
  floor: readonly Pace[],
  texts: { readonly what: string; readonly workload: string; readonly floor: string; readonly reach: string },
): Figure {
  const [speeds, floorSpeeds] = [product, floor].map((paces) => paces.map(({ perSecond }) => perSecond))
  const [cpuSpeeds, floorCpuSpeeds] = [product, floor].map((paces) => paces.map(({ perCpuSecond }) => perCpuSecond))
  return {
    benchmark: 'append',
    what: texts.what,
    workload: texts.workload,
    measured: spreadOf('events/s', speeds ?? []),
    floor: { what: texts.floor, spread: spreadOf('events/s', floorSpeeds ?? []) },
    ratioOf: 'share of the floor’s speed, median of pairs',
    ratio: pairedRatio(speeds ?? [], floorSpeeds ?? []),
    cpuRatio: pairedRatio(cpuSpeeds ?? [], floorCpuSpeeds ?? []),
    reach: texts.reach,
  }
}

async function playOnce(run: BenchmarkRun, way: Way, events: number): Promise<Played & { readonly at: string }> {
  const warmUp = byScale(run, { tiny: 100, usual: 20_000, full: 20_000 })
  const at = run.databases.fresh()
  const clock = createPlayedClock(0)
  const store = await openStore(checkConfig({ ...way.config, storage: { path: at } }), clock)
  // A new thread starts cold, the floor's does not: the pace is that of a program that has run for a while.
  await playInto(store, clock, { events: warmUp, counting: way.counting, outstandingMax: way.outstandingMax })
  const played = await playInto(store, clock, { ...way, events })
  await store.close()
  return { ...played, at }
}

async function recordedEvents(at: string): Promise<readonly NewEvent[]> {
  const engine = await openSqliteEngine(at)
  const found: NewEvent[] = []
  for (let after = 0; ; ) {
    const { events, lastPosition } = await engine.events({ after, limit: 10_000 })
    found.push(...events.map(({ position: _its, ...event }) => event))
    if (events.length === 0) break
    after = lastPosition
  }
  await engine.close()
  return found
}

async function replay(run: BenchmarkRun, writes: readonly LogWrites[], counting: boolean): Promise<Pace> {
  const at = run.databases.fresh()
  const floor = await openAppendFloor(at, writes)
  const texts = counting
    ? writes.map(({ events }) => events.flatMap(({ payload, type }) => lineText(type, payload)))
    : []
  for (const language of ['ja', 'en'] as const) countLine(linesOf(language)[0]?.text ?? '', language)
  const end = startTimer()
  for (let index = 0; index < writes.length; index++) {
    for (const text of texts[index] ?? []) countLine(text, 'ja')
    floor.append(index)
  }
  const pace = paceOf(countOf(writes.map(({ events }) => events)), end())
  floor.close()
  run.databases.remove(at)
  return pace
}

function lineText(type: string, payload: string | null): readonly string[] {
  if (type !== 'subtitle.shown' || payload === null) return []
  const parsed: unknown = JSON.parse(payload)
  // Written by our own codec: a line's payload has a text.
  return [(parsed as { readonly json: { readonly text: string } }).json.text]
}

function cut(events: readonly NewEvent[], batchEvents: number): readonly (readonly NewEvent[])[] {
  const batches: (readonly NewEvent[])[] = []
  for (let at = 0; at < events.length; at += batchEvents) batches.push(events.slice(at, at + batchEvents))
  return batches
}

function countOf(batches: readonly (readonly unknown[])[]): number {
  return batches.reduce((sum, batch) => sum + batch.length, 0)
}
