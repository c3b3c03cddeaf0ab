// The floor of appending: the bare driver, the product's own tables, indexes and pragmas, and the rows that the product
// writes, one insert for each event and one upsert for each touched row, in the same transactions. Everything that can be
// known before (grouping, sums, the arrays of binds) is prepared before the clock runs.

import type Database from 'better-sqlite3'
import type { Row } from '../../adapters/sql/dialect.js'
import { writeRows } from '../../adapters/sql/statements.js'
import { rowTablesOf, type TableWrites, tableWrites } from '../../adapters/sql/table-writes.js'
import { EVENTS, type LogTable, STREAMS, VIDEOS } from '../../adapters/sql/tables.js'
import { sqliteDialect } from '../../adapters/sqlite/dialect.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import type { LogWrites } from '../../src/ports/event-log.js'
import { BUILT_IN_PROJECTIONS } from '../../test/support/built-in-projections.js'
import { openBare, openSqlite, PROFILE, SETTINGS } from '../databases.js'

const PROFILE_ID = 1

type Statement = Database.Statement<unknown[], unknown>

interface BoundBatch {
  readonly head: Row
  readonly events: readonly Row[]
  /** Upserts in the order in which they run. */
  readonly upserts: readonly { readonly table: LogTable; readonly binds: Row }[]
}

export interface AppendFloor {
  /** Runs one batch in a transaction. */
  append(index: number): void
  close(): void
}

/** A file with the product's schema, and statements of our own on it. */
export async function openAppendFloor(at: string, writes: readonly LogWrites[]): Promise<AppendFloor> {
  const log = await openSqlite(at)
  await log.openProfile(PROFILE, SETTINGS)
  await log.close()
  const database = openBare(at)
  const batches = writes.map(bindBatch)
  const statements = new Map(tablesOf(batches).map((table) => [table, database.prepare(upsertOf(table))]))
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  const insert = database.prepare(writeRows(sqliteDialect, { table: EVENTS, how: 'insert' }))
  const updateHead = database.prepare(
    'update profiles set revision = ?, position = ?, stream_count = ? where profile_id = ?',
  )
  return {
    append(index) {
      const batch = batches[index]
      if (batch === undefined) throw new RangeError(`there is no batch ${index}`)
      begin.run()
      updateHead.run(...batch.head)
      for (const binds of batch.events) insert.run(...binds)
      for (const { table, binds } of batch.upserts) (statements.get(table) as Statement).run(...binds)
      commit.run()
    },
    close: () => database.close(),
  }
}

function bindBatch(writes: LogWrites): BoundBatch {
  const { revision, position, streamCount } = writes.head
  const parts = tableWrites(sqliteDialect, ROW_TABLES, PROFILE_ID, writes, typeIdOf)
  const isInsert = ({ how }: TableWrites): boolean => how === 'insert'
  return {
    head: [revision, position, streamCount, PROFILE_ID],
    events: parts.filter(isInsert).flatMap(({ rows }) => rows),
    upserts: parts
      .filter((part) => !isInsert(part))
      .flatMap((part) => part.rows.map((binds) => ({ table: part.table, binds }))),
  }
}

const ROW_TABLES = rowTablesOf(BUILT_IN_PROJECTIONS.map(rowTableOf))
const TYPES: string[] = []

/** Numbers as small as the product's. */
function typeIdOf(type: string): number {
  if (!TYPES.includes(type)) TYPES.push(type)
  return TYPES.indexOf(type) + 1
}

function tablesOf(batches: readonly BoundBatch[]): readonly LogTable[] {
  return [...new Set(batches.flatMap(({ upserts }) => upserts.map(({ table }) => table)))]
}

/** Sums are added, rows of streams and videos are replaced. */
function upsertOf(table: LogTable): string {
  const how = table === STREAMS || table === VIDEOS ? 'put' : 'add'
  return writeRows(sqliteDialect, { table, how })
}
