// How a batch reaches a server. The usual batch is sent at once, in one round trip, on condition that the head is as last
// seen here. Where a sum may become zero or negative, or events are removed, it goes in steps. A batch with an event that the
// server refuses is tried again event by event, in a transaction that is rolled back, to name the event.

import type { LogSnapshot, LogWrites, RowTable } from '../../src/ports/event-log.js'
import { checkWrites, updateBehind } from '../port/refusals.js'
import { onSnapshot } from '../port/snapshots.js'
import type { StoredHead } from '../sql/answers.js'
import { singleRows, takesAway } from '../sql/single-rows.js'
import { SqlSnapshot } from '../sql/snapshot.js'
import { type RowTables, rowTablesOf, tableWrites } from '../sql/table-writes.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase, ServerWrites } from './database.js'
import type { ServerEventTypes } from './event-types.js'
import type { ServerHeads } from './heads.js'
import type { ServerReader } from './snapshot.js'
import { findRefused, writeInSteps } from './writer.js'

type Work<T> = (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>

export class ServerCommits {
  readonly #database: ServerDatabase
  readonly #heads: ServerHeads
  readonly #types: ServerEventTypes
  readonly #reader: ServerReader
  readonly #rowTables: RowTables

  constructor(database: ServerDatabase, heads: ServerHeads, reader: ServerReader, tables: readonly RowTable[]) {
    this.#database = database
    this.#heads = heads
    this.#types = reader.types
    this.#reader = reader
    this.#rowTables = rowTablesOf(tables)
  }

  async commit(profile: string, writes: LogWrites): Promise<'committed' | 'stale'> {
    try {
      return await this.#database.withConnection((connection) => this.#commitOn(connection, profile, writes))
    } catch (failure) {
      await this.#nameRefused(profile, writes, failure)
      throw failure
    }
  }

  async update<T>(profile: string, work: Work<T>): Promise<T> {
    let requested: LogWrites | null = null
    const noting: Work<T> = async (snapshot) => {
      const done = await work(snapshot)
      requested = done.writes
      return done
    }
    try {
      return await this.#database.withConnection((connection) => this.#updateOn(connection, profile, noting))
    } catch (failure) {
      if (requested !== null) await this.#nameRefused(profile, requested, failure)
      throw failure
    }
  }

  async #commitOn(connection: ServerConnection, profile: string, writes: LogWrites): Promise<'committed' | 'stale'> {
    const before = writes.head.revision - 1
    let stored = this.#heads.remembered(profile)
    if (stored?.head.revision !== before) stored = await this.#heads.read(connection, profile)
    if (stored.head.revision !== before) return 'stale'
    checkWrites(stored.head.position, writes)
    await this.#types.ensure(connection, writes.events)
    const bound = this.#bound(stored, writes)
    const after = takesSteps(bound) ? await this.#inSteps(connection, bound) : await this.#atOnce(connection, bound)
    if (after) this.#heads.remember(profile, after)
    else await this.#heads.read(connection, profile)
    return after ? 'committed' : 'stale'
  }

  /** Null when the head is not at the revision before; so in the next one. */
  async #atOnce(connection: ServerConnection, writes: ServerWrites): Promise<StoredHead | null> {
    const outcome = await this.#database.commitAtOnce(connection, writes)
    return outcome === 'stale' ? null : { ...writes.stored, head: writes.head }
  }

  async #inSteps(connection: ServerConnection, writes: ServerWrites): Promise<StoredHead | null> {
    return this.#heads.inTransaction(connection, 'write', null, async () => {
      const answer = await writeInSteps(this.#database, connection, writes)
      return { keep: answer !== null, answer }
    })
  }

  async #updateOn<T>(connection: ServerConnection, profile: string, work: Work<T>): Promise<T> {
    let after: StoredHead | null = null
    const answer = await this.#heads.inTransaction(connection, 'write', profile, async (found) => {
      const stored = this.#heads.check(profile, found)
      const source = this.#reader.on(connection)
      const done = await onSnapshot((check) => new SqlSnapshot(source, stored, check), work)
      after = done.writes ? await this.#writeLocked(connection, stored, done.writes) : stored
      return { keep: done.writes !== null, answer: done.answer }
    })
    if (after) this.#heads.remember(profile, after)
    return answer
  }

  /** Within the transaction that holds the head's lock. */
  async #writeLocked(connection: ServerConnection, stored: StoredHead, writes: LogWrites): Promise<StoredHead> {
    if (writes.head.revision !== stored.head.revision + 1) throw updateBehind()
    checkWrites(stored.head.position, writes)
    if (!this.#types.knowsAll(writes.events)) {
      // On a connection of its own, so that nobody waits for this transaction because of a new type.
      await this.#database.withConnection((other) => this.#types.ensure(other, writes.events))
    }
    const bound = this.#bound(stored, writes)
    if (takesSteps(bound)) return (await writeInSteps(this.#database, connection, bound)) ?? stored
    await this.#database.writeAtOnce(connection, bound)
    return { ...stored, head: writes.head }
  }

  #bound(stored: StoredHead, writes: LogWrites): ServerWrites {
    const { dialect } = this.#database
    const typeIdOf = this.#types.idOf.bind(this.#types)
    const parts = tableWrites(dialect, this.#rowTables, stored.profileId, writes, typeIdOf)
    return { stored, head: writes.head, parts: singleRows(parts) }
  }

  /** Throws EVENT_REFUSED where an event of the writes is the reason for the failure. */
  async #nameRefused(profile: string, writes: LogWrites, failure: unknown): Promise<void> {
    if (!this.#database.isRefusedRow(failure)) return
    await this.#database.withConnection((connection) =>
      this.#heads.inTransaction(connection, 'write', profile, async (found) => {
        const stored = this.#heads.check(profile, found)
        if (stored.head.revision === writes.head.revision - 1) {
          await findRefused(this.#database, connection, this.#bound(stored, writes), writes)
        }
        return { keep: false, answer: null }
      }),
    )
  }
}

/** Whether the writes have to be checked afterwards, or are more than one statement can do. */
function takesSteps({ stored, parts }: ServerWrites): boolean {
  return stored.hasNegativeSums || parts.some((part) => part.how === 'remove-range' || takesAway(part))
}
