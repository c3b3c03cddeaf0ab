// Runs the contract of the port against every adapter that ships. Each case has a log of its own.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { TABLES } from '../../adapters/contract/contract-case.js'
import { type OpenLog, portCases } from '../../adapters/contract/port-cases.js'
import { forgetSharedLog, adapter as memory } from '../../adapters/memory/memory.js'
import { adapter as sqlite } from '../../adapters/sqlite/sqlite.js'

const onMemory = suite('port contract: memory')
for (const [index, { part, name, run }] of portCases.entries()) {
  onMemory(`${part}: ${name}`, async () => {
    const storage = { name: `contract ${index}` }
    const open: OpenLog = (options) => memory.openEventLog({ storage, tables: TABLES, readOnly: false, ...options })
    try {
      await run(open)
    } finally {
      forgetSharedLog(storage.name)
    }
  })
}
onMemory.run()

const onSqlite = suite('port contract: sqlite')
for (const { part, name, run } of portCases) {
  onSqlite(`${part}: ${name}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'immersion-contract-'))
    const storage = { path: join(directory, 'log.db') }
    const open: OpenLog = (options) => sqlite.openEventLog({ storage, tables: TABLES, readOnly: false, ...options })
    try {
      await run(open)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
}
onSqlite.run()
