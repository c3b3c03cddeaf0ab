// The floor of appending: the bare driver, the product's own tables, indexes and pragmas, and the rows that the product
// writes, one insert for each event and one upsert for each touched row, in the same transactions. Everything that can be
// known before (grouping, sums, the arrays of binds) is prepared before the clock runs.

import type Database from 'better-sqlite3'
import { rowTableName } from '../../adapters/sql/columns.js'
import { BUILT_IN_TYPE_IDS } from '../../adapters/sql/event-types.js'
import { type Bind, pushEvent, pushStreamValues, uuidBytes } from '../../adapters/sql/mapping.js'
import { firstEventId } from '../../adapters/sqlite/migrations.js'
import { BUILT_IN_PROJECTIONS, rowTableOf } from '../../src/engine/built-in-projections.js'
import type { LogWrites } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { openBare, openSqlite, PROFILE, SETTINGS } from '../databases.js'

const PROFILE_ID = 1

type Statement = Database.Statement<unknown[], unknown>
type Binds = readonly (Bind | Buffer)[]

interface BoundBatch {
  readonly head: Binds
  readonly events: readonly Binds[]
  /** Upserts in the order in which they run. */
  readonly upserts: readonly { readonly table: string; readonly binds: Binds }[]
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
  const statements = new Map(tablesOf(batches).map((table) => [table, database.prepare(upsertOf(database, table))]))
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  const insert = database.prepare(`insert into events values (${marks(13)})`)
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
  const upserts: { table: string; binds: Binds }[] = []
  for (const row of writes.streams) {
    const values: Bind[] = []
    pushStreamValues(values, row)
    upserts.push({
      table: 'streams',
      binds: [PROFILE_ID, row.stream, uuidBytes(row.streamId), row.videoKey, ...values],
    })
  }
  for (const { stream, quarter, utcOffsetMin, measures } of writes.ledger) {
    upserts.push({ table: 'ledger', binds: [PROFILE_ID, stream, quarter, utcOffsetMin, ...measures] })
  }
  for (const { projection, rows } of writes.rows) {
    const table = TABLE_BY_PROJECTION.get(projection)
    if (table === undefined) throw new RangeError(`there is no table of ${projection}`)
    for (const { key, measures } of rows) upserts.push({ table, binds: [PROFILE_ID, ...key, ...measures] })
  }
  for (const { videoKey, facts, firstSeenAtMs, lastSeenAtMs } of writes.videos) {
    upserts.push({ table: 'videos', binds: [PROFILE_ID, videoKey, facts, firstSeenAtMs, lastSeenAtMs] })
  }
  const { revision, position, streamCount } = writes.head
  const events = writes.events.map((event) => {
    const binds: Bind[] = [firstEventId(PROFILE_ID) + event.position]
    const typeId = Object.entries(BUILT_IN_TYPE_IDS).find(([type]) => type === event.type)?.[1]
    if (typeId === undefined) throw new RangeError(`${event.type} is not a built-in type`)
    pushEvent(binds, event, typeId)
    return binds
  })
  return { head: [revision, position, streamCount, PROFILE_ID], events, upserts }
}

const TABLE_BY_PROJECTION: ReadonlyMap<string, string> = new Map(
  BUILT_IN_PROJECTIONS.map((projection) => [projectionId(projection), rowTableName(rowTableOf(projection))]),
)

function tablesOf(batches: readonly BoundBatch[]): readonly string[] {
  return [...new Set(batches.flatMap(({ upserts }) => upserts.map(({ table }) => table)))]
}

/** Sums are added, other rows are replaced completely, as the table requires. */
function upsertOf(database: Database.Database, table: string): string {
  const columns = database.prepare('select name, pk from pragma_table_info(?)').all(table) as readonly {
    readonly name: string
    readonly pk: number
  }[]
  const key = columns.filter(({ pk }) => pk > 0).sort((left, right) => left.pk - right.pk)
  const values = columns.filter(({ pk, name }) => pk === 0 && name !== 'uuid')
  const isComplete = table === 'streams' || table === 'videos'
  const assignments = values.map(({ name }) =>
    isComplete ? `${name} = excluded.${name}` : `${name} = ${table}.${name} + excluded.${name}`,
  )
  return `insert into ${table} (${columns.map(({ name }) => name).join(', ')}) values (${marks(columns.length)})
    on conflict (${key.map(({ name }) => name).join(', ')}) do update set ${assignments.join(', ')}`
}

function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ')
}
