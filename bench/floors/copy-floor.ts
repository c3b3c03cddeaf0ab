// The floors of a copy: all event rows of a log read by the bare driver in the order of a copy, and the same rows inserted
// into a bare table with the same keys, a thousand to a transaction. No checksum, no ledger, no read model, no comparison.

import { openBare } from '../databases.js'

const TRANSACTION_EVENTS = 1_000

/** Answers how many there were. */
export function readBare(at: string): number {
  const database = openBare(at, true)
  let count = 0
  for (const _row of database.prepare('select * from events order by event_id').raw().iterate()) count++
  database.close()
  return count
}

/** From one file into another, which is new. Answers how many there were. */
export function insertBare(from: string, into: string): number {
  const source = openBare(from, true)
  const target = openBare(into)
  const tables = source.prepare("select sql from sqlite_master where tbl_name = 'events' and sql is not null").pluck()
  for (const sql of tables.all() as readonly string[]) target.exec(sql)
  target.pragma('foreign_keys = off')
  const rows = source.prepare('select * from events order by event_id').raw()
  const insert = target.prepare(
    `insert into events values (${rows
      .columns()
      .map(() => '?')
      .join(', ')})`,
  )
  const insertAll = target.transaction((some: readonly unknown[][]) => {
    for (const row of some) insert.run(row)
  })
  let count = 0
  let waiting: unknown[][] = []
  const send = () => {
    insertAll(waiting)
    count += waiting.length
    waiting = []
  }
  for (const row of rows.iterate()) {
    waiting.push(row as unknown[])
    if (waiting.length === TRANSACTION_EVENTS) send()
  }
  send()
  source.close()
  target.close()
  return count
}
