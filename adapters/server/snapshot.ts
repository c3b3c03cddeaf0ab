// Reads on a connection of a server whose transaction the caller holds open: each query is one statement, and queries made
// at once are sent one after another.

import type { RowTable } from '../../src/ports/event-log.js'
import type { Answer } from '../sql/answers.js'
import { boundLists } from '../sql/bound-lists.js'
import type { Bind } from '../sql/dialect.js'
import { RowQueryPlans, type SnapshotSource } from '../sql/snapshot.js'
import * as sql from '../sql/statements.js'
import { uuidBytes } from '../sql/table-writes.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase } from './database.js'
import { ServerEventTypes } from './event-types.js'

const SELECT_COLUMNS = 'select column_name from information_schema.columns where table_schema = ? and table_name = ?'

export class ServerReader {
  readonly types: ServerEventTypes
  readonly #database: ServerDatabase
  readonly #plans: RowQueryPlans

  /** `isPrepared` is false where the log was opened for reading only: then a table may not have been made yet. */
  constructor(database: ServerDatabase, tables: readonly RowTable[], isPrepared: boolean) {
    this.types = new ServerEventTypes(database)
    this.#database = database
    this.#plans = new RowQueryPlans(tables, isPrepared)
  }

  on(connection: ServerConnection): SnapshotSource {
    const { dialect, schema } = this.#database
    const all = async (text: string, binds: readonly Bind[]): Promise<readonly Answer[]> =>
      (await connection.query(text, binds)).rows

    /** `text` binds the profile and `count` values. */
    async function each(
      profileId: number,
      values: readonly Bind[],
      text: (count: number) => string,
    ): Promise<readonly Answer[]> {
      const found: Answer[] = []
      for (const list of boundLists(values)) found.push(...(await all(text(list.length), [profileId, ...list])))
      return found
    }

    return {
      dialect,
      types: this.types,
      plans: this.#plans,
      all,
      loadTypes: () => this.types.load(connection),
      columnsOf: (table) => all(dialect.text(SELECT_COLUMNS), [schema, table]),
      streamsWithIds: (profileId, streamIds) =>
        each(profileId, [...new Set(streamIds)].map(uuidBytes), (count) =>
          sql.selectStreamsWith(dialect, 'uuid', count),
        ),
      streamsWithNumbers: (profileId, streams) =>
        each(profileId, streams, (count) => sql.selectStreamsWith(dialect, 'stream', count)),
      ledgerOf: (profileId, streams) => each(profileId, streams, (count) => sql.selectLedger(dialect, count)),
      videosWithKeys: (profileId, videoKeys) => {
        // Each list is in the order of bytes, so that the complete answer is in that order too.
        const sorted = [...videoKeys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
        return each(profileId, sorted, (count) => sql.selectVideos(dialect, count))
      },
    }
  }
}
