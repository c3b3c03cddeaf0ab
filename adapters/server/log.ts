// EventLog over a database server, written once for PostgreSQL and MySQL. heads.ts remembers the head of each profile,
// commits.ts writes, and snapshot.ts reads. A commit whose answer is lost fails with a code that is worth another try,
// because delivering it twice is harmless.

import { requireOpen } from '../../src/events/require-open.js'
import type {
  EventLog,
  EventLogOptions,
  Head,
  LogSnapshot,
  LogStats,
  LogWrites,
  ProfileSettings,
} from '../../src/ports/event-log.js'
import { NamedLocks, Slots } from '../port/lock.js'
import { openedForReading } from '../port/refusals.js'
import { onSnapshot } from '../port/snapshots.js'
import { formatSettings } from '../port/stored-settings.js'
import { SqlSnapshot } from '../sql/snapshot.js'
import { SELECT_PROFILES } from '../sql/statements.js'
import { ServerCommits } from './commits.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase } from './database.js'
import { deleteServerProfile } from './delete-profile.js'
import { ServerHeads } from './heads.js'
import { ServerReader } from './snapshot.js'

export class ServerLog implements EventLog {
  readonly #database: ServerDatabase
  readonly #isReadOnly: boolean
  readonly #heads: ServerHeads
  readonly #reader: ServerReader
  readonly #commits: ServerCommits
  /** One writer of a profile at a time: a second one would only hold a connection while it waits for the head's lock. */
  readonly #profiles = new NamedLocks()
  readonly #writers: Slots
  readonly #atWork = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  /** The database's schema and the tables are ready, except where the log is opened for reading only. */
  constructor(database: ServerDatabase, { tables, readOnly }: EventLogOptions) {
    this.#database = database
    this.#isReadOnly = readOnly
    this.#heads = new ServerHeads(database)
    this.#reader = new ServerReader(database, tables, !readOnly)
    this.#commits = new ServerCommits(database, this.#heads, this.#reader, tables)
    // One connection is left for reads while writers are at work.
    this.#writers = new Slots(Math.max(1, database.connectionCount - 1))
  }

  async profiles(): Promise<readonly string[]> {
    return this.#onConnection('list the profiles', (connection) => this.#names(connection))
  }

  async openProfile(profile: string, settings: ProfileSettings): Promise<Head> {
    return this.#onConnection('open the profile', async (connection) => {
      const found = await this.#heads.find(connection, profile)
      if (!found && this.#isReadOnly) throw openedForReading(this.#database.location)
      const stored = found ?? (await this.#heads.make(connection, profile, formatSettings(settings)))
      this.#heads.open(profile, stored)
      return stored.head
    })
  }

  async read<T>(profile: string, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    return this.#onConnection('read', (connection) =>
      this.#heads.inTransaction(connection, 'read', profile, async (found) => {
        const stored = this.#heads.check(profile, found)
        const source = this.#reader.on(connection)
        return { keep: true, answer: await onSnapshot((check) => new SqlSnapshot(source, stored, check), work) }
      }),
    )
  }

  async commit(profile: string, writes: LogWrites): Promise<'committed' | 'stale'> {
    return this.#writing('commit', profile, () => this.#commits.commit(profile, writes))
  }

  async update<T>(
    profile: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
  ): Promise<T> {
    return this.#writing('update', profile, () => this.#commits.update(profile, work))
  }

  async deleteProfile(profile: string): Promise<boolean> {
    return this.#writing('delete the profile', profile, () =>
      this.#database.withConnection((connection) =>
        this.#heads.inTransaction(connection, 'write', null, async () => {
          const found = await this.#heads.lock(connection, profile)
          if (found) await deleteServerProfile(this.#database, connection, found)
          this.#heads.forget(profile)
          return { keep: found !== null, answer: found !== null }
        }),
      ),
    )
  }

  async stats(): Promise<LogStats> {
    return this.#onConnection('read its size', async (connection) => {
      const { provider, location } = this.#database
      const { totalBytes, schemaVersion, versions } = await this.#database.size(connection)
      const profiles = (await this.#names(connection)).length
      return { provider, versions, schemaVersion, location, totalBytes, freeBytes: 0, profiles }
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#atWork)
    await this.#database.close()
  }

  #checkWritable(): void {
    requireOpen('log', this.#closing === null)
    if (this.#isReadOnly) throw openedForReading(this.#database.location)
  }

  #writing<T>(doing: string, profile: string, work: () => Promise<T>): Promise<T> {
    this.#checkWritable()
    return this.#working(doing, () => this.#profiles.run(profile, () => this.#writers.run(work)))
  }

  #onConnection<T>(doing: string, work: (connection: ServerConnection) => Promise<T>): Promise<T> {
    return this.#working(doing, () => this.#database.withConnection(work))
  }

  /** Keeps the log open until the work has ended, and gives the driver's failures a code. */
  async #working<T>(doing: string, work: () => Promise<T>): Promise<T> {
    requireOpen('log', this.#closing === null)
    const running = work()
    this.#atWork.add(running)
    try {
      return await running
    } catch (error) {
      throw this.#database.failure(error, doing)
    } finally {
      this.#atWork.delete(running)
    }
  }

  async #names(connection: ServerConnection): Promise<readonly string[]> {
    const { rows } = await connection.query(this.#database.dialect.text(SELECT_PROFILES))
    return rows.map(([name]) => String(name))
  }
}
