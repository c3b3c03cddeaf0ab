// The differences between the database servers, beside their SqlDialect. adapters/postgres and adapters/mysql each make one
// ServerDatabase; adapters/server/log.ts is the EventLog over it, written once.

import type { Head } from '../../src/ports/event-log.js'
import type { StoredHead } from '../sql/answers.js'
import type { SqlDialect } from '../sql/dialect.js'
import type { TableWrites } from '../sql/table-writes.js'
import type { ServerConnection } from './connection.js'
import type { SchemaRules } from './schema.js'

/** One transaction's writes. */
export interface ServerWrites {
  /** The head before them. */
  readonly stored: StoredHead
  readonly head: Head
  /** Every key occurs once. */
  readonly parts: readonly TableWrites[]
}

export interface ServerDatabase {
  readonly provider: 'postgres' | 'mysql'
  readonly dialect: SqlDialect
  /** The schema (PostgreSQL) or database (MySQL) that holds the tables, as information_schema calls it. */
  readonly schema: string
  /** How the schema is read and made. */
  readonly rules: SchemaRules
  /** Connections that may be in use at once. */
  readonly connectionCount: number
  /** Statements that begin a transaction: one snapshot for all its reads, or one that writes. */
  readonly begin: { readonly read: string; readonly write: string }
  /** A connection for as long as `work` takes. One that failed, or is within a transaction, is not used again. */
  withConnection<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T>
  /**
   * All writes in one transaction and one round trip, on condition that the head is at the revision before. Called when no
   * sum can become zero or negative, so that nothing has to be checked afterwards, and when no events are removed.
   */
  commitAtOnce(connection: ServerConnection, writes: ServerWrites): Promise<'committed' | 'stale'>
  /** The same within the transaction that is open, which stays open. */
  writeAtOnce(connection: ServerConnection, writes: ServerWrites): Promise<'committed' | 'stale'>
  /** Gives the driver's failure a code; `doing` completes "PostgreSQL failed to …". Others come back as they are. */
  failure(error: unknown, doing: string): unknown
  /** Whether the database refused a row for its values: a number out of range, a text that it cannot hold, a missing value. */
  isRefusedRow(error: unknown): boolean
  /** Whether a row with the same key was there already. */
  isDuplicateKey(error: unknown): boolean
  /** Bytes of this log's tables and indexes, the schema's version, and the versions of server and driver. */
  size(connection: ServerConnection): Promise<{
    readonly totalBytes: number
    readonly schemaVersion: number
    readonly versions: Readonly<Record<string, string>>
  }>
  /** A URL without its secret. */
  readonly location: string
  close(): Promise<void>
}
