// The test of an adapter's author: the contract against their own adapter, by Node's test runner. package.trial.ts runs it with
// the installed package, and with the compiled files of test/contract/map-log.ts beside it.

import { test } from 'node:test'
import { contractCases } from 'immersion-log/contract'
import { BACKEND, MANIFEST } from '../contract/map-backend.js'

for (const { part, name, omitted, run } of contractCases(MANIFEST)) {
  test(`${part}: ${name}`, { skip: omitted ?? false }, () => run(BACKEND))
}
