// A program of its own for tests that need another process on the file. `open PATH` opens it and makes the profile.
// `write PATH` commits for ever and says each revision on stdout once it is committed; it ends by being killed.
// `update PATH` does as many updates as UPDATES says, beside others. A third argument is one more step of the schema.

import { writeSync } from 'node:fs'
import { openSqliteLog } from '../../adapters/sqlite/log.js'
import { MIGRATIONS } from '../../adapters/sqlite/migrations.js'
import { PROFILE, SETTINGS, someOfEverything, TABLES } from '../../src/contract/cases/contract-case.js'

/** Of each process that updates. */
const UPDATES = 40

const [mode, path = '', ...steps] = process.argv.slice(2)
const file = { path, nativeBinding: undefined, migrations: [...MIGRATIONS, ...steps.map((step) => [step])] }
const log = await openSqliteLog(file, { storage: {}, tables: TABLES, readOnly: false })
let head = await log.openProfile(PROFILE, SETTINGS)
if (mode === 'write') {
  for (;;) {
    const writes = someOfEverything(head)
    if ((await log.commit(PROFILE, writes)) !== 'committed') throw new Error('stale')
    head = writes.head
    // Synchronous, so that what was said is out of the process before it is killed.
    writeSync(1, `${head.revision}\n`)
  }
}
if (mode === 'update') {
  for (let turn = 0; turn < UPDATES; turn++) {
    await log.update(PROFILE, async (snapshot) => ({ writes: someOfEverything(await snapshot.head()), answer: null }))
  }
}
await log.close()
