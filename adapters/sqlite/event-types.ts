// Gives event types their numbers on a connection of SQLite: within the transaction that first uses a type, so numbers
// that were added there are forgotten with a rollback.

import type { EventType } from '../../src/events/types.js'
import { EventTypes } from '../sql/event-types.js'
import { INSERT_EVENT_TYPE, SELECT_EVENT_TYPES } from '../sql/statements.js'
import type { Database, Statement } from './driver.js'

export class SqliteEventTypes extends EventTypes {
  readonly #select: Statement
  readonly #insert: Statement | null
  #added: EventType[] = []

  constructor(database: Database) {
    super()
    this.#select = database.prepare(SELECT_EVENT_TYPES).raw()
    this.#insert = database.readonly ? null : database.prepare(INSERT_EVENT_TYPE)
  }

  load(): void {
    // In raw mode every answer is an array.
    this.remember(this.#select.all() as (readonly unknown[])[])
  }

  /** The number of a type that may be new. Only within a transaction that writes. */
  override idOf(type: EventType): number {
    return this.find(type) ?? this.#add(type)
  }

  committed(): void {
    if (this.#added.length > 0) this.#added = []
  }

  rolledBack(): void {
    for (const type of this.#added) this.forget(type)
    this.#added = []
  }

  #add(type: EventType): number {
    this.load()
    const known = this.find(type)
    if (known !== undefined) return known
    const id = this.nextId()
    this.#insert?.run(id, type)
    this.remember([[id, type]])
    this.#added.push(type)
    return id
  }
}
