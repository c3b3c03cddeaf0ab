// The law on the reference adapter, where many histories are cheap.

import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import { adapter } from '../../adapters/memory/memory.js'
import { assertLaw } from './law.js'

const RUNS = 150

const test = suite('law on memory')

test('rows are the naive recount for every batch split, order, repetition, program, day start and rebuild', async () => {
  await assertLaw(RUNS, () => {
    const name = randomUUID()
    return {
      openLog: (tables) => adapter.openEventLog({ storage: { name }, tables, readOnly: false }),
      remove: () => {},
    }
  })
})

test.run()
