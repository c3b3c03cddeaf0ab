// What the database servers answer to what differs between them, beside their SqlDialect. adapters/postgres and
// adapters/mysql each make one ServerDatabase; adapters/server/log.ts is the EventLog over it, written once.

import type { EventType } from '../../src/events/types.js'
import type { LogWrites } from '../../src/ports/event-log.js'
import type { SqlDialect } from '../sql/dialect.js'
import type { Bind, StoredHead } from '../sql/mapping.js'

/** UUIDs are bound as bytes. */
export type ServerBind = Bind | Buffer

export interface ServerAnswer {
  /** In the order of the statement's columns: integers as numbers, binary as Buffer, text as string. */
  readonly rows: readonly (readonly unknown[])[]
  /** Rows that were found by an update or a delete, or inserted. */
  readonly changes: number
}

export interface ServerConnection {
  /** One statement, one round trip. `sql` comes from the dialect's `text`. Calls that do not wait for each other keep their order. */
  query(sql: string, binds?: readonly ServerBind[]): Promise<ServerAnswer>
}

/** The code of an event's type; every type of the writes has one by the time that it is asked for. */
export type TypeCodeOf = (type: EventType) => number

export interface ServerDatabase {
  readonly provider: 'postgres' | 'mysql'
  readonly dialect: SqlDialect
  /** The schema (PostgreSQL) or database (MySQL) that holds the tables, as information_schema calls it. */
  readonly schema: string
  /** Connections that may be in use at once. */
  readonly connectionCount: number
  /** Statements that begin a transaction: one snapshot for all reads of it, or one that writes. */
  readonly begin: { readonly read: string; readonly write: string }
  /** A connection for as long as `work` takes; one that has failed, or is within a transaction, is not used again. */
  withConnection<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T>
  /**
   * All of `writes` in one transaction and one round trip, on condition that the head is at the revision before. Called
   * when no sum can become zero or negative, so nothing has to be looked at afterwards; no row stands in `writes` twice,
   * no sum that adds nothing, and no removed positions.
   */
  commitAtOnce(
    connection: ServerConnection,
    stored: StoredHead,
    writes: LogWrites,
    codeOf: TypeCodeOf,
  ): Promise<'committed' | 'stale'>
  /** The same within the transaction that is open, which stays open. */
  writeAtOnce(
    connection: ServerConnection,
    stored: StoredHead,
    writes: LogWrites,
    codeOf: TypeCodeOf,
  ): Promise<'committed' | 'stale'>
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
