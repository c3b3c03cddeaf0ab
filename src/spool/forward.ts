// Carries what a local log takes in on to another log, pass by pass. A whole pass compares every stream of the local log
// with the target; between two of those only the streams that were written to are carried. Nothing is noted on disk: after
// a start, and after the target was away, a whole pass finds out what is still owed. A stream that the target refuses for
// itself holds up no other one, and is tried again by the next whole pass.

import { type ErrorCode, ImmersionError } from '../events/errors.js'
import type { ListedStream } from '../ports/replica-types.js'
import { Carrier, isCarried, isCorrection, type ReplicaSource, type ReplicaTarget } from '../replicate/carrier.js'
import { listAll, listNamed } from '../replicate/listing.js'

/** Small, because the events pass through the caller's thread: about a millisecond of it. */
const BATCH_EVENTS = 250

export interface Refused {
  readonly streamId: string
  readonly error: unknown
}

export interface Forwarded {
  /** Events that were new to the target. */
  readonly events: number
  readonly refused: readonly Refused[]
}

export interface Forwarder {
  /** All that the source holds. Rejects where the target cannot be written to; what was carried until then stays. */
  forwardAll(): Promise<Forwarded>
  /** Only what these streams have. */
  forward(streamIds: readonly string[]): Promise<Forwarded>
}

/** Whatever is sent fails so: no stream is to blame. */
const TARGET_FAILS: ReadonlySet<ErrorCode> = new Set([
  'STORAGE_UNAVAILABLE',
  'STORAGE_BUSY',
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'STORE_CLOSED',
  'WORKER_FAILED',
])

export function createForwarder(source: ReplicaSource, target: ReplicaTarget): Forwarder {
  /** Streams of which this program knows what the target has, because it brought it there. */
  const known = new Map<string, ListedStream>()
  const refusedIds = new Set<string>()

  async function carry(streams: readonly ListedStream[]): Promise<Forwarded> {
    const strange = streams.map(({ streamId }) => streamId).filter((streamId) => !known.has(streamId))
    const there = new Map(known)
    for (const stream of await listNamed(target, strange)) there.set(stream.streamId, stream)
    const owed = streams.filter((stream) => !isCarried(stream, there.get(stream.streamId)))
    // The learner's commands first: an erasure changes what other streams are.
    owed.sort((left, right) => Number(isCorrection(right)) - Number(isCorrection(left)))
    const { events, refused } = await carryOwed(owed, there)
    for (const { streamId } of refused) refusedIds.add(streamId)
    for (const stream of owed) if (!refusedIds.has(stream.streamId)) known.set(stream.streamId, stream)
    return { events, refused }
  }

  async function carryOwed(owed: readonly ListedStream[], there: ReadonlyMap<string, ListedStream>) {
    try {
      return { events: await carryTogether(owed, there), refused: [] }
    } catch (error) {
      if (!isOfAStream(error)) throw error
    }
    let events = 0
    const refused: Refused[] = []
    for (const stream of owed) {
      try {
        events += await carryTogether([stream], there)
      } catch (error) {
        if (!isOfAStream(error)) throw error
        refused.push({ streamId: stream.streamId, error })
      }
    }
    return { events, refused }
  }

  async function carryTogether(
    streams: readonly ListedStream[],
    there: ReadonlyMap<string, ListedStream>,
  ): Promise<number> {
    const carrier = new Carrier(source, target, BATCH_EVENTS)
    await carrier.carry(streams, there)
    return carrier.events
  }

  return {
    async forwardAll() {
      known.clear()
      refusedIds.clear()
      return carry((await listAll(source, 0)).streams)
    },
    async forward(streamIds) {
      return carry(
        await listNamed(
          source,
          streamIds.filter((streamId) => !refusedIds.has(streamId)),
        ),
      )
    },
  }
}

function isOfAStream(error: unknown): boolean {
  return !(error instanceof ImmersionError && TARGET_FAILS.has(error.code))
}
