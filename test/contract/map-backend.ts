// The backend of map-log.ts in the form that the contract takes, with its manifest.

import { randomUUID } from 'node:crypto'
import type { ContractBackend, ContractManifest } from 'immersion-log/contract'
import { adapter, forgetMapLog } from './map-log.js'

export const MANIFEST: ContractManifest = {
  cannot: [{ capability: 'threads', reason: 'Maps do not cross threads' }],
  lawSeeds: [1, 2, 3],
}

export const BACKEND: ContractBackend = {
  adapter,
  provider: new URL('./map-log.js', import.meta.url).href,
  newLog() {
    const name = randomUUID()
    return { storage: { name }, remove: () => forgetMapLog(name) }
  },
}
