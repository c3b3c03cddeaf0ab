// The law of src/contract/law/law.ts on every database of the package: two programs, each with connections of its own, store
// many generated histories in one log.

import fc from 'fast-check'
import { suite } from 'uvu'
import { assertNeverBelowZero } from '../../src/contract/law/adjustments.js'
import { assertHistory } from '../../src/contract/law/law.js'
import { ENGINE_COUNT } from '../../src/contract/law/play.js'
import { BACKENDS, type Backend, withFreshLog } from '../support/backends.js'
import { requires } from '../support/requires.js'
import { adjustedPlays, histories, isWanted, parametersOf } from './histories.js'

/** Histories by default: many where they are cheap. */
const RUNS = { memory: 150, sqlite: 60, postgres: 12, mysql: 12 } as const

for (const backend of BACKENDS.filter(isWanted)) {
  const test = suite(`law: ${backend.provider}`)
  const withBackend = requires(test, ...backend.requirements)

  withBackend(
    'rows equal the naive recount for every batch split, order, repetition, program, day start and rebuild',
    () => assertLaw(backend),
  )

  withBackend(
    'no sum falls below 0, whatever two programs adjust at once, and whatever becomes of what they subtracted from',
    async () => {
      const adapter = await backend.adapter()
      await fc.assert(
        fc.asyncProperty(adjustedPlays(ENGINE_COUNT), async (play) => {
          await withFreshLog(backend, ({ storage }) =>
            assertNeverBelowZero(
              play,
              (tables) => adapter.openEventLog({ storage, tables, readOnly: false }),
              ENGINE_COUNT,
            ),
          )
        }),
        parametersOf(RUNS[backend.provider]),
      )
    },
  )

  test.run()
}

async function assertLaw(backend: Backend): Promise<void> {
  const adapter = await backend.adapter()
  await fc.assert(
    fc.asyncProperty(histories(ENGINE_COUNT), async (history) => {
      await withFreshLog(backend, ({ storage }) =>
        assertHistory(history, (tables) => adapter.openEventLog({ storage, tables, readOnly: false })),
      )
    }),
    parametersOf(RUNS[backend.provider]),
  )
}
