// One life of one worker thread: starts it, sends calls, matches answers by id, notices when it dies or is stuck. The
// caller decides what happens then (worker-client.ts). While nothing is asked of it, the thread does not keep the process
// alive.

import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { OnProgress } from '../engine/engine-calls.js'
import type { PlainEngineSpec } from '../engine/engine-spec.js'
import { within } from '../engine/within.js'
import { ImmersionError } from '../events/errors.js'
import { askToStop, createExitGate, type ExitGate, watchExit } from './exit-gate.js'
import type { Call, Close, Reply, Request } from './messages.js'

export interface ThreadOptions {
  /** File or URL of the worker's entry; default: the one beside this module. For programs that bundle. */
  readonly path?: string | undefined
  /** A write that is not answered for this long means that the thread is stuck. */
  readonly stuckAfterMs: number
  /** Ends the thread while it opens its log; later it has no effect. */
  readonly signal?: AbortSignal | undefined
}

export type OpenedLog = Extract<Reply, { readonly kind: 'opened' }>

/** Until a thread has opened its log: migrations of a large log may take a while. */
const OPEN_TIMEOUT_MS = 120_000
/**
 * Also for a close at once: SQLite waits 2.5 s for another process's lock, and a thread that is ended while its driver
 * raises the error of that takes the complete process with it (v8 aborts).
 */
const CLOSE_TIMEOUT_MS = 5000
const END_WAIT_MS = 2000
/** The id of the request to close at once, whose answer says that the thread is in no call of the driver. */
const LAST_REQUEST = 0

/** Only these are watched: a rebuild or a read may take as long as it takes. */
const WATCHED: ReadonlySet<Request['method']> = new Set(['appendTracked'])

interface Pending {
  readonly method: Request['method']
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly onProgress: OnProgress | undefined
}

export class Thread {
  readonly #worker: Worker
  readonly #gate: ExitGate = createExitGate()
  readonly #stuckAfterMs: number
  readonly #pending = new Map<number, Pending>()
  #nextId = LAST_REQUEST + 1
  #watchdog: NodeJS.Timeout | undefined
  alive = true
  /** Why it ended, unless it was asked to end. */
  failure: unknown
  /** Rejects when the log cannot be opened: the thread is ended then, and the error says why. */
  readonly opened: Promise<OpenedLog>
  /** Resolves when the thread is really gone. */
  readonly exited: Promise<void>

  constructor(spec: PlainEngineSpec, { path, stuckAfterMs, signal }: ThreadOptions) {
    const worker = new Worker(entryOf(path), {
      workerData: { spec, gate: this.#gate },
      // Without execArgv, a thread inherits the host's flags, of Node and of V8. With it, Node refuses those of V8.
      // Inheriting fails for --input-type alone, because a thread has no input.
      ...(process.execArgv.some((flag) => flag.startsWith('--input-type')) && { execArgv: [] }),
    })
    this.#worker = worker
    this.#stuckAfterMs = stuckAfterMs
    const unwatchExit = watchExit(this.#gate)
    this.exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#exit(code)
        unwatchExit()
        resolve()
      })
    })
    worker.on('error', (error) => {
      this.failure = error
    })
    worker.on('messageerror', (error) => {
      this.failure = error
      void this.end()
    })
    worker.on('message', (reply: Reply) => this.#receive(reply))
    this.opened = this.#open(signal)
  }

  /** Whether it has answered everything that it was asked. */
  get idle(): boolean {
    return this.#pending.size === 0
  }

  /** INVALID_ARGUMENT for arguments that cannot cross; WORKER_FAILED where the thread ends before it answers. */
  request(call: Call | Close, onProgress?: OnProgress): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.alive) {
        reject(new ImmersionError('WORKER_FAILED', 'The worker thread has ended.', { cause: this.failure }))
        return
      }
      const id = this.#nextId++
      try {
        this.#worker.postMessage({ ...call, id })
      } catch (cause) {
        reject(cannotCross(call.method, cause))
        return
      }
      this.#pending.set(id, { method: call.method, resolve, reject, onProgress })
      if (this.#pending.size === 1) this.#worker.ref()
      this.#watch()
    })
  }

  /** Lets it finish what it has and close its log; ends it when that takes long. */
  async close(): Promise<void> {
    if (!this.alive) return
    const closed = this.request({ method: 'close', atOnce: false }).catch(() => undefined)
    await within(
      CLOSE_TIMEOUT_MS,
      closed.then(() => this.exited),
    )
    await this.end()
  }

  /**
   * Ends the thread as soon as its current call of the driver returns (see exit-gate.ts), without its other work. Resolves
   * when it has ended, or after END_WAIT_MS. Meanwhile it does not keep the process alive.
   */
  async end(reason = new ImmersionError('WORKER_FAILED', 'The worker thread was ended.')): Promise<void> {
    this.#die(reason)
    askToStop(this.#gate)
    this.#worker.unref()
    const last: Request = { id: LAST_REQUEST, method: 'close', atOnce: true }
    this.#worker.postMessage(last)
    await within(END_WAIT_MS, this.exited)
  }

  async #open(signal: AbortSignal | undefined): Promise<OpenedLog> {
    const first = await within(OPEN_TIMEOUT_MS, this.#firstReply(signal))
    if (first?.kind === 'opened') {
      this.#worker.unref()
      return first
    }
    await this.end()
    if (first?.kind === 'open-failed') throw ImmersionError.from(first.error)
    const hint = 'Where the program is bundled, set worker.path to the file of the worker.'
    throw new ImmersionError('WORKER_FAILED', 'The worker thread could not be started.', { cause: this.failure, hint })
  }

  /** The thread's first message, or undefined when it ended or was given up before one. */
  #firstReply(signal: AbortSignal | undefined): Promise<Reply | undefined> {
    return new Promise((resolve) => {
      this.#worker.once('message', resolve)
      void this.exited.then(() => resolve(undefined))
      signal?.addEventListener('abort', () => resolve(undefined), { once: true })
    })
  }

  #receive(reply: Reply): void {
    if (reply.kind === 'opened' || reply.kind === 'open-failed') return
    if (reply.id === LAST_REQUEST) {
      void this.#worker.terminate()
      return
    }
    const pending = this.#pending.get(reply.id)
    if (pending === undefined) return
    if (reply.kind === 'progress') {
      pending.onProgress?.(reply.progress)
      return
    }
    this.#pending.delete(reply.id)
    if (this.#pending.size === 0) this.#worker.unref()
    this.#watch()
    if (reply.kind === 'answer') pending.resolve(reply.value)
    else pending.reject(ImmersionError.from(reply.error))
  }

  /** Runs only while every pending request should be answered soon; any answer starts it again. */
  #watch(): void {
    clearTimeout(this.#watchdog)
    if (this.#pending.size === 0) return
    for (const { method } of this.#pending.values()) if (!WATCHED.has(method)) return
    this.#watchdog = setTimeout(() => {
      const cause = new ImmersionError('WORKER_FAILED', `A write was not answered for ${this.#stuckAfterMs} ms.`)
      this.failure = cause
      void this.end(new ImmersionError('WORKER_FAILED', 'The worker thread is stuck and was abandoned.', { cause }))
    }, this.#stuckAfterMs)
  }

  #exit(code: number): void {
    this.failure ??= new ImmersionError('WORKER_FAILED', `The worker thread ended (exit code ${code}).`)
    this.#die(new ImmersionError('WORKER_FAILED', 'The worker thread ended.', { cause: this.failure }))
  }

  #die(error: ImmersionError): void {
    this.alive = false
    clearTimeout(this.#watchdog)
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}

/** One thread at a time, started again by the next caller after it died. */
export class RestartedThread {
  readonly #start: (before: Thread | null) => Promise<Thread>
  /** The latest one that has started. */
  latest: Thread | null = null
  #starting: Promise<Thread> | null = null

  /** `start` is given the thread that ran before, or null. */
  constructor(start: (before: Thread | null) => Promise<Thread>) {
    this.#start = start
  }

  /** The thread that lives; it is started where there is none. */
  async current(): Promise<Thread> {
    if (this.latest?.alive) return this.latest
    this.#starting ??= this.#startNew()
    return this.#starting
  }

  /** The latest one that has started, once no other one is being started. */
  async last(): Promise<Thread | null> {
    await this.#starting?.catch(() => undefined)
    return this.latest
  }

  async #startNew(): Promise<Thread> {
    try {
      this.latest = await this.#start(this.latest)
      return this.latest
    } finally {
      this.#starting = null
    }
  }
}

function cannotCross(method: string, cause: unknown): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `An argument of ${method} cannot be sent to the database thread.`, {
    hint: 'Pass plain data: texts, numbers, booleans, null, lists and objects of these.',
    details: { method },
    cause,
  })
}

function entryOf(path: string | undefined): URL | string {
  if (path === undefined) return new URL('./worker.js', import.meta.url)
  return path.startsWith('file:') ? fileURLToPath(path) : path
}
