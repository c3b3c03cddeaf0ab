// Writes LogWrites within a transaction that the caller holds, by statements that are prepared once. Binds are spread into
// the call, because the driver takes a third longer to read them from one array. A sum is checked for being zero only where
// it can be: when a part of the addition is negative, or when the profile has sums below zero (docs/decisions/0007).

import type { EventRow, LogWrites, RowTable } from '../../src/ports/event-log.js'
import { brokenWrites, checkWrites, refusedEvent, unknownProfile } from '../port/refusals.js'
import type { Row } from '../sql/dialect.js'
import { EventTypes } from '../sql/event-types.js'
import * as sql from '../sql/statements.js'
import { headBinds, type RowTables, rowTablesOf, type TableWrites, tableWrites, valuesOf } from '../sql/table-writes.js'
import { EVENTS, LEDGER, type LogTable, STREAMS, VIDEOS } from '../sql/tables.js'
import { sqliteDialect } from './dialect.js'
import type { Database, Statement } from './driver.js'
import { isRefusedRow } from './errors.js'
import { POSITIONS_PER_PROFILE } from './migrations.js'
import { SqliteReader } from './snapshot.js'

/** A row costs a quarter less in a statement of 25, the usual batch, than in one of its own. The last is 1. */
const EVENTS_PER_STATEMENT = [25, 5, 1] as const

/** Writes one row of a table. Returns whether a sum is now below zero, where that was checked; `isCareful` checks every sum. */
type WriteRow = (row: Row, isCareful: boolean) => boolean

export class SqliteWriter {
  readonly database: Database
  /** Reads within the transaction that writes. */
  readonly reader: SqliteReader
  readonly #rowTables: RowTables
  #types = new EventTypes()
  #hasAddedTypes = false
  readonly #selectStanding: Statement
  readonly #updateHead: Statement
  readonly #noteNegativeSums: Statement
  readonly #inserts: readonly { readonly count: number; readonly statement: Statement }[]
  readonly #deleteEvents: Statement
  readonly #deleteVideo: Statement
  /** For the tables whose rows are put in place or added. */
  readonly #writeRow: ReadonlyMap<LogTable, WriteRow>

  constructor(database: Database, tables: readonly RowTable[]) {
    this.database = database
    this.reader = new SqliteReader(database, tables)
    this.#rowTables = rowTablesOf(tables)
    this.#selectStanding = database.prepare(sql.SELECT_STANDING).raw()
    this.#updateHead = database.prepare(sql.UPDATE_HEAD)
    this.#noteNegativeSums = database.prepare(sql.NOTE_NEGATIVE_SUMS)
    this.#inserts = EVENTS_PER_STATEMENT.map((count) => ({
      count,
      statement: database.prepare(sql.writeRows(sqliteDialect, { table: EVENTS, how: 'insert' }, count)),
    }))
    this.#deleteEvents = database.prepare(sql.deleteEvents(sqliteDialect))
    this.#deleteVideo = database.prepare(sql.writeRows(sqliteDialect, { table: VIDEOS, how: 'remove' }))
    this.#writeRow = new Map([
      ...[STREAMS, VIDEOS].map((table) => [table, preparePut(database, table)] as const),
      ...[LEDGER, ...this.#rowTables.values()].map((table) => [table, prepareAdd(database, table)] as const),
    ])
  }

  /** False when the profile's head is not at the revision before: then nothing was written. */
  write(profile: string, profileId: number | undefined, writes: LogWrites): boolean {
    if (profileId === undefined) throw unknownProfile(profile)
    // Three integers by the schema.
    const standing = this.#selectStanding.get(profileId) as readonly [number, number, number] | undefined
    if (!standing) throw unknownProfile(profile)
    const [revision, position, hasNegativeSums] = standing
    if (revision !== writes.head.revision - 1) return false
    checkWrites(position, writes)
    if (writes.head.position >= POSITIONS_PER_PROFILE) throw brokenWrites('the profile is full')
    this.#updateHead.run(...headBinds(profileId, writes.head))
    const isCareful = hasNegativeSums !== 0
    let isNegative = false
    // The transaction that added them may have been rolled back, and their numbers given to others.
    if (this.#hasAddedTypes) this.#types = new EventTypes()
    this.#hasAddedTypes = false
    const typeIdOf = (type: EventRow['type']): number => this.#types.find(type) ?? this.#newTypeId(type)
    for (const part of tableWrites(sqliteDialect, this.#rowTables, profileId, writes, typeIdOf)) {
      if (this.#writePart(part, writes, isCareful)) isNegative = true
    }
    if (isNegative && !isCareful) this.#noteNegativeSums.run(profileId)
    return true
  }

  /** Of a type that is not known here: it is read, or added. */
  #newTypeId(type: EventRow['type']): number {
    this.#types.remember(this.reader.all(sql.SELECT_EVENT_TYPES, []))
    const known = this.#types.find(type)
    if (known !== undefined) return known
    const id = this.#types.nextId()
    this.database.prepare(sql.INSERT_EVENT_TYPE).run(id, type)
    this.#types.remember([[id, type]])
    this.#hasAddedTypes = true
    return id
  }

  /** Returns whether some sum is now below zero, where that was checked. */
  #writePart(part: TableWrites, writes: LogWrites, isCareful: boolean): boolean {
    const { table, how, rows } = part
    let isNegative = false
    switch (how) {
      case 'insert':
        this.#insertEvents(rows, writes)
        break
      case 'put':
      case 'add': {
        const writeRow = this.#writeRow.get(table)
        if (!writeRow) throw new TypeError('unreachable: the table has no statements')
        for (const row of rows) if (writeRow(row, isCareful)) isNegative = true
        break
      }
      case 'remove':
        for (const key of rows) this.#deleteVideo.run(...key)
        break
      case 'remove-range':
        for (const range of rows) this.#deleteEvents.run(...range)
    }
    return isNegative
  }

  #insertEvents(rows: readonly Row[], writes: LogWrites): void {
    let at = 0
    for (const { count, statement } of this.#inserts) {
      for (; rows.length - at >= count; at += count) {
        const some = rows.slice(at, at + count)
        try {
          statement.run(...valuesOf(some))
        } catch (error) {
          if (isRefusedRow(error)) this.#findRefused(some, at, writes)
          throw error
        }
      }
    }
  }

  /** A statement that fails has inserted nothing: its rows go in one by one, up to the one that is refused. */
  #findRefused(rows: readonly Row[], from: number, writes: LogWrites): void {
    const one = this.#inserts.at(-1)
    for (const [index, row] of rows.entries()) {
      const event = writes.events[from + index]
      try {
        one?.statement.run(...row)
      } catch (error) {
        if (!event || !isRefusedRow(error)) throw error
        throw refusedEvent(event, writes, 'the database does not take it', error)
      }
    }
  }
}

/** Puts a row in place: an update where the usual columns change, so that no index is touched, else an upsert. */
function preparePut(database: Database, table: LogTable): WriteRow {
  const { name, columns, keyLength } = table
  const places = columns.map((_column, place) => place)
  const usual = places.filter((place) => place >= keyLength && columns[place]?.changes === undefined)
  const rare = places.filter((place) => columns[place]?.changes === 'rarely')
  const key = places.slice(0, keyLength)
  const equal = (place: number): string => `${columns[place]?.name} = ?`
  // A column that may be null takes `is`, which finds nulls as well.
  const conditions = [...key.map(equal), ...rare.map((place) => `${columns[place]?.name} is ?`)]
  const update = database.prepare(`update ${name} set ${usual.map(equal).join(', ')} where ${conditions.join(' and ')}`)
  const updateBinds = [...usual, ...key, ...rare]
  const upsert = database.prepare(sql.writeRows(sqliteDialect, { table, how: 'put' }))
  return (row) => {
    if (update.run(...updateBinds.map((place) => row[place])).changes === 0) upsert.run(...row)
    return false
  }
}

function prepareAdd(database: Database, table: LogTable): WriteRow {
  const { keyLength } = table
  const addRow = database.prepare(sql.writeRows(sqliteDialect, { table, how: 'add' }))
  const deleteZero = database.prepare(sql.deleteZeroRows(sqliteDialect, table))
  const selectNegative = database.prepare(sql.selectNegativeRows(sqliteDialect, table)).pluck()
  return (row, isCareful) => {
    const least = leastOf(row, keyLength)
    if (least === null) return false
    addRow.run(...row)
    if (least >= 0 && !isCareful) return false
    const key = row.slice(0, keyLength)
    deleteZero.run(...key)
    return least < 0 && selectNegative.get(...key) !== undefined
  }
}

/** The smallest of the measures, or null when all are 0 and there is nothing to add. */
function leastOf(row: Row, keyLength: number): number | null {
  let least = 0
  let isSome = false
  for (let place = keyLength; place < row.length; place++) {
    const value = Number(row[place])
    if (value === 0) continue
    isSome = true
    if (value < least) least = value
  }
  return isSome ? least : null
}
