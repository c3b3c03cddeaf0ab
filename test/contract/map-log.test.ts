// A backend that is not part of the package keeps the contract through its public entry point: all cases of the port, the
// engine, the defaults and the law. The cases that its manifest leaves out run too, and must fail.

import nodeAssert from 'node:assert/strict'
import { contractCases } from 'immersion-log/contract'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BACKEND, MANIFEST } from './map-backend.js'

const test = suite('contract of another backend')
const cases = contractCases(MANIFEST)

for (const { part, name, omitted, run } of cases) {
  if (omitted === null) test(`${part}: ${name}`, () => run(BACKEND))
  else test(`${part}: ${name}: cannot, ${omitted}`, () => nodeAssert.rejects(run(BACKEND)))
}

test('the cases cover every part and every way, and only those that need threads are left out', () => {
  const parts = [...new Set(cases.map(({ part }) => part))].sort()
  assert.equal(parts, ['Defaults', 'Event', 'Law', 'Rollup', 'Session', 'Store', 'Telemetry', 'Video'])
  const ways = [...new Set(cases.map(({ way }) => way))].sort()
  assert.equal(ways, ['in process', 'port', 'through the worker'])
  for (const { name, needs, omitted } of cases) assert.is(omitted !== null, needs.includes('threads'), name)
  assert.ok(cases.some(({ omitted }) => omitted !== null))
})

test.run()
