// The contract of the engine above the port: the behaviour on which an application relies, whatever the backend.
// src/contract/contract.ts makes the cases public, each in this process and through the worker.

import type { EngineCase } from './engine-case.js'
import { engineEventCases } from './engine-event-cases.js'
import { engineRollupCases } from './engine-rollup-cases.js'
import { engineStoreCases } from './engine-store-cases.js'

export const engineCases: readonly EngineCase[] = [...engineRollupCases, ...engineEventCases, ...engineStoreCases]
