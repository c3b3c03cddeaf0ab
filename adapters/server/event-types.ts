// The event_types table as one log sees it: type ↔ code. Codes are only ever added, so what was read stays right. A new type
// gets its code in a transaction of its own, before the batch that needs it: no batch waits for another's types.

import { ImmersionError } from '../../src/events/errors.js'
import type { EventType } from '../../src/events/types.js'
import type { EventRow } from '../../src/ports/event-log.js'
import { BUILT_IN_TYPE_IDS, FIRST_OPEN_TYPE_ID } from '../sql/event-types.js'
import { INSERT_EVENT_TYPE, SELECT_EVENT_TYPES } from '../sql/statements.js'
import type { ServerConnection, ServerDatabase, TypeCodeOf } from './database.js'

/** Processes that meet at the same code try the next; more than this many at once never happens. */
const CODE_ATTEMPTS = 100

export interface ServerEventTypes {
  /** Gives every type of the events a code. Not within a transaction. */
  ensure(connection: ServerConnection, events: readonly EventRow[]): Promise<void>
  isKnown(type: EventType): boolean
  /** Reads the table again when one of these codes is not known. */
  know(connection: ServerConnection, codes: Iterable<number>): Promise<void>
  readonly codeOf: TypeCodeOf
  typeOf(code: number): EventType
}

export function createServerEventTypes({ dialect, isDuplicateKey }: ServerDatabase): ServerEventTypes {
  const codes = new Map<string, number>(Object.entries(BUILT_IN_TYPE_IDS))
  const types = new Map<number, string>(Object.entries(BUILT_IN_TYPE_IDS).map(([type, code]) => [code, type]))

  async function reload(connection: ServerConnection): Promise<void> {
    const { rows } = await connection.query(dialect.text(SELECT_EVENT_TYPES))
    // Columns are integer and text by the schema.
    for (const [code, type] of rows as readonly (readonly [number, string])[]) {
      codes.set(type, code)
      types.set(code, type)
    }
  }

  async function add(connection: ServerConnection, type: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await reload(connection)
      if (codes.has(type)) return
      const code = Math.max(FIRST_OPEN_TYPE_ID - 1, ...types.keys()) + 1
      try {
        await connection.query(dialect.text(INSERT_EVENT_TYPE), [code, type])
      } catch (error) {
        // Another process has taken the code, or added the type: the next turn reads which.
        if (!isDuplicateKey(error) || attempt === CODE_ATTEMPTS) throw error
      }
    }
  }

  return {
    async ensure(connection, events) {
      for (const { type } of events) if (!codes.has(type)) await add(connection, type)
    },
    isKnown: (type) => codes.has(type),
    async know(connection, wanted) {
      for (const code of wanted) if (!types.has(code)) return reload(connection)
    },
    codeOf(type) {
      const code = codes.get(type)
      if (code === undefined) throw new TypeError(`unreachable: the type ${type} has no code yet`)
      return code
    },
    typeOf(code) {
      const type = types.get(code)
      if (type === undefined)
        throw new ImmersionError('STORAGE_CORRUPT', `There is no event type with the code ${code}.`)
      // Only event types are ever written to the table.
      return type as EventType
    },
  }
}
