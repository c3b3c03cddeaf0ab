// A batch as one text of several statements, so one round trip, unless it were longer than the server accepts. The first
// statement takes the head's lock. The second one fails when the head is not at the revision before, and the server then runs
// none of those that follow (docs/decisions/0010 says why).

import type { ServerWrites } from '../server/database.js'
import type { Row } from '../sql/dialect.js'
import * as sql from '../sql/statements.js'
import { headBinds, type TableWrites, valuesOf } from '../sql/table-writes.js'
import { mysqlDialect } from './dialect.js'

/** "Variable 'sql_mode' can't be set to the value of …": nothing else that is written here can cause it. */
export const STALE_NUMBER = 1231
const STOP_WHEN_STALE = "set session sql_mode = if(row_count() = 1, @@session.sql_mode, 'immersion_head_is_stale')"

/** Rows in one statement: more are no faster, and a refused one is looked for among fewer. */
const ROWS_PER_STATEMENT = 250
/** Left of a packet for its frame. */
const PACKET_RESERVE_BYTES = 1024

export type Format = (text: string, binds: Row) => string

export class MysqlWriter {
  readonly #format: Format

  constructor(format: Format) {
    this.#format = format
  }

  /** The head's lock and the condition first. Each statement fits into a packet if its rows one by one do. */
  statements({ stored, head, parts }: ServerWrites, packetMaxBytes: number): readonly string[] {
    const maxBytes = packetMaxBytes - PACKET_RESERVE_BYTES
    return [
      this.#format(sql.UPDATE_HEAD, headBinds(stored.profileId, head)),
      STOP_WHEN_STALE,
      ...parts.flatMap((part) => this.#partStatements(part, maxBytes)),
    ]
  }

  #partStatements(part: TableWrites, maxBytes: number): readonly string[] {
    const { how, rows } = part
    const text = (count: number): string => sql.writeRows(mysqlDialect, part, count)
    if (how === 'remove' || how === 'remove-range') return rows.map((row) => this.#format(text(1), row))
    return this.#manyRows(rows, maxBytes, text)
  }

  /** Statements of many rows, as few as their count and their bytes allow. */
  #manyRows(rows: readonly Row[], maxBytes: number, statement: (count: number) => string): readonly string[] {
    const count = rows.length
    if (count <= ROWS_PER_STATEMENT) {
      const text = this.#format(statement(count), valuesOf(rows))
      if (count === 1 || Buffer.byteLength(text) <= maxBytes) return [text]
    }
    const middle = count > ROWS_PER_STATEMENT ? ROWS_PER_STATEMENT : count >> 1
    return [rows.slice(0, middle), rows.slice(middle)].flatMap((some) => this.#manyRows(some, maxBytes, statement))
  }
}

/** Statements one after another in as few texts as packets of this size allow. */
export function inPackets(statements: readonly string[], packetMaxBytes: number): readonly string[] {
  const maxBytes = packetMaxBytes - PACKET_RESERVE_BYTES
  const texts: string[] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const statement of statements) {
    const more = Buffer.byteLength(statement) + 1
    bytes += more
    if (bytes > maxBytes) {
      texts.push(statement)
      bytes = more
    } else texts.push(`${texts.pop()};${statement}`)
  }
  return texts
}
