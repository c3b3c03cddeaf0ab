// The law on SQLite: two programs, each with its own connections, on one file.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { adapter } from '../../adapters/sqlite/sqlite.js'
import { assertLaw } from './law.js'

const RUNS = 60

const test = suite('law on SQLite')

test('rows are the naive recount for every batch split, order, repetition, program, day start and rebuild', async () => {
  await assertLaw(RUNS, () => {
    const folder = mkdtempSync(join(tmpdir(), 'immersion-law-'))
    return {
      openLog: (tables) =>
        adapter.openEventLog({ storage: { path: join(folder, 'log.sqlite') }, tables, readOnly: false }),
      remove: () => rmSync(folder, { recursive: true, force: true }),
    }
  })
})

test.run()
