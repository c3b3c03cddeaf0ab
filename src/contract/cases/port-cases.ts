// The contract of the port EventLog, as cases that any test runner can run. src/contract/contract.ts makes them public, beside
// the cases of the engine above the port.

import type { PortCase } from './contract-case.js'
import { eventCases } from './event-cases.js'
import { limitCases } from './limit-cases.js'
import { planCases } from './plan-cases.js'
import { profileCases } from './profile-cases.js'
import { rollupCases } from './rollup-cases.js'
import { sessionCases, telemetryCases, videoCases } from './row-cases.js'
import { storeCases } from './store-cases.js'

export const portCases: readonly PortCase[] = [
  ...sessionCases,
  ...videoCases,
  ...telemetryCases,
  ...eventCases,
  ...rollupCases,
  ...profileCases,
  ...limitCases,
  ...planCases,
  ...storeCases,
]
