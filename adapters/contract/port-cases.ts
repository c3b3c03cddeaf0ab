// The contract of the port EventLog, as cases that any test runner can run: whoever writes an adapter runs them against it.
// test/adapters/port-contract.test.ts does so for the adapters that ship, and shows how.

import type { PortCase } from './contract-case.js'
import { eventCases } from './event-cases.js'
import { profileCases } from './profile-cases.js'
import { rollupCases } from './rollup-cases.js'
import { sessionCases } from './session-cases.js'
import { storeCases } from './store-cases.js'
import { telemetryCases } from './telemetry-cases.js'
import { videoCases } from './video-cases.js'

export { type OpenLog, type PortCase, TABLES } from './contract-case.js'

export const portCases: readonly PortCase[] = [
  ...sessionCases,
  ...videoCases,
  ...telemetryCases,
  ...eventCases,
  ...rollupCases,
  ...profileCases,
  ...storeCases,
]
