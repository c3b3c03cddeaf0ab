// The law on every database that ships: two programs, each with connections of its own, on one log.

import { suite } from 'uvu'
import { BACKENDS, type Backend } from '../support/backends.js'
import { requires } from '../support/requires.js'
import { assertLaw } from './law.js'

/** Histories by default: many where they are cheap. IMMERSION_LAW_RUNS asks for more. */
const RUNS = { memory: 150, sqlite: 60, postgres: 12, mysql: 12 } as const

for (const backend of BACKENDS) {
  const test = suite(`law: ${backend.provider}`)
  const withBackend = requires(test, ...backend.requirements)

  withBackend(
    'rows are the naive recount for every batch split, order, repetition, program, day start and rebuild',
    () => assertLaw(RUNS[backend.provider], () => openOn(backend)),
  )

  test.run()
}

async function openOn(backend: Backend) {
  const [adapter, log] = [await backend.adapter(), await backend.freshLog()]
  return {
    openLog: (tables: Parameters<typeof adapter.openEventLog>[0]['tables']) =>
      adapter.openEventLog({ storage: log.storage, tables, readOnly: false }),
    remove: () => log.remove(),
  }
}
