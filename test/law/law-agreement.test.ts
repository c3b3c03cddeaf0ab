// Memory and SQLite, given one history, hold the same: each row of each table, not only what the recount looks at.

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { forgetSharedLog, adapter as memory } from '../../adapters/memory/memory.js'
import { adapter as sqlite } from '../../adapters/sqlite/sqlite.js'
import { BUILT_IN_PROJECTIONS, rowTableOf } from '../../src/ledger/built-in-projections.js'
import { projectionId } from '../../src/ports/projection.js'
import { histories } from './history.js'
import { parametersOf } from './law.js'
import { ENGINE_COUNT, type OpenLog, openPrograms } from './play.js'

const RUNS = 20

const test = suite('memory and SQLite')

type Play = Parameters<typeof openPrograms>[0]

/** Everything that a log holds of one profile, after the history was played into it. */
async function heldAfter(play: Play, openLog: OpenLog): Promise<unknown> {
  const programs = await openPrograms(play, openLog)
  const log = await openLog(BUILT_IN_PROJECTIONS.map(rowTableOf))
  try {
    await programs.play()
    return await log.read(play.learner.profile, async (snapshot) => {
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
  } finally {
    await programs.close()
    await log.close()
  }
}

test('memory and SQLite agree row for row after the same history', async () => {
  await fc.assert(
    fc.asyncProperty(histories(ENGINE_COUNT), async ({ learners }) => {
      const folder = mkdtempSync(join(tmpdir(), 'immersion-agreement-'))
      const name = randomUUID()
      try {
        for (const play of learners) {
          const inMemory = await heldAfter(play, (tables) =>
            memory.openEventLog({ storage: { name }, tables, readOnly: false }),
          )
          const inSqlite = await heldAfter(play, (tables) =>
            sqlite.openEventLog({ storage: { path: join(folder, 'log.sqlite') }, tables, readOnly: false }),
          )
          assert.equal(inSqlite, inMemory)
        }
      } finally {
        forgetSharedLog(name)
        rmSync(folder, { recursive: true, force: true })
      }
    }),
    parametersOf(RUNS),
  )
})

test.run()
