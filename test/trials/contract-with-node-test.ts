// What the author of a database runs: the contract against an adapter of their own, by Node's test runner. Run against the
// installed package, with the compiled files of the pilot backend beside it.

import { test } from 'node:test'
import { contractCases } from 'immersion-log/contract'
import { BACKEND, MANIFEST } from '../contract/map-backend.js'

for (const { part, name, omitted, run } of contractCases(MANIFEST)) {
  test(`${part}: ${name}`, { skip: omitted ?? false }, () => run(BACKEND))
}
