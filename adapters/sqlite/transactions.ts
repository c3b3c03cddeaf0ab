// A connection of the log with its reader, and for the one that writes its writer: each piece of work is one transaction,
// which is kept or rolled back as a unit. log.ts gives each connection one piece of work at a time.

import type { RowTable } from '../../src/ports/event-log.js'
import type { Database, Statement } from './driver.js'
import { SqliteReader } from './snapshot.js'
import { SqliteWriter } from './writer.js'

/** What becomes of a transaction, and the answer of the work in it. */
export interface Outcome<T> {
  readonly keep: boolean
  readonly answer: T
}

export class Connection {
  readonly database: Database
  readonly reader: SqliteReader
  readonly #begin: Statement
  readonly #commit: Statement

  constructor(database: Database, tables: readonly RowTable[], begin: 'begin' | 'begin immediate') {
    this.database = database
    this.reader = new SqliteReader(database, tables)
    this.#begin = database.prepare(begin)
    this.#commit = database.prepare('commit')
  }

  /** Begins, works, commits; rolls back when anything fails or is not to be kept. */
  async inTransaction<T>(work: () => Promise<Outcome<T>>): Promise<T> {
    this.#begin.run()
    try {
      const outcome = await work()
      return this.end(outcome)
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  /** Without an await between begin and commit, so that the lock of the file is held only while something is written. */
  inTransactionNow<T>(work: () => Outcome<T>): T {
    this.#begin.run()
    try {
      return this.end(work())
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  end<T>({ keep, answer }: Outcome<T>): T {
    if (keep) this.#commit.run()
    else this.rollback()
    return answer
  }

  rollback(): void {
    // Some failures (a full disk) end the transaction by themselves.
    if (this.database.inTransaction) this.database.exec('rollback')
  }
}

export class WritingConnection extends Connection {
  readonly writer: SqliteWriter

  constructor(database: Database, tables: readonly RowTable[]) {
    super(database, tables, 'begin immediate')
    this.writer = new SqliteWriter(database, tables)
  }

  override end<T>(outcome: Outcome<T>): T {
    const answer = super.end(outcome)
    this.writer.committed()
    return answer
  }

  override rollback(): void {
    super.rollback()
    this.writer.rolledBack()
  }
}
