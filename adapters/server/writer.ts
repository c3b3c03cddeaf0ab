// Writes a batch in several statements, within a transaction that the caller holds, where one statement is not enough: sums
// that can become zero or negative are checked after they are written. Also finds the event that a server refuses.

import type { LogWrites } from '../../src/ports/event-log.js'
import { refusedEvent } from '../port/refusals.js'
import type { StoredHead } from '../sql/answers.js'
import type { Row } from '../sql/dialect.js'
import { hasNegative } from '../sql/single-rows.js'
import * as sql from '../sql/statements.js'
import { headBinds, type TableWrites, valuesOf } from '../sql/table-writes.js'
import { EVENTS } from '../sql/tables.js'
import type { ServerConnection } from './connection.js'
import type { ServerDatabase, ServerWrites } from './database.js'

/** Rows of one statement: 25 of the widest (19 binds) stay far below every server's 65,535 binds, and have few texts. */
const ROWS_PER_STATEMENT = [25, 5, 1] as const

/** Returns the head afterwards, or null when the head is not at the revision before: then nothing was written. */
export async function writeInSteps(
  { dialect }: ServerDatabase,
  connection: ServerConnection,
  { stored, head, parts }: ServerWrites,
): Promise<StoredHead | null> {
  const { profileId } = stored
  const updated = await connection.query(dialect.text(sql.UPDATE_HEAD), headBinds(profileId, head))
  if (updated.changes === 0) return null
  let isNegative = false
  for (const part of parts) if (await writePart(part)) isNegative = true
  if (isNegative) await connection.query(dialect.text(sql.NOTE_NEGATIVE_SUMS), [profileId])
  return { ...stored, head, hasNegativeSums: stored.hasNegativeSums || isNegative }

  /** Whether some sum is now below zero, where that was checked. */
  async function writePart(part: TableWrites): Promise<boolean> {
    const { how, rows } = part
    const text = (count: number): string => sql.writeRows(dialect, part, count)
    if (how === 'remove' || how === 'remove-range') for (const row of rows) await connection.query(text(1), row)
    else await inChunks(connection, rows, text)
    return how === 'add' && checkSums(part)
  }

  async function checkSums({ table, rows }: TableWrites): Promise<boolean> {
    const lowered = rows.filter((row) => hasNegative(table, row))
    const keysOf = (some: readonly Row[]) => some.map((row) => row.slice(0, table.keyLength))
    const suspects = keysOf(stored.hasNegativeSums ? rows : lowered)
    await inChunks(connection, suspects, (count) => sql.deleteZeroRows(dialect, table, count))
    if (stored.hasNegativeSums) return false
    return (await inChunks(connection, keysOf(lowered), (count) => sql.selectNegativeRows(dialect, table, count))) > 0
  }
}

/** Inserts the events one by one and throws EVENT_REFUSED at the one that the server does not take. To be rolled back. */
export async function findRefused(
  database: ServerDatabase,
  connection: ServerConnection,
  { parts }: ServerWrites,
  writes: LogWrites,
): Promise<void> {
  const rows = parts.filter(({ how }) => how === 'insert').flatMap((part) => part.rows)
  for (const [index, event] of writes.events.entries()) {
    try {
      await connection.query(sql.writeRows(database.dialect, { table: EVENTS, how: 'insert' }), rows[index])
    } catch (error) {
      if (!database.isRefusedRow(error)) throw error
      throw refusedEvent(event, writes, 'the database does not take it', error)
    }
  }
}

/** Sends all rows, 25 of them a statement as long as there are so many. Returns how many rows came back in all. */
async function inChunks(
  connection: ServerConnection,
  rows: readonly Row[],
  text: (count: number) => string,
): Promise<number> {
  let at = 0
  let found = 0
  for (const count of ROWS_PER_STATEMENT) {
    for (; rows.length - at >= count; at += count) {
      found += (await connection.query(text(count), valuesOf(rows.slice(at, at + count)))).rows.length
    }
  }
  return found
}
