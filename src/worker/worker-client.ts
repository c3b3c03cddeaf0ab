// The caller's side of the boundary, as one set of promises. A writer thread owns the writes; a reader thread, started by
// the first question, answers beside it; verify, export, retention and rebuild have a thread of their own while they
// last. Where the adapter cannot be opened by two threads, the writer does everything.
//
// A thread that died is started again by the next request. Every request is harmless when it is sent twice, so one that
// a dying thread left open is sent once more; batches.ts sends its own again for as long as it takes.

import { refusal } from '../engine/encode-tracked.js'
import type { EngineClient } from '../engine/engine-client.js'
import type { EngineSpec } from '../engine/engine-spec.js'
import { exportPages } from '../engine/export-pages.js'
import { ImmersionError } from '../events/errors.js'
import type { NewEvent, VersionedEvent } from '../events/types.js'
import type { AppendAnswer, LogEngine } from '../ports/log-engine.js'
import { type EngineMethod, encodeBatch } from './messages.js'
import { startThread, type Thread } from './thread.js'

export interface WorkerClientOptions {
  readonly spec: Omit<EngineSpec, 'role'>
  readonly path?: string | undefined
  readonly stuckAfterMs?: number | undefined
  /** The writer died and runs again. */
  readonly onRestarted: (error: unknown) => void
  /** The writer could not be started again several times in a row; it is tried again with each batch. */
  readonly onFailed: (error: unknown) => void
  /** Gives up the opening, where it is under way: then a rejection comes at once or after the thread was ended. */
  readonly signal?: AbortSignal | undefined
}

/** SQLite waits 2.5 s for another process; a slow disk may take many times that for a large batch. */
const STUCK_AFTER_MS = 60_000
const STARTS_BEFORE_FAILED = 5
/** Threads that were ended while in a native call and are still in it. Each one holds memory and perhaps a lock. */
const LINGERING_MAX = 3

export async function openWorkerClient(options: WorkerClientOptions): Promise<EngineClient> {
  const threadOptions = {
    path: options.path,
    stuckAfterMs: options.stuckAfterMs ?? STUCK_AFTER_MS,
    signal: options.signal,
  }
  const lingering = new Set<Thread>()
  const passes = new Set<Thread>()
  /** Threads that are opening the log: they may yet make the profile. */
  const starts = new Set<Promise<Thread>>()
  let closing: Promise<void> | null = null
  let failedStarts = 0

  async function start(role: EngineSpec['role']): Promise<Thread> {
    refuseClosed()
    const starting = startThread({ ...options.spec, role }, threadOptions)
    starts.add(starting)
    const thread = await starting.finally(() => starts.delete(starting))
    if (closing === null) return thread
    await thread.end()
    throw closedError()
  }

  function refuseClosed(): void {
    if (closing !== null) throw closedError()
  }

  async function restartWriter(before: Thread | null): Promise<Thread> {
    if (before !== null) linger(before)
    if (lingering.size > LINGERING_MAX) {
      throw new ImmersionError('WORKER_FAILED', `${lingering.size} worker threads are stuck in the database driver.`)
    }
    try {
      const thread = await start('writer')
      failedStarts = 0
      if (before !== null) options.onRestarted(before.failure)
      return thread
    } catch (error) {
      failedStarts += 1
      if (failedStarts >= STARTS_BEFORE_FAILED) options.onFailed(error)
      throw error
    }
  }

  function linger(thread: Thread): void {
    lingering.add(thread)
    void thread.exited.then(() => lingering.delete(thread))
  }

  const writer = createRestarted(restartWriter)
  const reader = createRestarted(() => start('reader'))
  const { sharedBetweenThreads, settings: storedSettings } = await writer.current()

  async function write(method: EngineMethod, ...args: readonly unknown[]): Promise<unknown> {
    return twiceIfItDies(async () => (await writer.current()).request(method, args))
  }

  async function read(method: EngineMethod, ...args: readonly unknown[]): Promise<unknown> {
    if (!sharedBetweenThreads) return write(method, ...args)
    try {
      return await twiceIfItDies(async () => (await readingThread()).request(method, args))
    } catch (error) {
      // A read model was left behind by another program. Readers only read: the writer works it out, and answers.
      if (codeOf(error) === 'STORAGE_READ_ONLY') return write(method, ...args)
      throw error
    }
  }

  /** The reader. Until the first has started, a writer that has nothing to do answers, so that the first answer waits for one start only. */
  function readingThread(): Promise<Thread> {
    const starting = reader.current()
    const first = reader.latest() === null ? writer.latest() : null
    if (!first?.alive || !first.idle) return starting
    // The next question starts it again, and hears why it cannot be.
    starting.catch(() => undefined)
    return Promise.resolve(first)
  }

  /** Runs on a thread of its own, which ends with it. */
  async function onPass<T>(role: 'pass' | 'repair', work: (thread: Thread) => Promise<T>): Promise<T> {
    const thread = sharedBetweenThreads ? await start(role) : await writer.current()
    if (!sharedBetweenThreads) return work(thread)
    passes.add(thread)
    try {
      return await work(thread)
    } catch (error) {
      throw closing === null ? error : closedError()
    } finally {
      passes.delete(thread)
      await thread.close()
    }
  }

  async function appendTracked(events: readonly VersionedEvent[]): Promise<AppendAnswer> {
    const thread = await writer.current()
    try {
      return (await thread.request('appendTracked', [encodeBatch(events)])) as AppendAnswer
    } catch (error) {
      throw isCloneError(error) ? uncloneable(events, error) : error
    }
  }

  async function* exportOnPass(): AsyncGenerator<readonly NewEvent[]> {
    const thread = sharedBetweenThreads ? await start('pass') : await writer.current()
    if (sharedBetweenThreads) passes.add(thread)
    try {
      yield* exportPages((query) => thread.request('exportPage', [query]) as ReturnType<LogEngine['exportPage']>)
    } catch (error) {
      throw closing === null ? error : closedError()
    } finally {
      if (passes.delete(thread)) await thread.close()
    }
  }

  async function close(atOnce: boolean): Promise<void> {
    const threads = await Promise.all([writer.last(), reader.last()])
    await Promise.allSettled(starts)
    await Promise.all([...passes].map((thread) => thread.end()))
    // The writer last: it is the one that leaves the file tidy.
    await threads[1]?.close()
    await (atOnce ? threads[0]?.end() : threads[0]?.close())
  }

  // Each answer is of the type that the engine's method of the same name has: serve.ts calls exactly that.
  return {
    storedSettings,
    appendTracked,
    append: (events) => write('append', events) as ReturnType<LogEngine['append']>,
    analyze: ((question: string, ...args: readonly unknown[]) =>
      read('analyze', question, args)) as LogEngine['analyze'],
    correct: (request) => write('correct', request) as ReturnType<LogEngine['correct']>,
    listCorrections: () => read('listCorrections') as ReturnType<LogEngine['listCorrections']>,
    events: (query) => read('events', query) as ReturnType<LogEngine['events']>,
    exportPages: exportOnPass,
    listStreams: (query) => read('listStreams', query) as ReturnType<LogEngine['listStreams']>,
    streamEvents: (query) => read('streamEvents', query) as ReturnType<LogEngine['streamEvents']>,
    prunedSummary: (query) => read('prunedSummary', query) as ReturnType<LogEngine['prunedSummary']>,
    applySummaries: (summaries) => write('applySummaries', summaries) as ReturnType<LogEngine['applySummaries']>,
    rebuild: (asked) =>
      onPass('repair', (thread) => thread.request('rebuild', [asked])) as ReturnType<LogEngine['rebuild']>,
    verify: (onProgress) =>
      onPass('pass', (thread) =>
        thread.request('verify', [], onProgress as ((progress: unknown) => void) | undefined),
      ) as ReturnType<LogEngine['verify']>,
    settings: () => read('settings') as ReturnType<LogEngine['settings']>,
    configure: (settings) => write('configure', settings) as ReturnType<LogEngine['configure']>,
    retain: (asked, onProgress) =>
      onPass('repair', (thread) =>
        thread.request('retain', [asked], onProgress as ((progress: unknown) => void) | undefined),
      ) as ReturnType<LogEngine['retain']>,
    stats: () => read('stats') as ReturnType<LogEngine['stats']>,
    profiles: () => read('profiles') as ReturnType<LogEngine['profiles']>,
    deleteProfile: (profile) => write('deleteProfile', profile) as ReturnType<LogEngine['deleteProfile']>,
    close(atOnce = false) {
      closing ??= close(atOnce)
      return closing
    },
  }
}

interface Restarted {
  /** The thread that lives, started where there is none. */
  current(): Promise<Thread>
  /** The latest one that has started, or null. */
  latest(): Thread | null
  /** The same, with one that is about to. */
  last(): Promise<Thread | null>
}

/** One thread at a time, started again by whoever asks after it died. `start` is given the one before. */
function createRestarted(start: (before: Thread | null) => Promise<Thread>): Restarted {
  let thread: Thread | null = null
  let starting: Promise<Thread> | null = null

  async function startNew(): Promise<Thread> {
    try {
      thread = await start(thread)
      return thread
    } finally {
      starting = null
    }
  }

  return {
    async current() {
      if (thread?.alive) return thread
      starting ??= startNew()
      return starting
    },
    latest: () => thread,
    async last() {
      await starting?.catch(() => undefined)
      return thread
    },
  }
}

async function twiceIfItDies(request: () => Promise<unknown>): Promise<unknown> {
  try {
    return await request()
  } catch (error) {
    if (codeOf(error) !== 'WORKER_FAILED') throw error
    return request()
  }
}

function codeOf(error: unknown): string {
  return error instanceof ImmersionError ? error.code : ''
}

function closedError(): ImmersionError {
  return new ImmersionError('STORE_CLOSED', 'The store is closed.')
}

function isCloneError(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'DataCloneError'
}

/** Names the event whose payload holds what cannot cross a thread: a function, a symbol. */
function uncloneable(events: readonly VersionedEvent[], cause: unknown): unknown {
  for (const { event, version } of events) {
    try {
      structuredClone(event.payload)
    } catch {
      return refusal(event, version, cause)
    }
  }
  return cause
}
