// Adds to the sums of the ledger and of the read models, by upserts. A sum is looked at for being zero only where it can be:
// when what was added has a negative part, or when the profile has sums below zero (docs/decisions/0007 says why).

import type { LogWrites, RowTable } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { unknownProjection } from '../refusals.js'
import type { Bind } from '../sql/mapping.js'
import * as sql from '../sql/statements.js'
import { sqliteDialect } from './dialect.js'
import type { Database, Statement } from './driver.js'

export interface SumWriter {
  /** `careful` looks at every sum. Answers whether some sum is now below zero, where that was looked at. */
  add(profileId: number, writes: LogWrites, careful: boolean): boolean
}

interface SumStatements {
  readonly add: Statement
  readonly deleteZero: Statement
  readonly selectNegative: Statement
}

export function createSumWriter(database: Database, tables: readonly RowTable[]): SumWriter {
  const ledger = prepare(
    sql.addLedger(sqliteDialect),
    sql.deleteZeroLedger(sqliteDialect),
    sql.selectNegativeLedger(sqliteDialect),
  )
  const byProjection = new Map(tables.map((table) => [projectionId(table), prepareTable(table)]))

  function prepareTable(table: RowTable): SumStatements {
    return prepare(
      sql.addRow(sqliteDialect, table),
      sql.deleteZeroRow(sqliteDialect, table),
      sql.selectNegativeRow(sqliteDialect, table),
    )
  }

  function prepare(add: string, deleteZero: string, selectNegative: string): SumStatements {
    return {
      add: database.prepare(add),
      deleteZero: database.prepare(deleteZero),
      selectNegative: database.prepare(selectNegative).pluck(),
    }
  }

  return {
    add(profileId, writes, careful) {
      let negative = false
      for (const { stream, quarter, utcOffsetMin, measures } of writes.ledger) {
        if (addOne(ledger, [profileId, stream, quarter, utcOffsetMin], measures, careful)) negative = true
      }
      for (const { projection, rows } of writes.rows) {
        const statements = byProjection.get(projection)
        if (!statements) throw unknownProjection(projection, byProjection)
        for (const { key, measures } of rows) {
          if (addOne(statements, [profileId, ...key], measures, careful)) negative = true
        }
      }
      return negative
    },
  }
}

/** `binds` is the key, to which the measures are added here: a batch has nine sums, and copies would show. */
function addOne(statements: SumStatements, binds: Bind[], measures: readonly number[], careful: boolean): boolean {
  const least = leastOf(measures)
  if (least === null) return false
  const keyLength = binds.length
  for (const value of measures) binds.push(value)
  statements.add.run(...binds)
  if (least >= 0 && !careful) return false
  binds.length = keyLength
  statements.deleteZero.run(...binds)
  return least < 0 && statements.selectNegative.get(...binds) !== undefined
}

/** The smallest of the measures, or null when all are 0 and there is nothing to add. */
function leastOf(measures: readonly number[]): number | null {
  let least = 0
  let some = false
  for (const value of measures) {
    if (value === 0) continue
    some = true
    if (value < least) least = value
  }
  return some ? least : null
}
