// The contract of the whole behind the port: what an application may rely on whatever the backend, by the operations
// Session, Video, Telemetry, Event, Rollup and Store. test/adapters/engine-contract.test.ts runs it against each adapter,
// in process and through the worker.

import type { EngineCase } from './engine-case.js'
import { engineEventCases } from './engine-event-cases.js'
import { engineRollupCases } from './engine-rollup-cases.js'
import { engineStoreCases } from './engine-store-cases.js'

export type { EngineCase, OpenEngine } from './engine-case.js'

export const engineCases: readonly EngineCase[] = [...engineRollupCases, ...engineEventCases, ...engineStoreCases]
