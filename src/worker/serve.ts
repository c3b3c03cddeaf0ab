// The worker's side of the boundary: takes requests from a port, runs them on an engine and answers. Writes run one after
// the other in the order of their arrival; everything else runs as it comes. A failure is answered as an error with its
// code; nothing in here ends the thread.

import { callEngine, type OnProgress, rowOf } from '../engine/engine-calls.js'
import type { OpenedEngine } from '../engine/open-engine.js'
import { requireOpen } from '../engine/require-open.js'
import { ImmersionError } from '../events/errors.js'
import type { LogEngine } from '../ports/log-engine.js'
import { type ExitGate, enterCall, leaveCall } from './exit-gate.js'
import { decodeBatch, type Reply, type Request } from './messages.js'

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
    const server = new EngineServer(port, engine, gate)
    port.on('message', (request) => server.receive(request))
    port.postMessage({ kind: 'opened', sharedBetweenThreads, settings })
  } catch (error) {
    port.postMessage({ kind: 'open-failed', error: ImmersionError.from(error).toJSON() })
    port.close()
  } finally {
    leaveCall(gate)
  }
}

class EngineServer {
  readonly #port: EnginePort
  readonly #engine: LogEngine
  readonly #gate: ExitGate | undefined
  #writes: Promise<void> = Promise.resolve()
  #closesAtOnce = false

  constructor(port: EnginePort, engine: LogEngine, gate: ExitGate | undefined) {
    this.#port = port
    this.#engine = engine
    this.#gate = gate
  }

  receive(request: Request): void {
    if (request.method === 'close' && request.atOnce) this.#closeAtOnce(request.id)
    else if (request.method === 'close' || rowOf(request.method).runs === 'write') {
      this.#writes = this.#writes.then(() => this.#answer(request))
    } else void this.#answer(request)
  }

  /** A thread that can hear this is in no call of the driver, so it can be ended. */
  #closeAtOnce(id: number): void {
    this.#closesAtOnce = true
    this.#port.postMessage({ kind: 'answer', id, value: undefined })
    this.#port.close()
  }

  async #answer(request: Request): Promise<void> {
    const { id } = request
    try {
      const value = await this.#runGated(request, (progress) =>
        this.#port.postMessage({ kind: 'progress', id, progress }),
      )
      this.#port.postMessage({ kind: 'answer', id, value })
    } catch (error) {
      this.#port.postMessage({ kind: 'error', id, error: ImmersionError.from(error).toJSON() })
      // A driver that waits for a lock does not let the thread hear a close: between two failures it can.
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (request.method === 'close') this.#port.close()
  }

  async #runGated(request: Request, onProgress: OnProgress): Promise<unknown> {
    requireOpen(!this.#closesAtOnce && enterCall(this.#gate))
    try {
      return await this.#run(request, onProgress)
    } finally {
      leaveCall(this.#gate)
    }
  }

  #run(request: Request, onProgress: OnProgress): Promise<unknown> {
    if (request.method === 'close') return this.#engine.close()
    if (request.method === 'appendTracked') return this.#engine.appendTracked(decodeBatch(request.args[0]))
    const streams = rowOf(request.method).streamsProgress === true
    return callEngine(this.#engine, request.method, request.args, streams ? onProgress : undefined)
  }
}
