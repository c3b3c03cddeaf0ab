// One life of one worker thread: starts it, sends requests, matches answers by id, notices when it dies or is stuck. Who
// calls decides what happens then (engine-client.ts). While nothing is asked of it, the thread does not keep the process
// alive.

import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { EngineSpec } from '../engine/engine-spec.js'
import { ImmersionError } from '../events/errors.js'
import type { Settings } from '../ports/store-types.js'
import { askToStop, createExitGate, watchExit } from './exit-gate.js'
import type { EngineMethod, Reply } from './messages.js'
import { within } from './within.js'

export interface ThreadOptions {
  /** File or URL of the worker's entry; default: the one beside this module. For programs that bundle. */
  readonly path?: string | undefined
  /** A write that is not answered for this long means that the thread is stuck. */
  readonly stuckAfterMs: number
  /** Ends the thread while it opens its log; later it says nothing. */
  readonly signal?: AbortSignal | undefined
}

export interface Thread {
  readonly sharedBetweenThreads: boolean
  readonly settings: Settings
  readonly alive: boolean
  /** Nothing is asked of it that it has not answered. */
  readonly idle: boolean
  /** Why it ended, where it did not end as asked. */
  readonly failure: unknown
  /** When the thread is really gone. */
  readonly exited: Promise<void>
  request(method: EngineMethod, args: readonly unknown[], onProgress?: (progress: unknown) => void): Promise<unknown>
  /** Lets it finish what it has and close its log; ends it when that takes long. */
  close(): Promise<void>
  /**
   * Ends it without waiting for what it has to do, but never within a call of the driver (see exit-gate.ts): as soon as it
   * hears of it. Resolves when it is gone, or after a while; until then it keeps nothing alive.
   */
  end(): Promise<void>
}

/** Until a thread has opened its log: migrations of a large log may take a while. */
const OPEN_TIMEOUT_MS = 120_000
/**
 * Also for a close at once: SQLite waits 2.5 s for another process's lock, and a thread that is ended while its driver
 * raises the error of that takes the whole process with it (v8 aborts).
 */
const CLOSE_TIMEOUT_MS = 5000
const END_WAIT_MS = 2000
/** The id of the request to close at once, whose answer says that the thread is in no call of the driver. */
const LAST_REQUEST = 0

/** Only these are watched: a rebuild or a read may take as long as it takes. */
const WATCHED: ReadonlySet<EngineMethod> = new Set(['appendTracked'])

/** Flags of the host's own command line that a worker does not take. */
const FLAGS_OF_THE_HOST = /^(-e|--eval|-p|--print|-i|--interactive|-c|--check|--input-type|--test|--watch)/

interface Pending {
  readonly method: EngineMethod
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly onProgress: ((progress: unknown) => void) | undefined
}

export async function startThread(spec: EngineSpec, options: ThreadOptions): Promise<Thread> {
  const gate = createExitGate()
  const execArgv = workerFlags(process.execArgv)
  const worker = new Worker(entryOf(options.path), { workerData: { spec, gate }, execArgv })
  const unwatchExit = watchExit(gate)
  const pending = new Map<number, Pending>()
  let nextId = 1
  let alive = true
  let failure: unknown
  let watchdog: NodeJS.Timeout | undefined
  let gone: () => void = () => {}
  const exited = new Promise<void>((resolve) => {
    gone = resolve
  })

  worker.on('error', (error) => {
    failure = error
  })
  worker.on('messageerror', (error) => {
    failure = error
    void end()
  })
  worker.on('exit', (code) => {
    failure ??= new ImmersionError('WORKER_FAILED', `The worker thread ended (exit code ${code}).`)
    die(new ImmersionError('WORKER_FAILED', 'The worker thread ended.', { cause: failure }))
    unwatchExit()
    gone()
  })

  function die(error: ImmersionError): void {
    alive = false
    clearTimeout(watchdog)
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
  }

  function request(
    method: EngineMethod,
    args: readonly unknown[],
    onProgress?: (progress: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!alive) {
        reject(new ImmersionError('WORKER_FAILED', 'The worker thread has ended.', { cause: failure }))
        return
      }
      const id = nextId++
      // Throws for what cannot be cloned, before anything is pending.
      worker.postMessage({ id, method, args })
      pending.set(id, { method, resolve, reject, onProgress })
      if (pending.size === 1) worker.ref()
      watch()
    })
  }

  function receive(reply: Reply): void {
    if (reply.kind !== 'answer' && reply.kind !== 'error' && reply.kind !== 'progress') return
    if (reply.id === LAST_REQUEST) {
      void worker.terminate()
      return
    }
    const asked = pending.get(reply.id)
    if (asked === undefined) return
    if (reply.kind === 'progress') {
      asked.onProgress?.(reply.progress)
      return
    }
    pending.delete(reply.id)
    if (pending.size === 0) worker.unref()
    watch()
    if (reply.kind === 'answer') asked.resolve(reply.value)
    else asked.reject(ImmersionError.from(reply.error))
  }

  /** Runs only while every pending request should be answered soon; any answer starts it anew. */
  function watch(): void {
    clearTimeout(watchdog)
    if (pending.size === 0) return
    for (const { method } of pending.values()) if (!WATCHED.has(method)) return
    watchdog = setTimeout(() => {
      failure = new ImmersionError('WORKER_FAILED', `A write was not answered for ${options.stuckAfterMs} ms.`)
      void end(new ImmersionError('WORKER_FAILED', 'The worker thread is stuck and was given up.', { cause: failure }))
    }, options.stuckAfterMs)
  }

  async function end(reason = new ImmersionError('WORKER_FAILED', 'The worker thread was ended.')): Promise<void> {
    die(reason)
    askToStop(gate)
    worker.unref()
    worker.postMessage({ id: LAST_REQUEST, method: 'close', args: [true] })
    await within(END_WAIT_MS, exited)
  }

  worker.on('message', receive)
  const opened = await within(OPEN_TIMEOUT_MS, firstReply(worker, exited, options.signal))
  if (opened === undefined || opened.kind !== 'opened') {
    await end()
    if (opened?.kind === 'open-failed') throw ImmersionError.from(opened.error)
    const hint = 'Where the program is bundled, set worker.path to the file of the worker.'
    throw new ImmersionError('WORKER_FAILED', 'The worker thread could not be started.', { cause: failure, hint })
  }
  worker.unref()

  return {
    sharedBetweenThreads: opened.sharedBetweenThreads,
    settings: opened.settings,
    get alive() {
      return alive
    },
    get idle() {
      return pending.size === 0
    },
    get failure() {
      return failure
    },
    exited,
    request,
    async close() {
      if (!alive) return
      const closed = request('close', []).catch(() => undefined)
      await within(
        CLOSE_TIMEOUT_MS,
        closed.then(() => exited),
      )
      await end()
    },
    end: () => end(),
  }
}

function entryOf(path: string | undefined): URL | string {
  if (path === undefined) return new URL('./worker.js', import.meta.url)
  return path.startsWith('file:') ? fileURLToPath(path) : path
}

function workerFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, index) => {
    const ofBefore = /^(-e|--eval|-p|--print|-pe)$/.test(flags[index - 1] ?? '')
    return !ofBefore && !FLAGS_OF_THE_HOST.test(flag)
  })
}

/** The thread's first message, or undefined when it ended or was given up before one. */
function firstReply(worker: Worker, exited: Promise<void>, signal?: AbortSignal): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    worker.once('message', resolve)
    void exited.then(() => resolve(undefined))
    signal?.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
