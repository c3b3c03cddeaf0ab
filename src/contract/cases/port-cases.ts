// The contract of the port EventLog, as cases that any test runner can run. src/contract/contract.ts makes them public, beside
// the cases of the engine above the port.

import type { PortCase } from './contract-case.js'
import * as eventCases from './event-cases.js'
import * as limitCases from './limit-cases.js'
import { planCases } from './plan-cases.js'
import * as profileCases from './profile-cases.js'
import * as rollupCases from './rollup-cases.js'
import * as rowCases from './row-cases.js'
import * as storeCases from './store-cases.js'

const files = [rowCases, eventCases, rollupCases, profileCases, limitCases, { planCases }, storeCases]

export const portCases: readonly PortCase[] = files.flatMap((cases) => Object.values(cases).flat())
