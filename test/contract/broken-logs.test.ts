// The contract finds faults: each broken backend fails at least one case of the port, in the part that its fault concerns. The
// same backend without a fault fails none.

import { type ContractPart, contractCases } from 'immersion-log/contract'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BROKEN_LOGS, type BrokenLog, WRAPPED_LOG } from './broken-logs.js'
import { MANIFEST } from './map-backend.js'

const test = suite('contract of broken backends')
const cases = contractCases(MANIFEST).filter(({ way }) => way === 'port')

interface Failure {
  readonly part: ContractPart
  readonly name: string
}

async function failuresOf({ backend }: BrokenLog): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  for (const { part, name, run } of cases) {
    await run(backend).catch(() => failures.push({ part, name }))
  }
  return failures
}

for (const one of BROKEN_LOGS) {
  test(`a backend that ${one.fault} is found`, async () => {
    const failures = await failuresOf(one)
    assert.ok(
      failures.some(({ part }) => part === one.part),
      `failed: ${failures.map(({ part, name }) => `${part}: ${name}`).join('; ') || 'nothing'}`,
    )
    // A backend that fails half of all cases would have more than one fault.
    assert.ok(failures.length < cases.length / 2, `${failures.length} of ${cases.length} cases failed`)
  })
}

test('the same backend without a fault fails no case', async () => {
  assert.equal(await failuresOf(WRAPPED_LOG), [])
})

test.run()
