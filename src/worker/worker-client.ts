// The caller's side of the boundary, as one set of promises. A writer thread owns the writes; a reader thread, started by
// the first query, answers beside it; a pass or a repair has a thread of its own while it lasts. Where the adapter cannot
// be opened by two threads, the writer does everything. Which thread runs a method is stated in ENGINE_METHODS.
//
// A thread that died is started again by the next request. Every request is harmless when it is sent twice, so one that
// a dying thread left open is sent once more; delivery.ts sends its own batches again for as long as it takes.

import { refusal } from '../engine/encode-tracked.js'
import { type CarryCall, ENGINE_METHOD_NAMES, engineCalls, type OnProgress, rowOf } from '../engine/engine-calls.js'
import { type EngineClient, STUCK_AFTER_MS } from '../engine/engine-client.js'
import type { PlainEngineSpec } from '../engine/engine-spec.js'
import { exportPages } from '../engine/read-events.js'
import { hasCode, ImmersionError } from '../events/errors.js'
import { requireOpen } from '../events/require-open.js'
import type { NewEvent } from '../events/types.js'
import type { AppendAnswer, LogEngine, SentEvent } from '../ports/log-engine.js'
import { type Call, encodeBatch } from './messages.js'
import { RestartedThread, Thread, type ThreadOptions } from './thread.js'

export interface WorkerClientOptions extends Pick<ThreadOptions, 'path'> {
  readonly spec: Omit<PlainEngineSpec, 'role'>
  readonly stuckAfterMs?: number | undefined
  /** The writer died and runs again. */
  readonly onRestarted: (error: unknown) => void
  /** The writer could not be started again several times in a row; it is tried again with each batch. */
  readonly onFailed: (error: unknown) => void
  /** Gives up the opening while it is under way: then a rejection comes at once or after the thread was ended. */
  readonly signal?: AbortSignal | undefined
}

const STARTS_BEFORE_FAILED = 5
/** Threads that were ended while in a native call and are still in it. Each one holds memory and perhaps a lock. */
const LINGERING_MAX = 3

export async function openWorkerClient(options: WorkerClientOptions): Promise<EngineClient> {
  const threads = new WorkerThreads(options)
  const storedSettings = await threads.open()
  return {
    ...engineCalls(ENGINE_METHOD_NAMES, threads.carry),
    storedSettings,
    appendTracked: (events) => threads.appendTracked(events),
    exportPages: () => threads.exportPages(),
    close: (atOnce = false) => threads.close(atOnce),
  }
}

class WorkerThreads {
  readonly #options: WorkerClientOptions
  readonly #writer = new RestartedThread((before) => this.#startWriter(before))
  readonly #reader = new RestartedThread(() => this.#start('reader'))
  readonly #passes = new Set<Thread>()
  readonly #lingering = new Set<Thread>()
  /** Threads that are opening the log: they may yet make the profile. */
  readonly #starts = new Set<Promise<unknown>>()
  #sharedBetweenThreads = false
  #closing: Promise<void> | null = null
  #failedStarts = 0
  /** Set where the database file was replaced: resolves when no thread has the old one open. */
  #leaving: Promise<unknown> | undefined

  constructor(options: WorkerClientOptions) {
    this.#options = options
  }

  /** Starts the writer; answers the settings that are stored with the profile. */
  async open(): Promise<EngineClient['storedSettings']> {
    const { sharedBetweenThreads, settings } = await (await this.#writer.current()).opened
    this.#sharedBetweenThreads = sharedBetweenThreads
    return settings
  }

  readonly carry: CarryCall = (method, args, onProgress) => {
    const call = { method, args }
    const { runs } = rowOf(method)
    switch (runs) {
      case 'write':
        return this.#write(call)
      case 'read':
        return this.#read(call)
      case 'pass':
      case 'repair':
        return this.#pass(runs, call, onProgress)
    }
  }

  async appendTracked(events: readonly SentEvent[]): Promise<AppendAnswer> {
    const thread = await this.#writer.current()
    try {
      return (await thread.request({ method: 'appendTracked', args: [encodeBatch(events)] })) as AppendAnswer
    } catch (error) {
      this.#leaveReplaced(error)
      throw uncloneableEvent(events, error) ?? error
    }
  }

  async *exportPages(): AsyncGenerator<readonly NewEvent[]> {
    const thread = await this.#startPass('pass')
    try {
      // The engine answers a page to `exportPage`.
      yield* exportPages(
        (query) => thread.request({ method: 'exportPage', args: [query] }) as ReturnType<LogEngine['exportPage']>,
      )
    } catch (error) {
      this.#requireOpen()
      throw error
    } finally {
      await this.#endPass(thread)
    }
  }

  close(atOnce: boolean): Promise<void> {
    this.#closing ??= this.#close(atOnce)
    return this.#closing
  }

  async #close(atOnce: boolean): Promise<void> {
    const [writer, reader] = await Promise.all([this.#writer.last(), this.#reader.last()])
    await Promise.allSettled(this.#starts)
    await Promise.all([...this.#passes].map((thread) => thread.end()))
    // The writer last: it is the one that leaves the file tidy.
    await reader?.close()
    await (atOnce ? writer?.end() : writer?.close())
  }

  async #write(call: Call): Promise<unknown> {
    return twiceIfItDies(async () => (await this.#writer.current()).request(call)).catch((error) => {
      this.#leaveReplaced(error)
      throw error
    })
  }

  async #read(call: Call): Promise<unknown> {
    if (!this.#sharedBetweenThreads) return this.#write(call)
    try {
      return await twiceIfItDies(async () => (await this.#readingThread()).request(call))
    } catch (error) {
      this.#leaveReplaced(error)
      // Another program left a read model behind. Readers only read: the writer rebuilds it, and answers.
      if (hasCode(error, 'STORAGE_READ_ONLY')) return this.#write(call)
      throw error
    }
  }

  /** The reader. Until the first has started, an idle writer answers, so that the first answer waits for one start only. */
  #readingThread(): Promise<Thread> {
    const starting = this.#reader.current()
    const first = this.#reader.latest === null ? this.#writer.latest : null
    if (!first?.alive || !first.idle) return starting
    // The next query starts it again, and learns why it cannot be started.
    starting.catch(() => undefined)
    return Promise.resolve(first)
  }

  async #pass(role: 'pass' | 'repair', call: Call, onProgress?: OnProgress): Promise<unknown> {
    const thread = await this.#startPass(role)
    try {
      return await thread.request(call, onProgress)
    } catch (error) {
      this.#requireOpen()
      throw error
    } finally {
      await this.#endPass(thread)
    }
  }

  /** All threads close the replaced file before any opens it again, because they share SQLite's state of it. */
  #leaveReplaced(error: unknown): void {
    if (!hasCode(error, 'STORAGE_REPLACED')) return
    const leaving: unknown[] = [this.#leaving]
    for (const thread of [this.#reader.latest, ...this.#passes, this.#writer.latest]) {
      if (!thread?.alive) continue
      thread.failure = error
      leaving.push(thread.close())
    }
    this.#leaving = Promise.all(leaving)
  }

  async #startPass(role: 'pass' | 'repair'): Promise<Thread> {
    if (!this.#sharedBetweenThreads) return this.#writer.current()
    const thread = await this.#start(role)
    this.#passes.add(thread)
    return thread
  }

  async #endPass(thread: Thread): Promise<void> {
    if (this.#passes.delete(thread)) await thread.close()
  }

  async #startWriter(before: Thread | null): Promise<Thread> {
    if (before !== null) this.#linger(before)
    if (this.#lingering.size > LINGERING_MAX) {
      const message = `${this.#lingering.size} worker threads are stuck in the database driver.`
      throw new ImmersionError('WORKER_FAILED', message)
    }
    try {
      const thread = await this.#start('writer')
      this.#failedStarts = 0
      if (before !== null) this.#options.onRestarted(before.failure)
      return thread
    } catch (error) {
      if (!hasCode(error, 'STORAGE_REPLACED')) this.#failedStarts += 1
      if (this.#failedStarts >= STARTS_BEFORE_FAILED) this.#options.onFailed(error)
      throw error
    }
  }

  async #start(role: PlainEngineSpec['role']): Promise<Thread> {
    this.#requireOpen()
    await this.#leaving
    const { spec, path, stuckAfterMs = STUCK_AFTER_MS, signal } = this.#options
    const thread = new Thread(
      { ...spec, role, isReopened: this.#leaving !== undefined },
      { path, stuckAfterMs, signal },
    )
    this.#starts.add(thread.opened)
    await thread.opened.finally(() => this.#starts.delete(thread.opened))
    if (this.#closing !== null) await thread.end()
    this.#requireOpen()
    return thread
  }

  #linger(thread: Thread): void {
    this.#lingering.add(thread)
    void thread.exited.then(() => this.#lingering.delete(thread))
  }

  #requireOpen(): void {
    requireOpen('store', this.#closing === null)
  }
}

async function twiceIfItDies(request: () => Promise<unknown>): Promise<unknown> {
  try {
    return await request()
  } catch (error) {
    if (!hasCode(error, 'WORKER_FAILED')) throw error
    return request()
  }
}

/** The refusal of the event that holds something that cannot cross a thread, such as a function; null for other failures. */
function uncloneableEvent(events: readonly SentEvent[], error: unknown): ImmersionError | null {
  if (!hasCode(error, 'INVALID_ARGUMENT')) return null
  for (const sent of events) {
    try {
      structuredClone(encodeBatch([sent]))
    } catch (cause) {
      return refusal(sent.event, sent.version, cause)
    }
  }
  return null
}
