// The same history in the same batches gives the same result on every database: every row of every table, even where the recount
// does not look, and the answer to every query of analytics, byte for byte as JSON.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAnalytics } from '../../src/analytics/analytics.js'
import type { Play } from '../../src/contract/law/history.js'
import { ENGINE_COUNT, type OpenTables, openPrograms } from '../../src/contract/law/play.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { BACKENDS, type Backend, type FreshLog, MEMORY, withFreshLog } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { requires } from '../support/requires.js'
import { answersOf } from './every-query.js'
import { histories, parametersOf } from './histories.js'

/** Fewer on servers, which take ten times as long as memory. */
const RUNS = { memory: 0, sqlite: 20, postgres: 6, mysql: 6 } as const
/** Long after every history. */
const NOW_MS = Date.UTC(2028, 0, 1)

for (const backend of BACKENDS.filter((one) => one !== MEMORY)) {
  const test = suite(`agreement: ${backend.provider}`)
  const withBackend = requires(test, ...backend.requirements)

  withBackend('after the same history it holds the rows and gives the answers that memory does', () =>
    fc.assert(
      fc.asyncProperty(histories(ENGINE_COUNT), async (learners) => {
        await withFreshLog(MEMORY, (memoryLog) =>
          withFreshLog(backend, async (log) => {
            for (const play of learners.map(withoutRaces)) {
              const expected = await afterPlaying(play, MEMORY, memoryLog)
              const found = await afterPlaying(play, backend, log)
              assert.equal(found.rows, expected.rows)
              assert.ok(Object.keys(expected.answers).length > 0)
              for (const [query, answer] of Object.entries(expected.answers)) {
                assert.is(found.answers[query], answer, query)
              }
            }
          }),
        )
      }),
      parametersOf(RUNS[backend.provider]),
    ),
  )

  test.run()
}

/** Corrections that two programs make at once get other ids and another order each time. */
function withoutRaces(play: Play): Play {
  return { ...play, steps: play.steps.filter(({ kind }) => kind !== 'correct') }
}

interface After {
  readonly rows: unknown
  /** The answer as JSON, by query and its arguments. */
  readonly answers: Readonly<Record<string, string>>
}

async function afterPlaying(play: Play, backend: Backend, { storage }: FreshLog): Promise<After> {
  const adapter = await backend.adapter()
  const openLog: OpenTables = (tables) => adapter.openEventLog({ storage, tables, readOnly: false })
  const programs = await openPrograms(play, openLog)
  const log = await openLog(BUILT_IN_PROJECTIONS.map(rowTableOf))
  try {
    await programs.play()
    // The built-in projections are folded by both programs, so nothing is behind.
    const clock = { nowMs: () => NOW_MS, utcOffsetMin: () => 540 }
    const { profile } = play
    const analytics = createAnalytics({ log, profile, projections: BUILT_IN_PROJECTIONS, clock })
    return { rows: await everyRow(log, profile), answers: await answersOf(analytics) }
  } finally {
    await programs.close()
    await log.close()
  }
}

/** Everything that a log holds in one profile. */
function everyRow(log: EventLog, profile: string): Promise<unknown> {
  return log.read(profile, async (snapshot) => {
    const rows: Record<string, unknown> = {}
    for (const projection of BUILT_IN_PROJECTIONS) {
      rows[projection.name] = await snapshot.rows({ projection: projectionId(projection) })
    }
    return {
      head: await snapshot.head(),
      streams: await snapshot.streams({}),
      events: await snapshot.events({ after: 0, limit: Number.MAX_SAFE_INTEGER }),
      ledger: await snapshot.ledger({}),
      videos: await snapshot.videos({}),
      rows,
    }
  })
}
