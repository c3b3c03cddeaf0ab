// The client of a store whose database cannot be reached yet (storage.fallback `retry`).
//
// connecting: attempts, with growing pauses between them. Writes of the pipeline wait, which keeps them within the queue's
//   bounds; everything else is refused at once with STORAGE_UNAVAILABLE, which says why the last attempt failed.
// connected: for good. Every call goes to the client that was opened. From now on failures are retried as in any store
//   (src/pipeline/delivery.ts), and its thread is started again as in any store (src/worker/worker-client.ts).
// closed: writes that still wait are refused, so that the store can count them.

import { firstValueFrom, ReplaySubject, Subject } from 'rxjs'
import { callEngine, ENGINE_METHOD_NAMES, engineCalls } from '../engine/engine-calls.js'
import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { within } from '../engine/within.js'
import { type ErrorCode, ImmersionError } from '../events/errors.js'
import { closedError, requireOpen } from '../events/require-open.js'
import { retryDelayMs } from '../pipeline/delivery.js'

export interface ConnectingOptions {
  /** Opens the database, once. The signal gives that up. */
  readonly open: (signal: AbortSignal) => Promise<EngineClient>
  readonly onConnectFailed: (error: unknown, attempt: number, delayMs: number) => void
  readonly onConnected: (client: EngineClient) => void
}

/** A server that is there has answered by then, so that the first query is not refused; a program's start waits no longer. */
const FIRST_ATTEMPT_WAIT_MS = 1000

/** No later attempt of this program can end otherwise: the store is not opened. */
const FOR_GOOD: ReadonlySet<ErrorCode> = new Set([
  'INVALID_CONFIG',
  'INVALID_ARGUMENT',
  'UNKNOWN_PROVIDER',
  'UNKNOWN_PROJECTION',
  'DRIVER_MISSING',
  'SCHEMA_NEWER',
])

/** Rejects only when the first attempt fails in time with an error that no later attempt can avoid. */
export async function openConnectingClient(options: ConnectingOptions): Promise<StoreClient> {
  const connection = new Connection(options)
  await connection.begin()
  return {
    ...engineCalls(ENGINE_METHOD_NAMES, async (method, args, onProgress) => {
      // A batch waits for the database. Nothing else does.
      const client = method === 'appendTracked' ? await connection.whenConnected() : connection.current()
      return callEngine(client, method, args, onProgress)
    }),
    async *exportPages() {
      yield* connection.current().exportPages()
    },
    close: (atOnce = false) => connection.close(atOnce),
  }
}

interface FailedAttempt {
  readonly error: unknown
  /** How long to wait before the next attempt. */
  readonly delayMs: number
}

class Connection {
  readonly #options: ConnectingOptions
  readonly #giveUp = new AbortController()
  #connected: EngineClient | null = null
  /** Ends when no further attempt will be made. */
  #connecting: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null
  #attempts = 0
  #lastError: unknown
  /** Writes that wait observe it. It emits the client, or fails when the store is closed before. */
  readonly #client = new ReplaySubject<EngineClient>(1)
  #pause: NodeJS.Timeout | undefined
  readonly #pauseOver = new Subject<void>()

  constructor(options: ConnectingOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    const first = this.#attempt()
    const failed = await within(FIRST_ATTEMPT_WAIT_MS, first)
    if (failed?.error instanceof ImmersionError && FOR_GOOD.has(failed.error.code)) throw failed.error
    this.#connecting = first.then((end) => this.#tryAgainAfter(end))
  }

  whenConnected(): Promise<EngineClient> {
    requireOpen('store', this.#closing === null)
    this.#pause?.ref()
    return firstValueFrom(this.#client)
  }

  current(): EngineClient {
    if (this.#connected !== null) return this.#connected
    requireOpen('store', this.#closing === null)
    const error = this.#lastError
    const reason = error instanceof Error ? error.message : 'The first attempt has not ended.'
    throw new ImmersionError('STORAGE_UNAVAILABLE', `The database is not connected yet. ${reason}`, {
      hint: 'Connecting is tried again and again. Events that are tracked meanwhile wait; diagnostics shows the state.',
      details: { attempts: this.#attempts, lastErrorCode: error instanceof ImmersionError ? error.code : null },
      cause: error,
    })
  }

  close(atOnce: boolean): Promise<void> {
    this.#closing ??= this.#close(atOnce)
    return this.#closing
  }

  async #close(atOnce: boolean): Promise<void> {
    this.#giveUp.abort()
    this.#pauseOver.next()
    this.#client.error(closedError('store'))
    await (this.#connected === null ? this.#connecting : this.#connected.close(atOnce))
  }

  async #tryAgainAfter(first: FailedAttempt | null): Promise<void> {
    for (let failed = first; failed !== null; failed = await this.#attempt()) {
      if (this.#closing === null) await this.#paused(failed.delayMs)
      if (this.#closing !== null) return
    }
  }

  /** Null when it connected, or when the client was closed meanwhile. A failure is reported. */
  async #attempt(): Promise<FailedAttempt | null> {
    this.#attempts += 1
    try {
      const client = await this.#options.open(this.#giveUp.signal)
      if (this.#closing === null) this.#connectTo(client)
      else await client.close(true)
      return null
    } catch (error) {
      if (this.#closing !== null) return null
      this.#lastError = error
      const delayMs = retryDelayMs(this.#attempts, Math.random())
      this.#options.onConnectFailed(error, this.#attempts, delayMs)
      return { error, delayMs }
    }
  }

  #connectTo(client: EngineClient): void {
    this.#connected = client
    this.#options.onConnected(client)
    this.#client.next(client)
  }

  /** Keeps the process alive only while something waits to be written. */
  async #paused(delayMs: number): Promise<void> {
    this.#pause = setTimeout(() => this.#pauseOver.next(), delayMs)
    if (!this.#client.observed) this.#pause.unref()
    await firstValueFrom(this.#pauseOver)
    clearTimeout(this.#pause)
  }
}
