// Deletes a profile from a server, within a transaction that holds its head's lock: all that is keyed by it in every table of
// the schema, whoever made the table. Events go in pages, so that no statement takes long.

import type { StoredHead } from '../sql/answers.js'
import { deleteEvents, deleteOfProfile } from '../sql/statements.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase } from './database.js'

/** Half a second or so a statement. */
const EVENTS_PER_STATEMENT = 50_000

/** Every table with a column for the profile. Binds: schema. */
const PROFILE_TABLES = `select table_name from information_schema.columns
  where table_schema = ? and column_name = 'profile_id' and table_name not in ('profiles', 'events')`

export async function deleteServerProfile(
  { dialect, schema }: ServerDatabase,
  connection: ServerConnection,
  { profileId, head }: StoredHead,
): Promise<void> {
  for (let after = 0; after < head.position; after += EVENTS_PER_STATEMENT) {
    const binds = dialect.eventKey.rangeBinds(profileId, after, after + EVENTS_PER_STATEMENT)
    await connection.query(deleteEvents(dialect), binds)
  }
  for (const [table] of (await connection.query(dialect.text(PROFILE_TABLES), [schema])).rows) {
    await connection.query(deleteOfProfile(dialect, String(table)), [profileId])
  }
  await connection.query(deleteOfProfile(dialect, 'profiles'), [profileId])
}
