// Appends batches of events to one profile's log: events, ledger, read models and head in one transaction. The usual batch
// needs nothing but memory and takes one conditional commit, which succeeds because no other program raised the revision.
// States: remembered → (commit) → remembered. Where something must be read, or the commit is stale, the same work is done
// on a snapshot under the head's lock.

import type { NewEvent } from '../events/types.js'
import { coveredCount } from '../ledger/coverage.js'
import { groupingsOf } from '../ledger/grouping.js'
import { heldEvents } from '../ledger/held-events.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import type { ProfileLog } from '../ledger/profile-log.js'
import type { StreamState } from '../ledger/stream-state.js'
import type { Head, LogSnapshot } from '../ports/event-log.js'
import type { AppendAnswer } from '../ports/log-engine.js'
import { attributionWrites } from './attribution-writes.js'
import { type Batch, foldBatch, refuseConflict, type StreamBatch } from './batch.js'
import { changesOthers, NOTHING_READ, needsNothing, needsOf, readNeeds, writesOf } from './batch-writes.js'
import { AppendMemory } from './memory.js'

export interface AppenderOptions extends Pick<ProfileLog, 'log' | 'profile' | 'projections'> {
  /** The head as it is known to be; memory begins with it. */
  readonly head: Head
}

export class Appender {
  readonly #own: AppenderOptions
  readonly #memory: AppendMemory
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor(own: AppenderOptions) {
    this.#own = own
    this.#memory = new AppendMemory(own.head, groupingsOf(own.projections))
  }

  /** Batches are appended one at a time, in the order of the calls. An event that is sent again changes nothing. */
  append(events: readonly NewEvent[]): Promise<AppendAnswer> {
    return this.#inTurn(() => this.#appendNow(events))
  }

  /** Removes all of these streams but their ids. Unlike erased ones they may be appended to again. */
  clear(streamIds: readonly string[]): Promise<void> {
    const { log, profile } = this.#own
    return this.#inTurn(async () => {
      await log.update(profile, async (snapshot) => {
        const state = this.#memory.state(await this.#memory.catchUp(snapshot))
        const { written } = await attributionWrites(snapshot, [], state, new Set(streamIds))
        return { writes: written.writes, answer: undefined }
      })
      this.#memory.forget()
    })
  }

  /** Appends the events that `plan` makes of the newest state. It runs under the head's lock, so what it read still holds. */
  appendPlanned(plan: (snapshot: LogSnapshot) => Promise<readonly NewEvent[]>): Promise<AppendAnswer> {
    return this.#inTurn(() => this.#appendLocked(plan))
  }

  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#lastTurn.then(work)
    // After any failure, a defect included, the next batch reads its state again.
    this.#lastTurn = answer.catch(() => this.#memory.forget())
    return answer
  }

  async #appendNow(events: readonly NewEvent[]): Promise<AppendAnswer> {
    const memory = this.#memory
    const { corrections } = memory
    const appendLocked = () => this.#appendLocked(async () => events)
    if (corrections === null) return appendLocked()
    const state = memory.state(corrections)
    const batch = foldBatch(events, state, (streamId) => memory.stream(streamId))
    if (batch === null) return appendLocked()
    const needs = needsOf(batch, memory.videos, corrections)
    if (!needsNothing(needs) || changesOthers(batch, needs, corrections)) return appendLocked()
    if (batch.events.length === 0) return answerOf(batch, memory.head)
    const written = writesOf(batch, state, needs, NOTHING_READ)
    if ((await this.#own.log.commit(this.#own.profile, written.writes)) === 'stale') {
      memory.forget()
      return appendLocked()
    }
    memory.rememberWrites(written)
    return answerOf(batch, memory.head)
  }

  /** The slow way: everything that is not remembered is read under the lock, so nothing can be stale. */
  async #appendLocked(plan: Parameters<Appender['appendPlanned']>[0]): Promise<AppendAnswer> {
    const { log, profile } = this.#own
    const { batch, written, known, corrections } = await log.update(profile, async (snapshot) => {
      const answer = await this.#fromSnapshot(snapshot, await plan(snapshot))
      return { writes: answer.written?.writes ?? null, answer }
    })
    if (corrections !== null) this.#memory.rememberCorrections(corrections)
    // Even where nothing was new: an import of events that are there already reads every stream of the log.
    this.#memory.remember(known.values())
    if (written !== null) this.#memory.rememberWrites(written)
    return answerOf(batch, this.#memory.head)
  }

  /** `written` is null where nothing was new, `corrections` where the batch did not change them. */
  async #fromSnapshot(snapshot: LogSnapshot, events: readonly NewEvent[]) {
    const memory = this.#memory
    const corrections = await memory.catchUp(snapshot)
    const state = memory.state(corrections)
    const streamIds = new Set(events.map(({ streamId }) => streamId))
    const known = await memory.readStreams(snapshot, streamIds, corrections)
    const batch = foldBatch(events, state, (streamId) => known.get(streamId) ?? null)
    if (batch === null) throw new TypeError('unreachable: every stream of the batch was read')
    await memory.readVideos(snapshot, batch)
    const needs = needsOf(batch, memory.videos, corrections)
    for (const stream of needs.compare) await compareWithHeld(snapshot, stream)
    if (changesOthers(batch, needs, corrections)) {
      return { ...(await attributionWrites(snapshot, events, state)), known: new Map<string, StreamState>() }
    }
    const written = batch.events.length === 0 ? null : writesOf(batch, state, needs, await readNeeds(snapshot, needs))
    return { batch, written, known, corrections: null }
  }
}

/**
 * VERSION_CONFLICT when an event is still held with other content. Of the events that are no longer held only the sum of
 * the checksums is known, so they are compared when all of them are repeated.
 */
async function compareWithHeld(snapshot: LogSnapshot, { before, repeated: events }: StreamBatch): Promise<void> {
  if (before === null) return
  const repeated = new Map<number, NewEvent>()
  for (const event of events) {
    refuseConflict(event, repeated.get(event.version))
    repeated.set(event.version, event)
  }
  for await (const page of heldEvents(snapshot, before.row)) {
    for (const row of page) {
      const event = repeated.get(row.version)
      // The checksum stands for the content, so a stored event that was damaged since is no reason to refuse it.
      if (event !== undefined) refuseConflict(event, row)
      repeated.delete(row.version)
    }
    if (repeated.size === 0) return
  }
  const { countedChecksum, heldChecksum, heldCount } = before.row
  if (repeated.size < coveredCount(before.coverage) - heldCount) return
  let checksum = addChecksum(countedChecksum, -heldChecksum)
  for (const event of repeated.values()) checksum = addChecksum(checksum, -event.checksum)
  const [first] = repeated.values()
  if (checksum !== 0 && first !== undefined) refuseConflict(first, { checksum: addChecksum(first.checksum, checksum) })
}

function answerOf(batch: Batch, head: Head): AppendAnswer {
  return {
    asOfRevision: head.revision,
    appended: batch.events.length,
    present: batch.present,
    position: head.position,
  }
}
