// What the tests of the SQLite adapter share: a directory that goes away again, and the file seen with the bare driver.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import Database from 'better-sqlite3'
import { adapter } from '../../adapters/sqlite/adapter.js'
import { TABLES } from '../../src/contract/cases/contract-case.js'
import type { EventLog, EventLogOptions } from '../../src/ports/event-log.js'

/** Runs `work` with the path of a file that does not exist yet, in a directory that does. */
export async function withFile<T>(work: (file: string) => Promise<T> | T): Promise<T> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-sqlite-'))
  try {
    return await work(path.join(directory, 'log.db'))
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

export function openFile(file: string, options: Partial<EventLogOptions> = {}): Promise<EventLog> {
  return adapter.openEventLog({ storage: { path: file }, tables: TABLES, readOnly: false, ...options })
}

/** The file as SQLite itself sees it. */
export function withDriver<T>(file: string, work: (database: Database.Database) => T): T {
  const database = new Database(file)
  try {
    return work(database)
  } finally {
    database.close()
  }
}
