// When the spool is carried on to its server. States:
//
// away: the server is not reached, or failed. It is tried again after growing pauses, with a full pass, because it may
//   have come back from a backup. → reached
// reached: what is recorded is carried at once. A full pass every hour finds what another program left in the spool.
//   → away
// stopped: nothing more begins.
//
// A full pass also takes from the server what the spool needs to answer rightly while the server is away: the hour at which
// days start, and the learner's corrections from other devices. What was carried leaves the spool by the spool's own windows.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { hasCode } from '../events/errors.js'
import { retryDelayMs } from '../pipeline/delivery.js'
import type { SpoolStatus } from '../ports/diagnostics-types.js'
import { listNamed } from '../replicate/list-streams.js'
import { type Forwarded, Forwarder } from './forward.js'

export interface ForwardingOptions {
  readonly spool: EngineClient
  readonly server: StoreClient
  /** How often the spool removes what was carried and is past its windows. 0: never. */
  readonly retainEveryMs: number
  readonly onState: (state: SpoolStatus['state']) => void
  /** The server, one stream, or the spool's upkeep failed. It is tried again. */
  readonly onFailed: (error: unknown) => void
  readonly nowMs: () => number
  /** From 0 inclusive to 1 exclusive: keeps several programs from trying at the same moments. */
  readonly random: () => number
}

const FULL_PASS_EVERY_MS = 3_600_000

export class Forwarding {
  readonly #options: ForwardingOptions
  readonly #forwarder: Forwarder
  /** Streams that were written to since they were last carried. */
  #pending = new Set<string>()
  #fullPassIsDue = true
  #reached = false
  #stopped = false
  /** Failures since the last full pass. */
  #failures = 0
  #events = 0
  #forwardedAtMs: number | null = null
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(options: ForwardingOptions) {
    this.#options = options
    this.#forwarder = new Forwarder(options.spool, options.server)
  }

  /** Whether the latest attempt to reach the server failed. */
  get isAway(): boolean {
    return this.#failures > 0
  }

  readonly status = (): SpoolStatus => ({
    state: this.isAway ? 'away' : 'forwarding',
    forwarded: this.#events,
    forwardedAtMs: this.#forwardedAtMs,
    refusedStreams: this.#forwarder.refusedStreams,
  })

  /** Something of these streams was recorded in the spool. */
  recorded(streamIds: Iterable<string>): void {
    for (const streamId of streamIds) this.#pending.add(streamId)
    // While the server is away its own pauses count.
    if (this.#reached) this.#go()
  }

  /** A full pass now: the server was connected, or a call found that it is not there. */
  passNow(): void {
    this.#fullPassIsDue = true
    this.#go()
  }

  /** Resolves when all that was recorded is carried, or cannot be carried now. */
  async caughtUp(): Promise<void> {
    await this.#running
  }

  /** Brings corrections that the server has into the spool. */
  async takeCorrections(correctionIds: readonly string[]): Promise<void> {
    const { spool, server } = this.#options
    const here = new Set((await listNamed(spool, correctionIds)).map(({ streamId }) => streamId))
    for (const streamId of correctionIds) {
      if (here.has(streamId)) continue
      const events = await server.streamEvents({ streamId, versions: '1', limit: 1 })
      if (events.length > 0) await spool.append(events)
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #go(): void {
    if (this.#stopped || this.#running !== null) return
    clearTimeout(this.#timer)
    this.#running = this.#run().finally(() => {
      this.#running = null
    })
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopped && (this.#fullPassIsDue || this.#pending.size > 0)) {
        await (this.#fullPassIsDue ? this.#fullPass() : this.#pass())
      }
      this.#fullPassAfter(FULL_PASS_EVERY_MS)
    } catch (error) {
      if (!this.#stopped) this.#failed(error)
    }
  }

  #fullPassAfter(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.passNow(), delayMs)
    // What is not yet carried is safe in the spool: it keeps no process alive.
    this.#timer.unref()
  }

  async #fullPass(): Promise<void> {
    const { spool, server } = this.#options
    const { dayStartsAtHour } = await server.settings()
    if ((await spool.settings()).dayStartsAtHour !== dayStartsAtHour) await spool.configure({ dayStartsAtHour })
    const { corrections } = await server.listCorrections()
    await this.takeCorrections(corrections.map(({ correctionId }) => correctionId))
    this.#pending = new Set()
    this.#note(await this.#forwarder.forwardAll())
    this.#fullPassIsDue = false
    if (this.isAway) this.#options.onState('forwarding')
    this.#failures = 0
    this.#reached = true
    if (this.#forwarder.refusedStreams.length === 0) this.#retainSpool()
  }

  async #pass(): Promise<void> {
    const streamIds = [...this.#pending]
    this.#pending = new Set()
    this.#note(await this.#forwarder.forward(streamIds))
  }

  #note({ events, refused }: Forwarded): void {
    this.#events += events
    this.#forwardedAtMs = this.#options.nowMs()
    for (const { error } of refused) this.#options.onFailed(error)
  }

  #failed(error: unknown): void {
    this.#fullPassIsDue = true
    this.#failures += 1
    if (this.#failures === 1) {
      this.#options.onFailed(error)
      this.#options.onState('away')
    }
    this.#reached = false
    this.#fullPassAfter(retryDelayMs(this.#failures, this.#options.random()))
  }

  #retainSpool(): void {
    const { spool, retainEveryMs, onFailed } = this.#options
    if (retainEveryMs === 0) return
    spool.retain({ dueAfterMs: retainEveryMs, vacuumAfterMs: retainEveryMs }).catch((error) => {
      if (!this.#stopped) onFailed(error)
    })
  }
}

/** The server can answer no call now, whichever it is. */
export function isServerAway(error: unknown): boolean {
  return hasCode(error, 'STORAGE_UNAVAILABLE') || hasCode(error, 'WORKER_FAILED')
}
