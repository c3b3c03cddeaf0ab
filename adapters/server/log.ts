// EventLog over a database server, written once for PostgreSQL and MySQL. What a commit has to know of the head is remembered
// from the last answer, so that a usual batch is one round trip; the server's locked head row decides whether it still
// holds. A commit whose answer is lost is refused with a code worth trying again: delivering it twice is harmless.

import { ImmersionError } from '../../src/events/errors.js'
import type { EventLog, EventLogOptions, LogSnapshot, LogWrites } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import {
  checkPositions,
  checkRemovedPositions,
  logClosed,
  refuseEvent,
  unknownProjection,
  updateBehind,
} from '../refusals.js'
import type { StoredHead } from '../sql/mapping.js'
import { singleWrites, takesAway } from '../sql/single-writes.js'
import { SELECT_PROFILES } from '../sql/statements.js'
import type { ServerConnection, ServerDatabase } from './database.js'
import { deleteServerProfile } from './delete-profile.js'
import { createServerEventTypes } from './event-types.js'
import { createServerHeads } from './heads.js'
import { createServerReader } from './snapshot.js'
import { createWriteTurns } from './turns.js'
import { createServerWriter, type WriteAnswer } from './writer.js'

/** The database's schema and the tables are ready, except where the log is opened for reading only. */
export function openServerLog(database: ServerDatabase, options: EventLogOptions): EventLog {
  const { dialect, begin } = database
  const types = createServerEventTypes(database)
  const reader = createServerReader(database, options.tables, !options.readOnly, types)
  const writer = createServerWriter(database, options.tables, types.codeOf)
  const projections = new Map(options.tables.map((table) => [projectionId(table), table]))
  // One connection is left for what is read while writers are at work.
  const turns = createWriteTurns(Math.max(1, database.connectionCount - 1))
  const heads = createServerHeads(database)
  const atWork = new Set<Promise<unknown>>()
  let closing: Promise<void> | null = null

  function writable(): void {
    if (closing) throw logClosed()
    if (!options.readOnly) return
    throw new ImmersionError('STORAGE_READ_ONLY', `${database.location} was opened for reading only.`, {
      details: { location: database.location },
    })
  }

  /** Keeps the log open until the work has ended, and gives the driver's failures a code. */
  async function working<T>(doing: string, work: () => Promise<T>): Promise<T> {
    if (closing) throw logClosed()
    const running = work().catch((error: unknown) => {
      throw database.failure(error, doing)
    })
    atWork.add(running)
    try {
      return await running
    } finally {
      atWork.delete(running)
    }
  }

  /** What every adapter refuses before it writes. Answers the writes with each row once. */
  function checked(stored: StoredHead, writes: LogWrites): LogWrites {
    checkPositions(stored.head.position, writes)
    checkRemovedPositions(stored.head.position, writes)
    for (const event of writes.events) refuseEvent(event, writes)
    for (const { projection } of writes.rows) {
      if (!projections.has(projection)) throw unknownProjection(projection, projections)
    }
    return singleWrites(writes)
  }

  /** Whether what is written has to be looked at afterwards, or is more than one statement can do. */
  function takesSteps({ hasNegativeSums }: StoredHead, writes: LogWrites): boolean {
    return hasNegativeSums || takesAway(writes) || (writes.removedPositions ?? []).length > 0
  }

  async function commitOn(
    connection: ServerConnection,
    profile: string,
    given: LogWrites,
  ): Promise<'committed' | 'stale'> {
    const before = given.head.revision - 1
    let stored = heads.remembered(profile)
    if (stored?.head.revision !== before) stored = await heads.read(connection, profile)
    if (stored.head.revision !== before) return 'stale'
    const writes = checked(stored, given)
    await types.ensure(connection, writes.events)
    const { outcome, hasNegativeSums } = takesSteps(stored, writes)
      ? await inSteps(connection, stored, writes)
      : {
          outcome: await database.commitAtOnce(connection, stored, writes, types.codeOf),
          hasNegativeSums: stored.hasNegativeSums,
        }
    if (outcome === 'committed') heads.remember(profile, { ...stored, head: writes.head, hasNegativeSums })
    else await heads.read(connection, profile)
    return outcome
  }

  async function inSteps(connection: ServerConnection, stored: StoredHead, writes: LogWrites): Promise<WriteAnswer> {
    return heads.inTransaction(connection, begin.write, null, async () => {
      const answer = await writer.write(connection, stored, writes)
      return { keep: answer.outcome === 'committed', answer }
    })
  }

  /** Within the transaction that holds the head's lock. */
  async function writeLocked(connection: ServerConnection, stored: StoredHead, given: LogWrites): Promise<StoredHead> {
    if (given.head.revision !== stored.head.revision + 1) throw updateBehind()
    const writes = checked(stored, given)
    if (writes.events.some(({ type }) => !types.isKnown(type))) {
      // On a connection of its own: nobody is to wait for this transaction because of a new type.
      await database.withConnection((other) => types.ensure(other, writes.events))
    }
    if (takesSteps(stored, writes)) {
      const { hasNegativeSums } = await writer.write(connection, stored, writes)
      return { ...stored, head: writes.head, hasNegativeSums }
    }
    await database.writeAtOnce(connection, stored, writes, types.codeOf)
    return { ...stored, head: writes.head }
  }

  async function updateOn<T>(
    connection: ServerConnection,
    profile: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
    asked: { writes: LogWrites | null },
  ): Promise<T> {
    let after: StoredHead | null = null
    const answer = await heads.inTransaction(connection, begin.write, profile, async (found) => {
      const stored = heads.check(profile, found)
      const done = await reader.onSnapshot(connection, stored, work)
      asked.writes = done.writes
      after = done.writes ? await writeLocked(connection, stored, done.writes) : stored
      return { keep: done.writes !== null, answer: done.answer }
    })
    if (after) heads.remember(profile, after)
    return answer
  }

  /** Tried again one by one in a transaction that is rolled back, to name the event. What else failed stays as it was. */
  async function nameRefused(profile: string, writes: LogWrites, failure: unknown): Promise<never> {
    if (database.isRefusedRow(failure)) {
      await database.withConnection((connection) =>
        heads.inTransaction(connection, begin.write, profile, async (found) => {
          const stored = heads.check(profile, found)
          if (stored.head.revision === writes.head.revision - 1) await writer.findRefused(connection, stored, writes)
          return { keep: false, answer: null }
        }),
      )
    }
    throw failure
  }

  return {
    async profiles() {
      return working('list the profiles', () =>
        database.withConnection(async (connection) => {
          const { rows } = await connection.query(dialect.text(SELECT_PROFILES))
          return rows.map(([name]) => String(name))
        }),
      )
    },
    async openProfile(profile, settings) {
      return working('open the profile', () =>
        database.withConnection(async (connection) => {
          const found = await heads.find(connection, profile)
          if (!found && options.readOnly) writable()
          const stored = found ?? (await heads.make(connection, profile, JSON.stringify(settings)))
          heads.open(profile, stored)
          return stored.head
        }),
      )
    },
    async read(profile, work) {
      return working('read', () =>
        database.withConnection((connection) =>
          heads.inTransaction(connection, begin.read, profile, async (found) => {
            const answer = await reader.onSnapshot(connection, heads.check(profile, found), work)
            return { keep: true, answer }
          }),
        ),
      )
    },
    async commit(profile, writes) {
      writable()
      return working('commit', () =>
        turns.run(profile, () =>
          database
            .withConnection((connection) => commitOn(connection, profile, writes))
            .catch((failure: unknown) => nameRefused(profile, writes, failure)),
        ),
      )
    },
    async update(profile, work) {
      writable()
      return working('update', () =>
        turns.run(profile, async () => {
          const asked: { writes: LogWrites | null } = { writes: null }
          const failed = (failure: unknown): Promise<never> => {
            if (asked.writes === null) throw failure
            return nameRefused(profile, asked.writes, failure)
          }
          return database.withConnection((connection) => updateOn(connection, profile, work, asked)).catch(failed)
        }),
      )
    },
    async deleteProfile(profile) {
      writable()
      return working('delete the profile', () =>
        turns.run(profile, () =>
          database.withConnection((connection) =>
            heads.inTransaction(connection, begin.write, profile, async (found) => {
              if (found) await deleteServerProfile(database, connection, found)
              heads.forget(profile)
              return { keep: found !== null, answer: found !== null }
            }),
          ),
        ),
      )
    },
    async stats() {
      return working('read its size', () =>
        database.withConnection(async (connection) => {
          const { totalBytes, schemaVersion, versions } = await database.size(connection)
          const profiles = (await connection.query(dialect.text(SELECT_PROFILES))).rows.length
          const { provider, location } = database
          return { provider, versions, schemaVersion, location, totalBytes, freeBytes: 0, profiles }
        }),
      )
    },
    close() {
      closing ??= (async () => {
        await Promise.allSettled(atWork)
        await database.close()
      })()
      return closing
    },
  }
}
