// When the spool is carried on to its server. States:
//
// away: the server is not reached, or failed. It is tried again after growing pauses, with a whole pass, because it may
//   have come back from a backup. → reached
// reached: what is recorded is carried at once. A whole pass every hour finds what another program left in the spool.
//   → away
// stopped: nothing more begins.
//
// A whole pass also takes from the server what the spool has to know for its answers to be right while the server is away:
// when days start, and what the learner corrected elsewhere. What was carried leaves the spool by the spool's own windows.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { ImmersionError } from '../events/errors.js'
import { retryDelayMs } from '../pipeline/delivery.js'
import type { SpoolStatus } from '../ports/store-types.js'
import { listNamed } from '../replicate/listing.js'
import { createForwarder, type Forwarded } from './forward.js'

export interface ForwardingOptions {
  readonly spool: EngineClient
  readonly server: StoreClient
  /** How often the spool gives up what was carried and is past its windows. 0: never. */
  readonly retainEveryMs: number
  readonly onState: (state: SpoolStatus['state']) => void
  /** Of the server, of one stream, or of the spool's upkeep. It is tried again. */
  readonly onFailed: (error: unknown) => void
  readonly nowMs: () => number
  readonly random: () => number
}

export interface Forwarding {
  status(): SpoolStatus
  /** The latest look at the server failed. */
  readonly isAway: boolean
  /** Something of these streams was recorded in the spool. */
  recorded(streamIds: Iterable<string>): void
  /** The server may be there, or someone has found that it is not: a whole pass finds out. */
  lookAgain(): void
  /** Resolves when all that was recorded is carried, or cannot be now. */
  settled(): Promise<void>
  /** The server's newer commands, for the spool. */
  takeCorrections(correctionIds: readonly string[]): Promise<void>
  stop(): Promise<void>
}

const WHOLE_PASS_EVERY_MS = 3_600_000

export function createForwarding(options: ForwardingOptions): Forwarding {
  const { spool, server } = options
  const forwarder = createForwarder(spool, server)
  const refused = new Set<string>()
  let owed = new Set<string>()
  let wholeIsDue = true
  let reached = false
  let stopped = false
  let attempts = 0
  let events = 0
  let forwardedAtMs: number | null = null
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined

  function go(): void {
    if (stopped || running !== null) return
    clearTimeout(timer)
    running = run().finally(() => {
      running = null
    })
  }

  async function run(): Promise<void> {
    try {
      while (!stopped && (wholeIsDue || owed.size > 0)) await (wholeIsDue ? wholePass() : pass())
      goAfter(WHOLE_PASS_EVERY_MS)
    } catch (error) {
      if (!stopped) failed(error)
    }
  }

  function goAfter(delayMs: number): void {
    if (stopped) return
    timer = setTimeout(() => {
      wholeIsDue = true
      go()
    }, delayMs)
    // What is owed is safe in the spool: it keeps no process alive.
    timer.unref()
  }

  async function wholePass(): Promise<void> {
    const { dayStartsAtHour } = await server.settings()
    if ((await spool.settings()).dayStartsAtHour !== dayStartsAtHour) await spool.configure({ dayStartsAtHour })
    await takeCorrections((await server.listCorrections()).corrections.map(({ correctionId }) => correctionId))
    owed = new Set()
    refused.clear()
    note(await forwarder.forwardAll())
    wholeIsDue = false
    if (attempts > 0) options.onState('forwarding')
    attempts = 0
    reached = true
    if (refused.size === 0) retainSpool()
  }

  async function pass(): Promise<void> {
    const streamIds = [...owed]
    owed = new Set()
    note(await forwarder.forward(streamIds))
  }

  function note(forwarded: Forwarded): void {
    events += forwarded.events
    forwardedAtMs = options.nowMs()
    for (const { streamId, error } of forwarded.refused) {
      refused.add(streamId)
      options.onFailed(error)
    }
  }

  function failed(error: unknown): void {
    wholeIsDue = true
    attempts += 1
    if (attempts === 1) {
      options.onFailed(error)
      options.onState('away')
    }
    reached = false
    goAfter(retryDelayMs(attempts, options.random()))
  }

  function retainSpool(): void {
    if (options.retainEveryMs === 0) return
    const due = { dueAfterMs: options.retainEveryMs, vacuumAfterMs: options.retainEveryMs }
    spool.retain(due).catch((error) => {
      if (!stopped) options.onFailed(error)
    })
  }

  async function takeCorrections(correctionIds: readonly string[]): Promise<void> {
    const here = new Set((await listNamed(spool, correctionIds)).map(({ streamId }) => streamId))
    for (const streamId of correctionIds) {
      if (here.has(streamId)) continue
      const told = await server.streamEvents({ streamId, versions: '1', limit: 1 })
      if (told.length > 0) await spool.append(told)
    }
  }

  return {
    status: () => ({
      state: attempts > 0 ? 'away' : 'forwarding',
      forwarded: events,
      forwardedAtMs,
      refusedStreams: [...refused],
    }),
    get isAway() {
      return attempts > 0
    },
    recorded(streamIds) {
      for (const streamId of streamIds) owed.add(streamId)
      // While the server is away its own pauses count.
      if (reached) go()
    },
    lookAgain() {
      wholeIsDue = true
      go()
    },
    async settled() {
      await running
    },
    takeCorrections,
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

/** The server cannot be asked now, whatever is asked. */
export function isServerAway(error: unknown): boolean {
  return error instanceof ImmersionError && (error.code === 'STORAGE_UNAVAILABLE' || error.code === 'WORKER_FAILED')
}
