// Runs the contract of the port against every adapter that ships. Each case has a log of its own.

import { suite } from 'uvu'
import { TABLES } from '../../adapters/contract/contract-case.js'
import { portCases } from '../../adapters/contract/port-cases.js'
import { BACKENDS, withFreshLog } from '../support/backends.js'
import { requires } from '../support/requires.js'

for (const backend of BACKENDS) {
  const test = suite(`port contract: ${backend.provider}`)
  const withBackend = requires(test, ...backend.requirements)
  for (const { part, name, run } of portCases) {
    withBackend(`${part}: ${name}`, () =>
      withFreshLog(backend, async ({ storage }) => {
        const adapter = await backend.adapter()
        await run((options) => adapter.openEventLog({ storage, tables: TABLES, readOnly: false, ...options }))
      }),
    )
  }
  test.run()
}
