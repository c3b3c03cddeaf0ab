// A backend that is none of ours keeps the contract through the public door: all cases of the port, of the engine, of the
// defaults and of the law. What its manifest leaves out is run as well and has to fail.

import nodeAssert from 'node:assert/strict'
import { contractCases } from 'immersion-log/contract'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BACKEND, MANIFEST } from './map-backend.js'

const test = suite('contract of a backend of another')
const cases = contractCases(MANIFEST)

for (const { part, name, omitted, run } of cases) {
  if (omitted === null) test(`${part}: ${name}`, () => run(BACKEND))
  else test(`${part}: ${name}: cannot, ${omitted}`, () => nodeAssert.rejects(run(BACKEND)))
}

test('the cases are of every part and every way, and only those that need threads are left out', () => {
  const parts = [...new Set(cases.map(({ part }) => part))].sort()
  assert.equal(parts, ['Defaults', 'Event', 'Law', 'Rollup', 'Session', 'Store', 'Telemetry', 'Video'])
  const ways = [...new Set(cases.map(({ way }) => way))].sort()
  assert.equal(ways, ['in process', 'port', 'through the worker'])
  for (const { name, needs, omitted } of cases) assert.is(omitted !== null, needs.includes('threads'), name)
  assert.ok(cases.some(({ omitted }) => omitted !== null))
})

test.run()
