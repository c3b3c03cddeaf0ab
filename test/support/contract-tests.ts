// Adds the contract's cases to a suite. A case that the manifest leaves out is not skipped: it runs, and must fail, so that no
// manifest claims a limit that does not exist.

import * as assert from 'uvu/assert'
import type { ContractBackend, ContractCase, ContractManifest } from '../../src/contract/contract.js'
import { type Backend, MEMORY } from './backends.js'

/** Two histories of the law are enough here, because test/law tries many more. */
export function manifestOf(backend: Backend): ContractManifest {
  if (backend !== MEMORY) return { lawSeeds: [1, 2] }
  return { lawSeeds: [1, 2], cannot: [{ capability: 'threads', reason: 'each thread has a memory of its own' }] }
}

export function addContractTests(
  add: (name: string, handler: () => Promise<void>) => void,
  cases: readonly ContractCase[],
  backend: Backend,
): void {
  const ready = async () => ({ ...backend, adapter: await backend.adapter(), newLog: backend.freshLog })
  for (const { part, name, omitted, run } of cases) {
    if (omitted === null) add(`${part}: ${name}`, async () => run(await ready()))
    else add(`${part}: ${name}: cannot, ${omitted}`, async () => refusedBy(await ready(), run))
  }
}

async function refusedBy(backend: ContractBackend, run: ContractCase['run']): Promise<void> {
  let failed = false
  try {
    await run(backend)
  } catch {
    failed = true
  }
  assert.ok(failed, 'the case passes: remove it from the manifest')
}
