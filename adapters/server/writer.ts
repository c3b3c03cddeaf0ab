// Writes LogWrites within a transaction that the caller holds, in several statements, for what one statement cannot do: sums
// that can become zero or negative have to be looked at after they are written. Also finds the event that a server refuses.

import type { LogWrites, RowTable } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { refusedEvent, unknownProjection } from '../refusals.js'
import { type Bind, pushEvent, pushStreamValues, type StoredHead, uuidBytes } from '../sql/mapping.js'
import { isBelowZero } from '../sql/single-writes.js'
import * as sql from '../sql/statements.js'
import type { ServerBind, ServerConnection, ServerDatabase, TypeCodeOf } from './database.js'

export interface ServerWriter {
  /** Of writes in which each row stands once. `stale` when the head is not at the revision before: then nothing was written. */
  write(connection: ServerConnection, stored: StoredHead, writes: LogWrites): Promise<WriteAnswer>
  /** Inserts the events one by one and throws EVENT_REFUSED at the one that the server does not take. To be rolled back. */
  findRefused(connection: ServerConnection, stored: StoredHead, writes: LogWrites): Promise<void>
}

export interface WriteAnswer {
  readonly outcome: 'committed' | 'stale'
  /** Some sum of the profile is or was below 0. */
  readonly hasNegativeSums: boolean
}

/** Rows of one statement: 25 of the widest (19 binds) stay far below every server's 65,535 binds, and have few texts. */
const ROWS_PER_STATEMENT = [25, 5, 1] as const

/** The two kinds of sums, ledger and read models, as statements over `count` of them. */
interface SumStatements {
  readonly add: (count: number) => string
  readonly deleteZero: (count: number) => string
  readonly selectNegative: (count: number) => string
}

interface Sum {
  readonly key: readonly Bind[]
  readonly measures: readonly number[]
}

export function createServerWriter(
  { dialect, isRefusedRow }: ServerDatabase,
  tables: readonly RowTable[],
  codeOf: TypeCodeOf,
): ServerWriter {
  const byProjection = new Map(tables.map((table) => [projectionId(table), table]))

  async function writeHead(connection: ServerConnection, { profileId }: StoredHead, { head }: LogWrites) {
    const [settings, projections] = [JSON.stringify(head.settings), JSON.stringify(head.projections)]
    const binds = [head.revision, head.position, head.streamCount, settings, projections, profileId, head.revision - 1]
    return (await connection.query(dialect.text(sql.UPDATE_HEAD), binds)).changes > 0
  }

  async function removeEvents(connection: ServerConnection, profileId: number, { removedPositions = [] }: LogWrites) {
    for (const [from, through] of removedPositions) {
      const binds: Bind[] = []
      dialect.eventKey.pushRange(binds, profileId, from - 1, through)
      await connection.query(sql.deleteEvents(dialect), binds)
    }
  }

  function eventBinds(profileId: number, event: LogWrites['events'][number]): ServerBind[] {
    const binds: Bind[] = []
    dialect.eventKey.push(binds, profileId, event.position)
    pushEvent(binds, event, codeOf(event.type))
    return binds
  }

  async function writeStreams(connection: ServerConnection, profileId: number, { streams }: LogWrites) {
    await inChunks(
      connection,
      streams,
      (count) => sql.upsertStream(dialect, count),
      (row) => {
        const values: Bind[] = []
        pushStreamValues(values, row)
        return [profileId, row.stream, uuidBytes(row.streamId), row.kind, row.videoKey, ...values]
      },
    )
  }

  async function writeVideos(connection: ServerConnection, profileId: number, writes: LogWrites) {
    await inChunks(
      connection,
      writes.videos,
      (count) => sql.upsertVideo(dialect, count),
      (row) => [profileId, row.videoKey, row.facts, row.firstSeenAtMs, row.lastSeenAtMs],
    )
    for (const videoKey of writes.removedVideoKeys ?? []) {
      await connection.query(sql.deleteVideo(dialect), [profileId, videoKey])
    }
  }

  /** `careful` looks at every sum. Answers whether some sum is now below zero, where that was looked at. */
  async function addSums(
    connection: ServerConnection,
    statements: SumStatements,
    sums: readonly Sum[],
    careful: boolean,
  ): Promise<boolean> {
    await inChunks(connection, sums, statements.add, ({ key, measures }) => [...key, ...measures])
    const lowered = sums.filter(isBelowZero)
    const keyOf = ({ key }: Sum): readonly Bind[] => key
    await inChunks(connection, careful ? sums : lowered, statements.deleteZero, keyOf)
    if (careful) return false
    return (await inChunks(connection, lowered, statements.selectNegative, keyOf)) > 0
  }

  function statementsOf(projection: string): SumStatements {
    const table = byProjection.get(projection)
    if (!table) throw unknownProjection(projection, byProjection)
    return {
      add: (count) => sql.addRow(dialect, table, count),
      deleteZero: (count) => sql.deleteZeroRow(dialect, table, count),
      selectNegative: (count) => sql.selectNegativeRow(dialect, table, count),
    }
  }

  const ledgerStatements: SumStatements = {
    add: (count) => sql.addLedger(dialect, count),
    deleteZero: (count) => sql.deleteZeroLedger(dialect, count),
    selectNegative: (count) => sql.selectNegativeLedger(dialect, count),
  }

  async function writeSums(
    connection: ServerConnection,
    { profileId, hasNegativeSums }: StoredHead,
    writes: LogWrites,
  ) {
    const ledger = writes.ledger.map(({ stream, quarter, utcOffsetMin, measures }) => ({
      key: [profileId, stream, quarter, utcOffsetMin],
      measures,
    }))
    let negative = await addSums(connection, ledgerStatements, ledger, hasNegativeSums)
    for (const { projection, rows } of writes.rows) {
      const sums = rows.map(({ key, measures }) => ({ key: [profileId, ...key], measures }))
      if (await addSums(connection, statementsOf(projection), sums, hasNegativeSums)) negative = true
    }
    if (negative) await connection.query(dialect.text(sql.NOTE_NEGATIVE_SUMS), [profileId])
    return hasNegativeSums || negative
  }

  return {
    async write(connection, stored, writes) {
      const { profileId, hasNegativeSums } = stored
      if (!(await writeHead(connection, stored, writes))) return { outcome: 'stale', hasNegativeSums }
      await writeStreams(connection, profileId, writes)
      await removeEvents(connection, profileId, writes)
      const insert = (count: number): string => sql.insertEvents(dialect, count)
      await inChunks(connection, writes.events, insert, (event) => eventBinds(profileId, event))
      const negative = await writeSums(connection, stored, writes)
      await writeVideos(connection, profileId, writes)
      return { outcome: 'committed', hasNegativeSums: negative }
    },
    async findRefused(connection, { profileId }, writes) {
      for (const event of writes.events) {
        try {
          await connection.query(sql.insertEvents(dialect, 1), eventBinds(profileId, event))
        } catch (error) {
          if (!isRefusedRow(error)) throw error
          throw refusedEvent(event, writes, 'the database does not take it', error)
        }
      }
    },
  }
}

/** Sends all rows, 25 of them a statement as long as there are so many. Answers how many rows came back in all. */
async function inChunks<Row>(
  connection: ServerConnection,
  rows: readonly Row[],
  text: (count: number) => string,
  bindsOf: (row: Row) => readonly ServerBind[],
): Promise<number> {
  let index = 0
  let found = 0
  for (const count of ROWS_PER_STATEMENT) {
    for (; rows.length - index >= count; index += count) {
      const binds = rows.slice(index, index + count).flatMap(bindsOf)
      found += (await connection.query(text(count), binds)).rows.length
    }
  }
  return found
}
