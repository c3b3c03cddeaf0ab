// The worker's side of the boundary: takes requests from a port, runs them on an engine and answers. Writes run one after
// the other in the order of their arrival; everything else runs as it comes. A failure is answered as an error with its
// code; nothing in here ends the thread.

import { callEngine, type OnProgress, rowOf } from '../engine/engine-calls.js'
import type { OpenedEngine } from '../engine/open-engine.js'
import { ImmersionError } from '../events/errors.js'
import { requireOpen } from '../events/require-open.js'
import type { LogEngine } from '../ports/log-engine.js'
import { type ExitGate, enterCall, leaveCall } from './exit-gate.js'
import { decodeBatch, type FlatBatch, type Reply, type Request } from './messages.js'

/** What a port of worker_threads has; tests bring one of their own. */
export interface EnginePort {
  postMessage(reply: Reply): void
  on(event: 'message', listener: (request: Request) => void): unknown
  close(): void
}

/** The gate is entered from the beginning, because opening is the first call. */
export async function serveEngine(
  port: EnginePort,
  open: () => Promise<OpenedEngine>,
  gate?: ExitGate | undefined,
): Promise<void> {
  try {
    const { engine, sharedBetweenThreads, settings } = await open()
    port.on('message', requestListener(port, engine, gate))
    port.postMessage({ kind: 'opened', sharedBetweenThreads, settings })
  } catch (error) {
    port.postMessage({ kind: 'open-failed', error: ImmersionError.from(error).toJSON() })
    port.close()
  } finally {
    leaveCall(gate)
  }
}

function requestListener(port: EnginePort, engine: LogEngine, gate: ExitGate | undefined) {
  let writes = Promise.resolve()
  let closesAtOnce = false

  async function answer(request: Request): Promise<void> {
    const { id } = request
    try {
      requireOpen('store', !closesAtOnce && enterCall(gate))
      const value = await run(request).finally(() => leaveCall(gate))
      port.postMessage({ kind: 'answer', id, value })
    } catch (error) {
      port.postMessage({ kind: 'error', id, error: ImmersionError.from(error).toJSON() })
      // A driver that waits for a lock does not let the thread hear a close: between two failures it can.
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (request.method === 'close') port.close()
  }

  async function run(request: Request): Promise<unknown> {
    if (request.method === 'close') return engine.close()
    // worker-client.ts sends it so.
    if (request.method === 'appendTracked') return engine.appendTracked(decodeBatch(request.args[0] as FlatBatch))
    const onProgress: OnProgress = (progress) => port.postMessage({ kind: 'progress', id: request.id, progress })
    return callEngine(engine, request.method, request.args, rowOf(request.method).streamsProgress && onProgress)
  }

  return (request: Request): void => {
    if (request.method === 'close' && request.atOnce) {
      // A thread that can hear this is in no call of the driver, so it can be ended.
      closesAtOnce = true
      port.postMessage({ kind: 'answer', id: request.id, value: undefined })
      port.close()
    } else if (request.method === 'close' || rowOf(request.method).runs === 'write') {
      writes = writes.then(() => answer(request))
    } else void answer(request)
  }
}
