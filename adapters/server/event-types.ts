// Gives event types their numbers on a server: in a transaction of its own before the batch that needs it, so that no batch
// waits for another's types. Numbers are only ever added, so those that were read stay right.

import type { EventRow } from '../../src/ports/event-log.js'
import { EventTypes } from '../sql/event-types.js'
import { INSERT_EVENT_TYPE, SELECT_EVENT_TYPES } from '../sql/statements.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase } from './database.js'

/** Processes that meet at the same number try the next; more than this many at once never happens. */
const ADD_ATTEMPTS = 100

export class ServerEventTypes extends EventTypes {
  readonly #database: ServerDatabase

  constructor(database: ServerDatabase) {
    super()
    this.#database = database
  }

  async load(connection: ServerConnection): Promise<void> {
    this.remember((await connection.query(this.#database.dialect.text(SELECT_EVENT_TYPES))).rows)
  }

  knowsAll(events: readonly EventRow[]): boolean {
    return events.every(({ type }) => this.find(type) !== undefined)
  }

  /** Gives every type of the events a number. Not within a transaction. */
  async ensure(connection: ServerConnection, events: readonly EventRow[]): Promise<void> {
    for (const { type } of events) if (this.find(type) === undefined) await this.#add(connection, type)
  }

  async #add(connection: ServerConnection, type: EventRow['type']): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.load(connection)
      if (this.find(type) !== undefined) return
      try {
        await connection.query(this.#database.dialect.text(INSERT_EVENT_TYPE), [this.nextId(), type])
      } catch (error) {
        // Another process has taken the number, or added the type: the next attempt reads which.
        if (!this.#database.isDuplicateKey(error) || attempt === ADD_ATTEMPTS) throw error
      }
    }
  }
}
