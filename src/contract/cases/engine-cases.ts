// The contract of the whole behind the port: what an application may rely on whatever the backend, by the operations
// Session, Video, Telemetry, Event, Rollup and Store. src/contract/contract.ts makes the cases public, each in this process
// and through the worker.

import type { EngineCase } from './engine-case.js'
import { engineEventCases } from './engine-event-cases.js'
import { engineRollupCases } from './engine-rollup-cases.js'
import { engineStoreCases } from './engine-store-cases.js'

export const engineCases: readonly EngineCase[] = [...engineRollupCases, ...engineEventCases, ...engineStoreCases]
