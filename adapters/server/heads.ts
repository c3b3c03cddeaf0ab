// The heads of one log's profiles: found by the profile's id, locked, made, and remembered as they were last seen. A name is
// looked up once, when the profile is opened; from then on its id finds the head, so that a profile of the same name that
// is made later is another one. Remembering a head saves the usual commit a query. Whether it still holds is decided by the
// server, which compares the revision.

import { profileWithoutHead, unknownProfile } from '../port/refusals.js'
import { headOf, type StoredHead } from '../sql/answers.js'
import * as sql from '../sql/statements.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase } from './database.js'

/** Processes that make a profile of one name at the same moment: all but one of them find it made, unless it is damaged. */
const MAKE_ATTEMPTS = 100

/** Binds and answers as SELECT_HEAD. */
const LOCK_HEAD = `${sql.SELECT_HEAD} for update`

export class ServerHeads {
  readonly #database: ServerDatabase
  /** Ids of the profiles that were opened here. */
  readonly #opened = new Map<string, number>()
  readonly #heads = new Map<string, StoredHead>()

  constructor(database: ServerDatabase) {
    this.#database = database
  }

  /** By name. Null when there is no such profile. */
  async find(connection: ServerConnection, profile: string): Promise<StoredHead | null> {
    const profileId = await this.#idOf(connection, profile)
    return profileId === undefined ? null : this.#headOf(connection, profileId, sql.SELECT_HEAD)
  }

  /** By name, within a transaction that writes. */
  async lock(connection: ServerConnection, profile: string): Promise<StoredHead | null> {
    const profileId = await this.#idOf(connection, profile)
    return profileId === undefined ? null : this.#headOf(connection, profileId, LOCK_HEAD)
  }

  /** Reads the head of the profile that was opened, and remembers it; refused as `check` does. */
  async read(connection: ServerConnection, profile: string): Promise<StoredHead> {
    const stored = this.check(profile, await this.#current(connection, profile, sql.SELECT_HEAD))
    this.#heads.set(profile, stored)
    return stored
  }

  async make(connection: ServerConnection, profile: string, settings: string): Promise<StoredHead> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.inTransaction(connection, 'write', null, async () => {
          await this.#insert(connection, profile, settings)
          return { keep: true, answer: null }
        })
      } catch (error) {
        if (!this.#database.isDuplicateKey(error)) throw error
        if (attempt === MAKE_ATTEMPTS) throw profileWithoutHead(profile)
      }
      const stored = await this.find(connection, profile)
      if (stored) return stored
    }
  }

  /** From now on the name stands for this id. A profile that is made later under the same name is not the one opened here. */
  open(profile: string, stored: StoredHead): void {
    this.#opened.set(profile, stored.profileId)
    this.#heads.set(profile, stored)
  }

  /** UNKNOWN_PROFILE when there is no such profile, or not the one that was opened. */
  check(profile: string, stored: StoredHead | null): StoredHead {
    if (stored) return stored
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
   * Begins, runs `work` with the head of the profile that was opened (locked where the transaction writes; null without a
   * profile), and commits unless `work` says otherwise. An error of `work` passes through after a rollback.
   */
  async inTransaction<T>(
    connection: ServerConnection,
    begin: 'read' | 'write',
    profile: string | null,
    work: (stored: StoredHead | null) => Promise<{ readonly keep: boolean; readonly answer: T }>,
  ): Promise<T> {
    const selectHead = begin === 'write' ? LOCK_HEAD : sql.SELECT_HEAD
    try {
      // Sent together, because the first query fixes the moment of a snapshot.
      const [, found] = await Promise.all([
        connection.query(this.#database.begin[begin]),
        profile === null ? null : this.#current(connection, profile, selectHead),
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

  async #current(connection: ServerConnection, profile: string, selectHead: string): Promise<StoredHead | null> {
    const profileId = this.#opened.get(profile) ?? (await this.#idOf(connection, profile))
    return profileId === undefined ? null : this.#headOf(connection, profileId, selectHead)
  }

  async #idOf(connection: ServerConnection, profile: string): Promise<number | undefined> {
    const [row] = (await connection.query(this.#database.dialect.text(sql.SELECT_PROFILE_ID), [profile])).rows
    // An integer by the schema.
    return row?.[0] as number | undefined
  }

  async #headOf(connection: ServerConnection, profileId: number, selectHead: string): Promise<StoredHead | null> {
    const [row] = (await connection.query(this.#database.dialect.text(selectHead), [profileId])).rows
    return row ? headOf(row) : null
  }

  /** The counter's row is locked until the transaction ends, so profiles that are made at once get ids one after another. */
  async #insert(connection: ServerConnection, profile: string, settings: string): Promise<void> {
    const { text } = this.#database.dialect
    await connection.query(text(sql.RAISE_PROFILE_COUNTER))
    const [counter] = (await connection.query(text(sql.SELECT_PROFILE_COUNTER))).rows
    const profileId = Number(counter?.[0])
    await connection.query(text(sql.INSERT_PROFILE_NAME), [profileId, profile])
    await connection.query(text(sql.INSERT_PROFILE), [profileId, settings])
  }
}
