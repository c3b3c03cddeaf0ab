// The client of a store whose database cannot be reached yet (storage.fallback `retry`).
//
// connecting: attempts, with growing pauses between them. Writes wait, which keeps them within the queue's bounds; all else
//   is refused at once with STORAGE_UNAVAILABLE, which says what the last attempt failed with.
// connected: for good. Every call goes to the client that was opened; what fails from now on is retried as ever
//   (src/pipeline/delivery.ts), its thread started again as ever (src/worker/worker-client.ts).
// closed: writes that still wait are refused, so that whoever closes can count them.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { type ErrorCode, ImmersionError } from '../events/errors.js'
import { retryDelayMs } from '../pipeline/delivery.js'
import type { Analytics } from '../ports/analytics-types.js'
import { within } from '../worker/within.js'

export interface ConnectingOptions {
  /** Opens the database, once. The signal gives that up. */
  readonly open: (signal: AbortSignal) => Promise<EngineClient>
  readonly onConnecting: () => void
  readonly onConnectFailed: (error: unknown, attempt: number, delayMs: number) => void
  readonly onConnected: (client: EngineClient) => void
  readonly random: () => number
}

/** A server that is there has answered by then, so that the first question is not refused; who starts is not kept longer. */
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

/** Rejects only when the first attempt fails in time with something that no later one can mend. */
export async function openConnectingClient(options: ConnectingOptions): Promise<StoreClient> {
  const giveUp = new AbortController()
  let connected: EngineClient | null = null
  let closing: Promise<void> | null = null
  let attempts = 0
  let lastError: unknown
  let waiting: { readonly resolve: (client: EngineClient) => void; readonly reject: (error: unknown) => void }[] = []
  let pause: { readonly timer: NodeJS.Timeout; readonly end: () => void } | null = null

  async function attempt(): Promise<void> {
    attempts += 1
    const client = await options.open(giveUp.signal)
    if (closing !== null) return client.close(true)
    connected = client
    options.onConnected(client)
    const waited = waiting
    waiting = []
    for (const { resolve } of waited) resolve(client)
  }

  function failed(error: unknown): number {
    lastError = error
    const delayMs = retryDelayMs(attempts, options.random())
    options.onConnectFailed(error, attempts, delayMs)
    return delayMs
  }

  async function goOn(firstDelayMs: number): Promise<void> {
    for (let delayMs = firstDelayMs; closing === null && connected === null; ) {
      await paused(delayMs)
      if (closing !== null) return
      await attempt().catch((error) => {
        if (closing === null) delayMs = failed(error)
      })
    }
  }

  /** Keeps the process alive only while something waits to be written. */
  function paused(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      pause = { timer, end: resolve }
      if (waiting.length === 0) timer.unref()
    })
  }

  function whenConnected(): Promise<EngineClient> {
    if (closing !== null) return Promise.reject(closedError())
    if (connected !== null) return Promise.resolve(connected)
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      pause?.timer.ref()
    })
  }

  function current(): EngineClient {
    if (connected !== null) return connected
    if (closing !== null) throw closedError()
    const reason = lastError instanceof Error ? lastError.message : 'The first attempt has not ended.'
    throw new ImmersionError('STORAGE_UNAVAILABLE', `The database is not connected yet. ${reason}`, {
      hint: 'It is tried again and again; diagnostics shows the state, and what is tracked meanwhile waits.',
      details: { attempts, lastErrorCode: lastError instanceof ImmersionError ? lastError.code : null },
      cause: lastError,
    })
  }

  async function close(atOnce: boolean): Promise<void> {
    giveUp.abort()
    if (pause !== null) clearTimeout(pause.timer)
    pause?.end()
    for (const { reject } of waiting) reject(closedError())
    waiting = []
    await (connected === null ? connecting : connected.close(atOnce))
  }

  options.onConnecting()
  const first = attempt().then(
    () => null,
    (error: unknown) => {
      if (closing !== null) return null
      const delayMs = failed(error)
      return { error, delayMs }
    },
  )
  const firstEnd = await within(FIRST_ATTEMPT_WAIT_MS, first)
  if (firstEnd?.error instanceof ImmersionError && FOR_GOOD.has(firstEnd.error.code)) throw firstEnd.error
  const connecting = first.then((end) => (end === null ? undefined : goOn(end.delayMs)))

  return {
    appendTracked: async (events) => (await whenConnected()).appendTracked(events),
    append: async (events) => current().append(events),
    analyze: <K extends keyof Analytics>(question: K, ...asked: Parameters<Analytics[K]>) =>
      // What the client's own method promises, or a refusal as a promise.
      (async () => current().analyze(question, ...asked))() as ReturnType<Analytics[K]>,
    correct: async (request) => current().correct(request),
    listCorrections: async () => current().listCorrections(),
    events: async (query) => current().events(query),
    async *exportPages() {
      yield* current().exportPages()
    },
    listStreams: async (query) => current().listStreams(query),
    streamEvents: async (query) => current().streamEvents(query),
    prunedSummary: async (query) => current().prunedSummary(query),
    applySummaries: async (summaries) => current().applySummaries(summaries),
    rebuild: async (asked) => current().rebuild(asked),
    verify: async (onProgress) => current().verify(onProgress),
    settings: async () => current().settings(),
    configure: async (settings) => current().configure(settings),
    retain: async (asked, onProgress) => current().retain(asked, onProgress),
    stats: async () => current().stats(),
    profiles: async () => current().profiles(),
    deleteProfile: async (profile) => current().deleteProfile(profile),
    close(atOnce = false) {
      closing ??= close(atOnce)
      return closing
    },
  }
}

function closedError(): ImmersionError {
  return new ImmersionError('STORE_CLOSED', 'The store is closed.')
}
