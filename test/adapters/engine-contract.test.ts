// Runs the contract of the engine, of the defaults and of the law on every database that ships, in process and through the
// worker. Each case has logs of its own.

import { suite } from 'uvu'
import { contractCases } from '../../src/contract/contract.js'
import { BACKENDS } from '../support/backends.js'
import { addContractTests, manifestOf } from '../support/contract-tests.js'
import { requires } from '../support/requires.js'

for (const backend of BACKENDS) {
  const test = suite(`engine contract: ${backend.provider}`)
  const cases = contractCases(manifestOf(backend)).filter(({ way }) => way !== 'port')
  addContractTests(requires(test, ...backend.requirements), cases, backend)
  test.run()
}
