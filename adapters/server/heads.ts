// The heads of one log's profiles: read, locked, made, and remembered as they were last seen. Remembering saves the usual
// commit a query. Whether a remembered head still holds is decided by the server, which compares the revision.

import { unknownProfile } from '../port/refusals.js'
import { headOf, type StoredHead } from '../sql/answers.js'
import { INSERT_PROFILE, SELECT_HEAD } from '../sql/statements.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase } from './database.js'

/** Processes that make profiles at the same moment meet at one id, and all but one of them try again. */
const MAKE_ATTEMPTS = 100

export class ServerHeads {
  readonly #database: ServerDatabase
  /** Ids of the profiles that were opened here: a profile of the same name that is made later is another one. */
  readonly #opened = new Map<string, number>()
  readonly #heads = new Map<string, StoredHead>()
  readonly #selectHead: string
  readonly #lockHead: string

  constructor(database: ServerDatabase) {
    this.#database = database
    this.#selectHead = database.dialect.text(SELECT_HEAD)
    this.#lockHead = database.dialect.text(`${SELECT_HEAD} for update`)
  }

  /** Null when there is no such profile. */
  async find(connection: ServerConnection, profile: string, text = this.#selectHead): Promise<StoredHead | null> {
    const [row] = (await connection.query(text, [profile])).rows
    return row ? headOf(row) : null
  }

  /** Finds and remembers; refused as `check` does. */
  async read(connection: ServerConnection, profile: string): Promise<StoredHead> {
    const stored = this.check(profile, await this.find(connection, profile))
    this.#heads.set(profile, stored)
    return stored
  }

  async make(connection: ServerConnection, profile: string, settings: string): Promise<StoredHead> {
    for (let attempt = 1; ; attempt++) {
      try {
        await connection.query(this.#database.dialect.text(INSERT_PROFILE), [profile, settings])
      } catch (error) {
        if (!this.#database.isDuplicateKey(error) || attempt === MAKE_ATTEMPTS) throw error
      }
      const stored = await this.find(connection, profile)
      if (stored) return stored
    }
  }

  /** From now on a profile of this name with another id is another one. */
  open(profile: string, stored: StoredHead): void {
    this.#opened.set(profile, stored.profileId)
    this.#heads.set(profile, stored)
  }

  /** INVALID_ARGUMENT when there is no such profile, or not the one that was opened. */
  check(profile: string, stored: StoredHead | null): StoredHead {
    if (stored && stored.profileId === (this.#opened.get(profile) ?? stored.profileId)) return stored
    this.#heads.delete(profile)
    throw unknownProfile(profile)
  }

  remembered(profile: string): StoredHead | undefined {
    return this.#heads.get(profile)
  }

  remember(profile: string, stored: StoredHead): void {
    this.#heads.set(profile, stored)
  }

  forget(profile: string): void {
    this.#heads.delete(profile)
  }

  /**
   * Begins, runs `work` with the head of the profile (locked where the transaction writes; null without a profile), and
   * commits unless `work` says otherwise. An error of `work` passes through after a rollback.
   */
  async inTransaction<T>(
    connection: ServerConnection,
    begin: 'read' | 'write',
    profile: string | null,
    work: (stored: StoredHead | null) => Promise<{ readonly keep: boolean; readonly answer: T }>,
  ): Promise<T> {
    const headText = begin === 'write' ? this.#lockHead : this.#selectHead
    try {
      // Sent together, because the first query fixes the moment of a snapshot.
      const [, found] = await Promise.all([
        connection.query(this.#database.begin[begin]),
        profile === null ? null : this.find(connection, profile, headText),
      ])
      const { keep, answer } = await work(found)
      await connection.query(keep ? 'commit' : 'rollback')
      return answer
    } catch (error) {
      // Where the connection is lost this fails as well, and adds nothing.
      await connection.query('rollback').catch(() => {})
      throw error
    }
  }
}
