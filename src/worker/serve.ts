// The worker's side of the boundary: takes requests from a port, runs them on an engine and answers. Writes run one after
// the other in the order of their arrival; reads run as they come. Whatever fails is answered by its code; nothing in
// here ends the thread.

import { encodeTracked } from '../engine/encode-tracked.js'
import type { OpenedEngine } from '../engine/open-engine.js'
import { ImmersionError } from '../events/errors.js'
import type { NewEvent } from '../events/types.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { AppendAnswer, LogEngine } from '../ports/log-engine.js'
import type { RetainOptions, SettingsChange } from '../ports/store-types.js'
import { type ExitGate, enterCall, leaveCall } from './exit-gate.js'
import { decodeBatch, type EngineMethod, type FlatBatch, type Reply, type Request } from './messages.js'

/** What a port of worker_threads has; tests bring one of their own. */
export interface EnginePort {
  postMessage(reply: Reply): void
  on(event: 'message', listener: (request: Request) => void): unknown
  close(): void
}

const WRITES: ReadonlySet<EngineMethod> = new Set([
  'appendTracked',
  'append',
  'correct',
  'applySummaries',
  'rebuild',
  'configure',
  'deleteProfile',
  'close',
])

/** `gate` is entered from the beginning: opening is the first call. */
export async function serveEngine(
  port: EnginePort,
  open: () => Promise<OpenedEngine>,
  gate?: ExitGate | undefined,
): Promise<void> {
  let opened: OpenedEngine
  try {
    opened = await open()
  } catch (error) {
    port.postMessage({ kind: 'open-failed', error: ImmersionError.from(error).toJSON() })
    port.close()
    return
  } finally {
    leaveCall(gate)
  }
  const { engine, sharedBetweenThreads, settings } = opened
  let writes: Promise<void> = Promise.resolve()
  /** A close that does not wait for the writes before it. */
  let closesAtOnce = false

  async function answer(request: Request): Promise<void> {
    const { id } = request
    try {
      const value = await runGated(request, (progress) => port.postMessage({ kind: 'progress', id, progress }))
      port.postMessage({ kind: 'answer', id, value })
    } catch (error) {
      port.postMessage({ kind: 'error', id, error: ImmersionError.from(error).toJSON() })
      // A driver that waits for a lock does not let the thread hear a close: between two failures it can.
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (request.method === 'close') port.close()
  }

  async function runGated(request: Request, onProgress: (progress: unknown) => void): Promise<unknown> {
    if (closesAtOnce || !enterCall(gate)) throw new ImmersionError('STORE_CLOSED', 'The store is closed.')
    try {
      return await run(engine, request, onProgress)
    } finally {
      leaveCall(gate)
    }
  }

  port.on('message', (request) => {
    if (request.method === 'close' && request.args[0] === true) {
      // Who hears this is in no call of the driver, and can be ended.
      closesAtOnce = true
      port.postMessage({ kind: 'answer', id: request.id, value: undefined })
      port.close()
    } else if (WRITES.has(request.method)) writes = writes.then(() => answer(request))
    else void answer(request)
  })
  port.postMessage({ kind: 'opened', sharedBetweenThreads, settings })
}

/** The arguments of each method are what the client's own methods are typed to take; this is the other end of them. */
async function run(engine: LogEngine, request: Request, onProgress: (progress: unknown) => void): Promise<unknown> {
  const [first, second] = request.args
  switch (request.method) {
    case 'appendTracked':
      return checkedAnswer(await engine.append(encodeTracked(decodeBatch(first as FlatBatch))))
    case 'append':
      return checkedAnswer(await engine.append(first as readonly NewEvent[]))
    case 'analyze':
      return engine.analyze(first as keyof Analytics, ...(second as Parameters<Analytics[keyof Analytics]>))
    case 'correct':
      return engine.correct(first as Parameters<LogEngine['correct']>[0])
    case 'listCorrections':
      return engine.listCorrections()
    case 'events':
      return engine.events(first as Parameters<LogEngine['events']>[0])
    case 'exportPage':
      return engine.exportPage(first as Parameters<LogEngine['exportPage']>[0])
    case 'listStreams':
      return engine.listStreams(first as Parameters<LogEngine['listStreams']>[0])
    case 'streamEvents':
      return engine.streamEvents(first as Parameters<LogEngine['streamEvents']>[0])
    case 'prunedSummary':
      return engine.prunedSummary(first as Parameters<LogEngine['prunedSummary']>[0])
    case 'applySummaries':
      return engine.applySummaries(first as Parameters<LogEngine['applySummaries']>[0])
    case 'rebuild':
      return engine.rebuild(first as Parameters<LogEngine['rebuild']>[0])
    case 'verify':
      return engine.verify(onProgress)
    case 'settings':
      return engine.settings()
    case 'configure':
      return engine.configure(first as SettingsChange)
    case 'retain':
      return engine.retain(first as RetainOptions, onProgress)
    case 'stats':
      return engine.stats()
    case 'profiles':
      return engine.profiles()
    case 'deleteProfile':
      return engine.deleteProfile(first as string)
    case 'close':
      return engine.close()
  }
}

/** An append is acknowledged only by an answer that says so: an adapter that answers nonsense has failed. */
export function checkedAnswer(answer: AppendAnswer): AppendAnswer {
  if (typeof answer?.asOfRevision === 'number' && typeof answer.position === 'number') return answer
  throw new ImmersionError('STORAGE_FAILED', 'an append was answered with something else than where the log stands')
}
