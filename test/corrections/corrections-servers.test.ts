// Corrections on every database that ships: streams are found by the kind `correction`, sums go below zero and back,
// and erased events are gone, whatever the database makes of an empty text and of a negative number.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Appender } from '../../src/append/append.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { MEASURE_NAMES } from '../../src/events/measures.js'
import type { CorrectionType, NewEvent } from '../../src/events/types.js'
import { rebuild } from '../../src/rebuild/rebuild.js'
import { verify } from '../../src/rebuild/verify.js'
import { BACKENDS, withFreshLog } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { event, idOf, line, PROFILE, START_MS, started } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'

const A = idOf(1)
const B = idOf(2)
const WATCHED = [started(A, 1, 'local:/a', 'ja'), line(A, 2), started(B, 1, 'local:/b', 'de'), line(B, 2)]

function correction(number: number, type: CorrectionType, payload: Record<string, unknown>, lines = 0): NewEvent {
  const measures = lines === 0 ? {} : { lines }
  return event(idOf(1_000 + number), 1, { type, atMs: START_MS + number, measures, payload })
}

const CORRECTIONS = [
  correction(1, 'session.adjusted', { targetStreamId: A, countedAtMs: START_MS }, -1),
  correction(2, 'video.merged', { videoKey: 'local:/a', intoVideoKey: 'local:/b' }),
  correction(3, 'video.renamed', { videoKey: 'local:/b', title: 'Mine' }),
  correction(4, 'stream.discarded', { targetStreamId: B }),
  correction(5, 'stream.restored', { targetStreamId: B }),
  correction(6, 'stream.erased', { targetStreamId: B }),
]

for (const backend of BACKENDS) {
  const test = suite(`corrections: ${backend.provider}`)
  const withBackend = requires(test, ...backend.requirements)

  for (const [name, events] of [
    ['one by one', [...WATCHED, ...CORRECTIONS]],
    ['the corrections before their targets', [...CORRECTIONS, ...WATCHED]],
  ] as const) {
    withBackend(`corrections that arrive ${name} give the rows that they name`, async () => {
      const adapter = await backend.adapter()
      await withFreshLog(backend, async ({ storage }) => {
        const tables = BUILT_IN_PROJECTIONS.map(rowTableOf)
        const log = await adapter.openEventLog({ storage, tables, readOnly: false })
        try {
          await log.openProfile(PROFILE, { dayStartsAtHour: 4 })
          const clock = { nowMs: () => START_MS, utcOffsetMin: () => 0 }
          const own = { log, profile: PROFILE, projections: BUILT_IN_PROJECTIONS, clock }
          const { head } = await rebuild(own, {})
          const appender = new Appender({ ...own, head })
          for (const one of events) await appender.append([one])
          await log.read(PROFILE, async (snapshot) => {
            const rows = await snapshot.rows({ projection: 'videos@1' })
            const found = rows.map(({ key, measures }) => [
              ...key,
              measures[MEASURE_NAMES.indexOf('sessions')],
              measures[MEASURE_NAMES.indexOf('lines')],
            ])
            assert.equal(found, [['local:/b', 'ja', 1, 0]])
            const videos = await snapshot.videos({})
            assert.equal(
              videos.map(({ videoKey, facts }) => [videoKey, facts]),
              [['local:/b', '{"title":"Mine"}']],
            )
            assert.is((await snapshot.streams({ kind: 'correction' })).length, CORRECTIONS.length)
            assert.is((await snapshot.events({ after: 0, limit: 100 })).length, 2 + CORRECTIONS.length)
          })
          assert.equal((await verify(own)).damage, [])
        } finally {
          await log.close()
        }
      })
    })
  }

  test.run()
}
