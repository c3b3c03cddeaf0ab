// Imports a hand-kept log into a profile's log. All rows are read and checked before the first is appended. Rows that are
// in the log already are known by the ids of their streams, so an interrupted import can be started again.

import { type HandKeptOptions, readHandKept } from '../csv/hand-kept.js'
import { eventsOf } from '../csv/hand-kept-events.js'
import type { NewEvent } from '../events/types.js'
import type { LogEngine } from '../ports/log-engine.js'
import { listNamed } from '../replicate/list-streams.js'
import type { StoreConfig } from './config.js'
import { openLog, withLog } from './open-log.js'

export interface HandKeptAnswer {
  /** Rows of the file. */
  readonly rows: number
  readonly added: number
  /** Rows that were in the log already, also those that the learner has undone or erased since. */
  readonly present: number
}

/** Events of one transaction. Each reads all of the profile's streams, so few large ones; some megabytes for a server. */
const BATCH_EVENTS = 2_000

/** IMPORT_INVALID where any row is wrong; then nothing is appended. */
export async function importHandKept(to: StoreConfig, text: string, options: HandKeptOptions): Promise<HandKeptAnswer> {
  const { titles, rows } = eventsOf(readHandKept(text, options))
  return withLog(openLog(to, 'writer'), async (log) => {
    // A title without a row is shown nowhere, so an import may be interrupted between the two.
    await appendMissing(log, titles)
    const added = await appendMissing(log, rows)
    return { rows: rows.length, added, present: rows.length - added }
  })
}

async function appendMissing(log: LogEngine, events: readonly NewEvent[]): Promise<number> {
  const ids = events.map(({ streamId }) => streamId)
  const known = new Set((await listNamed(log, ids)).map(({ streamId }) => streamId))
  const missing = events.filter(({ streamId }) => !known.has(streamId))
  let added = 0
  for (let from = 0; from < missing.length; from += BATCH_EVENTS) {
    added += (await log.append(missing.slice(from, from + BATCH_EVENTS))).appended
  }
  return added
}
