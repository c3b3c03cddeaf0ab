// What the database servers answer to what differs between them, beside their SqlDialect. adapters/postgres and
// adapters/mysql each make one ServerDatabase; adapters/sql/server-log.ts is the EventLog over it, written once.

import type { LogWrites } from '../../src/ports/event-log.js'
import type { SqlDialect } from './dialect.js'
import type { Bind, StoredHead } from './mapping.js'

/** UUIDs are bound as bytes. */
export type ServerBind = Bind | Buffer

export interface ServerAnswer {
  /** In the order of the statement's columns: integers as numbers, binary as Buffer, text as string. */
  readonly rows: readonly (readonly unknown[])[]
  /** Rows that were found by an update or a delete, or inserted. */
  readonly changes: number
}

export interface ServerConnection {
  /** One statement, one round trip. `sql` comes from the dialect's `text`. */
  query(sql: string, binds?: readonly ServerBind[]): Promise<ServerAnswer>
}

export interface ServerDatabase {
  readonly provider: 'postgres' | 'mysql'
  readonly dialect: SqlDialect
  /** Statements that begin a transaction: one snapshot for all reads of it, or one that writes. */
  readonly begin: { readonly read: string; readonly write: string }
  /** A connection for as long as `work` takes; one that has failed, or is within a transaction, is not used again. */
  withConnection<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T>
  /**
   * All of `writes` in one transaction and one round trip, on condition that the head is at the revision before. Called
   * when no sum can become zero or negative, so nothing has to be looked at afterwards.
   */
  commitAtOnce(connection: ServerConnection, stored: StoredHead, writes: LogWrites): Promise<'committed' | 'stale'>
  /** Gives the driver's failure a code; `doing` completes "PostgreSQL failed to …". Others come back as they are. */
  failure(error: unknown, doing: string): unknown
  /** Bytes of this log's tables and indexes, and the versions of server and driver. */
  size(connection: ServerConnection): Promise<{
    readonly totalBytes: number
    readonly versions: Readonly<Record<string, string>>
  }>
  /** A URL without its secret. */
  readonly location: string
  close(): Promise<void>
}
