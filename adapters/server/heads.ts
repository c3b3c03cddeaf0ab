// The heads of one log's profiles: read, locked, made, and remembered as they were last seen. Remembering saves the usual
// commit a question; that it still holds is for the server to say, which compares the revision.

import { unknownProfile } from '../refusals.js'
import { headOf, type StoredHead } from '../sql/mapping.js'
import { INSERT_PROFILE, SELECT_HEAD } from '../sql/statements.js'
import type { ServerConnection, ServerDatabase } from './database.js'

export interface ServerHeads {
  /** Null when there is no such profile. */
  find(connection: ServerConnection, profile: string): Promise<StoredHead | null>
  /** Finds and remembers; refused as `check` does. */
  read(connection: ServerConnection, profile: string): Promise<StoredHead>
  make(connection: ServerConnection, profile: string, settings: string): Promise<StoredHead>
  /** From now on a profile of this name with another id is another one. */
  open(profile: string, stored: StoredHead): void
  /** INVALID_ARGUMENT when there is none, or not the one that was opened. */
  check(profile: string, stored: StoredHead | null): StoredHead
  remembered(profile: string): StoredHead | undefined
  remember(profile: string, stored: StoredHead): void
  forget(profile: string): void
  /**
   * Begins, runs `work` with the head of the profile (locked where the transaction writes; null without a profile), and
   * commits what is to be kept. What `work` throws goes through after a rollback.
   */
  inTransaction<T>(
    connection: ServerConnection,
    beginText: string,
    profile: string | null,
    work: (stored: StoredHead | null) => Promise<{ readonly keep: boolean; readonly answer: T }>,
  ): Promise<T>
}

/** Processes that make profiles at the same moment meet at one id, and all but one of them try again. */
const MAKE_ATTEMPTS = 100

export function createServerHeads({ dialect, begin, isDuplicateKey }: ServerDatabase): ServerHeads {
  const opened = new Map<string, number>()
  const heads = new Map<string, StoredHead>()
  const headText = dialect.text(SELECT_HEAD)
  const lockedHeadText = dialect.text(`${SELECT_HEAD} for update`)

  async function find(connection: ServerConnection, profile: string, text = headText): Promise<StoredHead | null> {
    const [row] = (await connection.query(text, [profile])).rows
    return row ? headOf(row) : null
  }

  function check(profile: string, stored: StoredHead | null): StoredHead {
    if (stored && stored.profileId === (opened.get(profile) ?? stored.profileId)) return stored
    heads.delete(profile)
    throw unknownProfile(profile)
  }

  return {
    find: (connection, profile) => find(connection, profile),
    async read(connection, profile) {
      const stored = check(profile, await find(connection, profile))
      heads.set(profile, stored)
      return stored
    },
    async make(connection, profile, settings) {
      for (let attempt = 1; ; attempt++) {
        try {
          await connection.query(dialect.text(INSERT_PROFILE), [profile, settings])
        } catch (error) {
          if (!isDuplicateKey(error) || attempt === MAKE_ATTEMPTS) throw error
        }
        const stored = await find(connection, profile)
        if (stored) return stored
      }
    },
    open(profile, stored) {
      opened.set(profile, stored.profileId)
      heads.set(profile, stored)
    },
    check,
    remembered: (profile) => heads.get(profile),
    remember: (profile, stored) => void heads.set(profile, stored),
    forget: (profile) => void heads.delete(profile),
    async inTransaction(connection, beginText, profile, work) {
      const text = beginText === begin.write ? lockedHeadText : headText
      try {
        // Sent together: the first question is what fixes the moment of a snapshot.
        const [, found] = await Promise.all([
          connection.query(beginText),
          profile === null ? null : find(connection, profile, text),
        ])
        const { keep, answer } = await work(found)
        await connection.query(keep ? 'commit' : 'rollback')
        return answer
      } catch (error) {
        // Where the connection is lost this fails as well, and says nothing new.
        await connection.query('rollback').catch(() => {})
        throw error
      }
    },
  }
}
