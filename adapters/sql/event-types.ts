// The event_types table as one log or connection knows it: a type's text and its number. A type gets its number when it is
// first used, and keeps it, so numbers that were read stay right. adapters/sqlite/writer.ts, within the transaction of the
// batch, and adapters/server/event-types.ts read the table and add to it.

import { ImmersionError } from '../../src/events/errors.js'
import type { EventType } from '../../src/events/types.js'

export class EventTypes {
  readonly #ids = new Map<string, number>()
  /** By number, which reading looks up for each event. */
  readonly #types: (EventType | undefined)[] = []

  /** Answers of SELECT_EVENT_TYPES. The schema says that the columns are an integer and a text. */
  remember(rows: Iterable<readonly unknown[]>): void {
    for (const [id, type] of rows as Iterable<readonly [number, EventType]>) {
      this.#ids.set(type, id)
      this.#types[id] = type
    }
  }

  find(type: EventType): number | undefined {
    return this.#ids.get(type)
  }

  hasId(id: number): boolean {
    return this.#types[id] !== undefined
  }

  idOf(type: EventType): number {
    const id = this.#ids.get(type)
    if (id === undefined) throw new TypeError(`unreachable: the type ${type} has no number yet`)
    return id
  }

  typeOf(id: number): EventType {
    const type = this.#types[id]
    if (type === undefined) throw new ImmersionError('STORAGE_CORRUPT', `There is no event type with the number ${id}.`)
    return type
  }

  /** For a type that has none yet. */
  nextId(): number {
    return Math.max(0, ...this.#ids.values()) + 1
  }
}
