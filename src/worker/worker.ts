// The entry of a worker thread: opens the engine that its spec describes and serves it on the parent's port. A program
// that bundles names the built copy of this file in `worker.path`.

import { parentPort, workerData } from 'node:worker_threads'
import type { PlainEngineSpec } from '../engine/engine-spec.js'
import { openEngine } from '../engine/open-engine.js'
import type { ExitGate } from './exit-gate.js'
import { serveEngine } from './serve.js'

if (parentPort === null) throw new Error('worker.js is the entry of a worker thread, not a program')

// thread.ts is the only one that starts this file, and gives it both.
const { spec, gate } = workerData as { readonly spec: PlainEngineSpec; readonly gate: ExitGate }
await serveEngine(parentPort, () => openEngine(spec), gate)
