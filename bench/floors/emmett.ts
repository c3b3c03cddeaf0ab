// The peer beside the servers' figures: Emmett's event store on PostgreSQL with one inline projection, a document for each
// stream with the sums of its measures (the ledger's least part: no quarter hours, no read models, no coverage). Its
// rebuild is of that one projection, with its pulling tuned: by default it waits far longer between pages.

import { projections } from '@event-driven-io/emmett'
import {
  getPostgreSQLEventStore,
  pongoSingleStreamProjection,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql'
import type { NewEvent } from '../../src/events/types.js'
import { ask } from '../../test/support/server-connection.js'
import { until } from '../../test/support/until.js'

const PULL_EVENTS = 1_000
const PULL_EVERY_MS = 1
const APPEND_ATTEMPTS = 100
const CONFLICT = 412

interface Recorded {
  readonly type: 'recorded'
  readonly data: {
    readonly type: string
    readonly occurredAtMs: number
    readonly utcOffsetMin: number
    readonly measures: Readonly<Record<string, number>>
    readonly payload: string | null
  }
}

type Sums = Record<string, number>

const sumsOfStream = pongoSingleStreamProjection<Sums, Recorded>({
  collectionName: 'sums_of_stream',
  canHandle: ['recorded'],
  evolve(sums: Sums | null, { data }: Recorded): Sums {
    const next: Sums = { ...(sums ?? {}) }
    for (const [name, value] of Object.entries(data.measures)) next[name] = (next[name] ?? 0) + value
    return next
  },
})

export interface EmmettStore {
  /** `learner` keeps the streams of several apart. */
  append(batch: readonly NewEvent[], learner?: string): Promise<void>
  close(): Promise<void>
}

/** Its tables are made, so that no append pays for them. */
export async function openEmmett(url: string): Promise<EmmettStore> {
  const store = getPostgreSQLEventStore(url, { projections: projections.inline([sumsOfStream]) })
  await store.schema.migrate()
  return {
    async append(batch, learner = '') {
      for (const [streamId, events] of byStream(batch)) {
        await again(() => store.appendToStream<Recorded>(learner + streamId, events))
      }
    },
    async close() {
      await store.close()
      await untilAlone(url)
    },
  }
}

export async function rebuildWithEmmett(url: string): Promise<void> {
  const consumer = rebuildPostgreSQLProjections<Recorded>({
    connectionString: url,
    projections: [sumsOfStream],
    pulling: { batchSize: PULL_EVENTS, pullingFrequencyInMs: PULL_EVERY_MS },
  })
  try {
    await consumer.start()
  } finally {
    await consumer.close()
    await untilAlone(url)
  }
}

/** Its pool answers before its connections are gone; one that a dropped database cuts would end this process. */
async function untilAlone(url: string): Promise<void> {
  await until('Emmett lets go of its connections', async () => {
    const [row] = await ask(
      'postgres',
      url,
      'select count(*)::int as others from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    return row?.others === 0
  })
}

/** Writers of different streams that begin at the same moment are refused as if they met in one; trying again is its advice. */
async function again(append: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await append()
      return
    } catch (error) {
      if (attempt === APPEND_ATTEMPTS || !isVersionConflict(error)) throw error
    }
  }
}

function isVersionConflict(error: unknown): boolean {
  return error instanceof Error && 'errorCode' in error && error.errorCode === CONFLICT
}

/** A batch is of one stream or two. */
function byStream(batch: readonly NewEvent[]): ReadonlyMap<string, Recorded[]> {
  const streams = new Map<string, Recorded[]>()
  for (const { streamId, type, occurredAtMs, utcOffsetMin, measures, payload } of batch) {
    const event: Recorded = {
      type: 'recorded',
      data: { type, occurredAtMs, utcOffsetMin, measures: { ...measures } as Record<string, number>, payload },
    }
    const events = streams.get(streamId)
    if (events === undefined) streams.set(streamId, [event])
    else events.push(event)
  }
  return streams
}
