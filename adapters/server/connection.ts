// A connection to a database server, as adapters/postgres and adapters/mysql lend it for one piece of work.

import type { Answer } from '../sql/answers.js'
import type { Row } from '../sql/dialect.js'

export interface ServerAnswer {
  /** In the order of the statement's columns: integers as numbers, binary as Buffer, text as string. */
  readonly rows: readonly Answer[]
  /** Rows that were found by an update or a delete, or inserted. */
  readonly changes: number
}

export interface ServerConnection {
  /** One statement, one round trip. `sql` comes from the dialect's `text`. Calls that do not wait for each other keep their order. */
  query(sql: string, binds?: Row): Promise<ServerAnswer>
  /** From here on statements take as long as they need, which migrations do. On PostgreSQL until the transaction ends. */
  withoutLimits(): Promise<void>
}
