// The event_types table as seen by one connection: type ↔ code. Codes are only ever added, so what was read stays right;
// what was added in a transaction that was rolled back is forgotten again.

import { ImmersionError } from '../../src/events/errors.js'
import type { EventType } from '../../src/events/types.js'
import { BUILT_IN_TYPE_IDS, FIRST_OPEN_TYPE_ID } from '../sql/event-types.js'
import { INSERT_EVENT_TYPE, SELECT_EVENT_TYPES } from '../sql/statements.js'
import type { Database } from './driver.js'

export interface EventTypeCodes {
  /** Call within a writing transaction: a type that has no code gets one. */
  codeOf(type: EventType): number
  typeOf(code: number): EventType
  /** After a rollback. */
  forgetOpenTypes(): void
}

export function createEventTypeCodes(database: Database): EventTypeCodes {
  const codes = new Map<string, number>(Object.entries(BUILT_IN_TYPE_IDS))
  const types = new Map<number, string>(Object.entries(BUILT_IN_TYPE_IDS).map(([type, code]) => [code, type]))
  const select = database.prepare(SELECT_EVENT_TYPES).raw()
  const insert = database.readonly ? null : database.prepare(INSERT_EVENT_TYPE)

  function remember(type: string, code: number): void {
    codes.set(type, code)
    types.set(code, type)
  }

  function reload(): void {
    // Columns are integer and text by the schema.
    for (const [code, type] of select.all() as [number, string][]) remember(type, code)
  }

  return {
    codeOf(type) {
      if (!codes.has(type)) reload()
      const known = codes.get(type)
      if (known !== undefined) return known
      const code = Math.max(FIRST_OPEN_TYPE_ID - 1, ...types.keys()) + 1
      insert?.run(code, type)
      remember(type, code)
      return code
    },
    typeOf(code) {
      if (!types.has(code)) reload()
      const type = types.get(code)
      if (type === undefined)
        throw new ImmersionError('STORAGE_CORRUPT', `There is no event type with the code ${code}.`)
      // Only event types are ever written to the table.
      return type as EventType
    },
    forgetOpenTypes() {
      for (const [type, code] of codes) {
        if (code < FIRST_OPEN_TYPE_ID) continue
        codes.delete(type)
        types.delete(code)
      }
    },
  }
}
