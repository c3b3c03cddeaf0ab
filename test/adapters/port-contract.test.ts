// Runs the contract of the port against every adapter that ships. Each case has a log of its own.

import { suite } from 'uvu'
import { contractCases } from '../../src/contract/contract.js'
import { BACKENDS } from '../support/backends.js'
import { addContractTests, manifestOf } from '../support/contract-tests.js'
import { requires } from '../support/requires.js'

for (const backend of BACKENDS) {
  const test = suite(`port contract: ${backend.provider}`)
  const cases = contractCases(manifestOf(backend)).filter(({ way }) => way === 'port')
  addContractTests(requires(test, ...backend.requirements), cases, backend)
  test.run()
}
