// The list of the contract's cases, and the manifests that are accepted and refused.

import { ImmersionError } from 'immersion-log'
import { CAPABILITIES, type ContractManifest, contractCases } from 'immersion-log/contract'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('manifest of a backend')

function refusalOf(manifest: ContractManifest): ImmersionError | null {
  try {
    contractCases(manifest)
    return null
  } catch (error) {
    if (error instanceof ImmersionError) return error
    throw error
  }
}

test('no two cases have the same part and name', () => {
  const names = contractCases().map(({ part, name }) => `${part}: ${name}`)
  assert.equal(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
  assert.ok(names.length > 100, `only ${names.length} cases`)
})

test('without a manifest no case is left out', () => {
  assert.ok(contractCases().every(({ omitted }) => omitted === null))
})

test('a capability leaves out the cases that need it, with its reason, and no others', () => {
  const capabilities = Object.keys(CAPABILITIES) as (keyof typeof CAPABILITIES)[]
  for (const capability of capabilities) {
    const cases = contractCases({ cannot: [{ capability, reason: 'not made for it' }] })
    const needing = cases.filter(({ needs }) => needs.includes(capability))
    assert.ok(needing.length > 0, `nothing needs ${capability}`)
    for (const { name, needs, omitted } of cases) {
      assert.is(omitted, needs.includes(capability) ? 'not made for it' : null, name)
    }
  }
})

test('one case is left out by its part and name', () => {
  const named = 'Store: stats say where the log is and how large'
  const left = contractCases({ cannot: [{ case: named, reason: 'it is nowhere' }] }).filter(
    ({ omitted }) => omitted !== null,
  )
  assert.equal(
    left.map(({ part, name, omitted }) => [`${part}: ${name}`, omitted]),
    [[named, 'it is nowhere']],
  )
})

test('each seed of the law is four cases, named by its number', () => {
  const names = contractCases({ lawSeeds: [77] })
    .filter(({ part }) => part === 'Law')
    .map(({ name }) => name)
  assert.is(names.length, 4)
  for (const name of names) assert.match(name, /history 77$/)
})

for (const [what, omission] of Object.entries({
  'an unknown capability': { capability: 'flying', reason: 'no wings' },
  'the name of a method of every object': { capability: 'toString', reason: 'no wings' },
  'an unknown case': { case: 'Store: flies', reason: 'no wings' },
  'a case without its part': { case: 'stats say where the log is and how large', reason: 'no wings' },
  'a capability without a reason': { capability: 'threads', reason: ' ' },
  'a case without a reason': { case: 'Store: stats say where the log is and how large', reason: '' },
})) {
  test(`a manifest with ${what} is refused`, () => {
    // The compiler would refuse most of these; a manifest may come from a program without types.
    const refusal = refusalOf({ cannot: [omission] } as unknown as ContractManifest)
    assert.is(refusal?.code, 'INVALID_ARGUMENT')
    assert.equal(refusal?.details, { omission })
    assert.ok(refusal?.hint.includes('CAPABILITIES'))
  })
}

test.run()
