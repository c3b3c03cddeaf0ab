// How much a question of analytics asks of the database, counted where no machine matters: questions to one snapshot, the
// rows that they return, and what goes out to PostgreSQL for them. The same on every database, and no more in a log that
// holds four times the events.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { engineOn } from '../../bench/databases.js'
import { mixBatches } from '../../bench/mix.js'
import { contextOf, QUERIES, type QueryName, queryEngine } from '../../bench/queries.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import type { EventLog, LogSnapshot } from '../../src/ports/event-log.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { BACKENDS, type Backend, POSTGRES } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { changed } from '../support/changed.js'
import { sentToPostgres } from '../support/postgres-traffic.js'
import { requires } from '../support/requires.js'

const test = suite('analytics: questions asked')

/** More than a page of sessions, videos and days in both. */
const EVENTS = 2_000
const MORE_EVENTS = 8_000
const FILL_BATCH_EVENTS = 500

interface Asked {
  questions: number
  rows: number
}

interface Counted {
  readonly engine: LogEngine
  /** Since it was last asked. */
  take(): Asked
}

/** The engine on a log that counts what each snapshot is asked. */
async function counted(log: EventLog): Promise<Counted> {
  let asked: Asked = { questions: 0, rows: 0 }
  const counting =
    <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      const answer = await ask(...args)
      asked.questions++
      asked.rows += Array.isArray(answer) ? answer.length : 1
      return answer
    }
  const snapshotOf = (snapshot: LogSnapshot): LogSnapshot => ({
    head: counting(() => snapshot.head()),
    streams: counting((query) => snapshot.streams(query)),
    events: counting((query) => snapshot.events(query)),
    ledger: counting((query) => snapshot.ledger(query)),
    rows: counting((query) => snapshot.rows(query)),
    videos: counting((query) => snapshot.videos(query)),
  })
  const engine = await engineOn(
    changed(log, { read: (profile, work) => log.read(profile, (snapshot) => work(snapshotOf(snapshot))) }),
  )
  return {
    engine,
    take() {
      const taken = asked
      asked = { questions: 0, rows: 0 }
      return taken
    },
  }
}

/** The head, then what each shows: rows, the streams and the videos of them; of one session also the commands about it. */
const QUESTIONS_ASKED: Readonly<Record<QueryName, number>> = {
  overview: 10,
  sessions: 4,
  session: 5,
  timeline: 5,
  videos: 3,
  video: 6,
  daily: 3,
  monthly: 3,
  'throughput by day': 2,
  'throughput by session': 4,
  'throughput by month': 2,
  'throughput by video': 3,
  'throughput by series': 3,
  streak: 2,
  trend: 2,
  hours: 2,
  calendar: 2,
  languages: 3,
}

/** A page and the one row that tells of a next; for each row of it what else it shows; the head. */
const ROWS_OF_A_PAGE: Partial<Record<QueryName, number>> = {
  sessions: 1 + 51 + 50 + 50,
  videos: 1 + 51 + 50,
  'throughput by day': 1 + 60,
  'throughput by session': 1 + 60 + 60 + 60,
  'throughput by video': 1 + 60 + 60,
}

async function withFilled(
  { adapter, freshLog }: Backend,
  events: number,
  work: (counted: Counted) => Promise<void>,
): Promise<void> {
  const { storage, remove } = await freshLog()
  try {
    const tables = BUILT_IN_PROJECTIONS.map(rowTableOf)
    const log = await counted(await (await adapter()).openEventLog({ storage, tables, readOnly: false }))
    try {
      for (const batch of mixBatches({ events }, FILL_BATCH_EVENTS)) await log.engine.append(batch)
      await work(log)
    } finally {
      await log.engine.close()
    }
  } finally {
    await remove()
  }
}

for (const backend of BACKENDS) {
  requires(test, ...backend.requirements)(
    `each question asks as often as it says, however many events there are (${backend.provider})`,
    async () => {
      for (const events of [EVENTS, MORE_EVENTS]) {
        await withFilled(backend, events, async ({ engine, take }) => {
          const context = contextOf(events)
          for (const question of QUERIES) {
            take()
            await queryEngine(engine, question, context)
            const { questions, rows } = take()
            assert.is(questions, QUESTIONS_ASKED[question], question)
            assert.is(rows, ROWS_OF_A_PAGE[question] ?? rows, `rows of ${question}`)
          }
        })
      }
    },
  )
}

requires(test, ...POSTGRES.requirements)('to PostgreSQL each of them is one round trip, in one transaction', () =>
  withFilled(POSTGRES, EVENTS, async ({ engine }) => {
    const context = contextOf(EVENTS)
    for (const question of QUERIES) {
      const { statements, roundTrips } = await sentToPostgres(() => queryEngine(engine, question, context))
      // With begin and commit; the head is among what is asked.
      assert.is(statements, QUESTIONS_ASKED[question] + 2, question)
      assert.is(roundTrips, statements, question)
    }
  }),
)

test.run()
