// The log of the tests that kill: old sessions whose sums follow from their number, and the engine on one SQLite file, which
// the parent and the child open alike.

import { adapter as sqlite } from '../../adapters/sqlite/adapter.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import type { NewEvent } from '../../src/events/types.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { event, idOf, line, started } from '../support/engine-logs.js'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 2, 2, 12)
/** A prune removes these in two pages. */
export const LINES_OF_SESSION = 3_000
export const CHARS_OF_LINE = 7
const APPEND_EVENTS = 1_000

export async function openUpkeepLog(path: string): Promise<LogEngine> {
  const log = await sqlite.openEventLog({
    storage: { path },
    tables: BUILT_IN_PROJECTIONS.map(rowTableOf),
    readOnly: false,
  })
  return createLogEngine({
    log,
    profile: 'default',
    settings: { dayStartsAtHour: 4 },
    projections: BUILT_IN_PROJECTIONS,
    clock: { nowMs: () => NOW_MS, utcOffsetMin: () => 0 },
  })
}

export function sessionIdOf(number: number): string {
  return idOf(number)
}

export function videoKeyOf(number: number): string {
  return `local:/${number % 3}.mkv`
}

/** The session was 10 to 700 days ago, so all its lines are past their window, and perhaps its day too. */
export async function appendSession(engine: LogEngine, number: number): Promise<void> {
  const id = sessionIdOf(number)
  const atMs = NOW_MS - (10 + ((number * 37) % 690)) * DAY_MS
  const events: NewEvent[] = [started(id, 1, videoKeyOf(number), 'ja', atMs)]
  for (let index = 0; index < LINES_OF_SESSION; index++)
    events.push(line(id, index + 2, atMs + index * 400, CHARS_OF_LINE))
  const end = { type: 'session.ended', atMs: atMs + LINES_OF_SESSION * 400, payload: { reason: 'finished' } } as const
  events.push(event(id, LINES_OF_SESSION + 2, end))
  for (let from = 0; from < events.length; from += APPEND_EVENTS)
    await engine.append(events.slice(from, from + APPEND_EVENTS))
}
