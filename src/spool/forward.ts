// Carries what a local log holds on to another log, pass by pass. A full pass compares every stream of the local log with
// the target; between two of those only the streams that were written to are carried. Nothing is noted on disk: after a
// start, and after the target was away, a full pass finds out what the target lacks. A stream that the target refuses for
// its own content delays no other one, and is tried again by the next full pass.

import { type ErrorCode, ImmersionError } from '../events/errors.js'
import type { ListedStream } from '../ports/replica-types.js'
import { Carrier, isCarried, isCorrection, type ReplicaSource, type ReplicaTarget } from '../replicate/carrier.js'
import { conflictError, conflictsAmong } from '../replicate/conflicts.js'
import { listAll, listNamed } from '../replicate/list-streams.js'

/** Small, because the events pass through the caller's thread: about a millisecond of it. */
const BATCH_EVENTS = 250

export interface Forwarded {
  /** Events that were new to the target. */
  readonly events: number
  readonly refused: { readonly streamId: string; readonly error: unknown }[]
}

/** With one of these, every call to the target fails: no stream is at fault. */
const TARGET_FAILS: ReadonlySet<ErrorCode> = new Set([
  'STORAGE_UNAVAILABLE',
  'STORAGE_BUSY',
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'STORE_CLOSED',
  'WORKER_FAILED',
])

export class Forwarder {
  readonly #source: ReplicaSource
  readonly #target: ReplicaTarget
  /** Streams as the target has them, because this program brought them there. */
  readonly #known = new Map<string, ListedStream>()
  /** Streams that the target refused for their own content, since the last full pass. */
  readonly #refused = new Set<string>()

  constructor(source: ReplicaSource, target: ReplicaTarget) {
    this.#source = source
    this.#target = target
  }

  get refusedStreams(): readonly string[] {
    return [...this.#refused]
  }

  /** All that the source holds. Rejects where the target cannot be written to; what was carried until then stays. */
  async forwardAll(): Promise<Forwarded> {
    this.#known.clear()
    this.#refused.clear()
    return this.#carry((await listAll(this.#source, 0)).streams)
  }

  /** Only what these streams have. */
  async forward(streamIds: readonly string[]): Promise<Forwarded> {
    const wanted = streamIds.filter((streamId) => !this.#refused.has(streamId))
    return this.#carry(await listNamed(this.#source, wanted))
  }

  async #carry(streams: readonly ListedStream[]): Promise<Forwarded> {
    const unknown = streams.map(({ streamId }) => streamId).filter((streamId) => !this.#known.has(streamId))
    const there = new Map(this.#known)
    for (const stream of await listNamed(this.#target, unknown)) there.set(stream.streamId, stream)
    const lacking = streams.filter((stream) => !isCarried(stream, there.get(stream.streamId)))
    // The learner's corrections first: an erasure changes what other streams are.
    lacking.sort((left, right) => Number(isCorrection(right)) - Number(isCorrection(left)))
    // What this program brought to the target need not be compared with it.
    const listed = lacking.filter(({ streamId }) => !this.#known.has(streamId))
    const conflicts = new Set(await conflictsAmong(this.#source, this.#target, listed, there))
    const forwarded = await this.#carryLacking(
      lacking.filter((stream) => !conflicts.has(stream)),
      there,
    )
    for (const { streamId } of conflicts) forwarded.refused.push({ streamId, error: conflictError(streamId) })
    for (const { streamId } of forwarded.refused) this.#refused.add(streamId)
    for (const stream of lacking) if (!this.#refused.has(stream.streamId)) this.#known.set(stream.streamId, stream)
    return forwarded
  }

  /** All in one go; where the target refuses a stream, one by one. */
  async #carryLacking(lacking: readonly ListedStream[], there: ReadonlyMap<string, ListedStream>): Promise<Forwarded> {
    let events = 0
    const refused: Forwarded['refused'][number][] = []
    const failureOf = async (streams: readonly ListedStream[]) => {
      const carrier = new Carrier(this.#source, this.#target, BATCH_EVENTS)
      try {
        await carrier.carry(streams, there)
        events += carrier.carried.events
        refused.push(...carrier.damaged)
        return null
      } catch (error) {
        if (error instanceof ImmersionError && TARGET_FAILS.has(error.code)) throw error
        return { error }
      }
    }
    if ((await failureOf(lacking)) === null) return { events, refused }
    for (const stream of lacking) {
      const failure = await failureOf([stream])
      if (failure !== null) refused.push({ streamId: stream.streamId, ...failure })
    }
    return { events, refused }
  }
}
