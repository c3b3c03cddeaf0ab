// The column of each measure, and the step of the schema in which it joined. This is all that a new measure needs here: its
// line says the next step (or one that was not released yet), and that step adds the column to the ledger and to every read
// model's table, on every database (migrations.ts). Lines are frozen once released. None of the names is a reserved word in
// any database (`lines` is one in MariaDB).

import { MEASURE_NAMES, type MeasureName } from '../../src/events/measures.js'

export interface MeasureColumn {
  readonly column: string
  /** The tables of step 1 are made with the columns of step 1. */
  readonly since: number
}

const COLUMNS: Readonly<Record<MeasureName, MeasureColumn>> = {
  sessions: { column: 'session_count', since: 1 },
  watchedMs: { column: 'watched_ms', since: 1 },
  activeMs: { column: 'active_ms', since: 1 },
  pausedMs: { column: 'paused_ms', since: 1 },
  lines: { column: 'line_count', since: 1 },
  chars: { column: 'char_count', since: 1 },
  words: { column: 'word_count', since: 1 },
  tokens: { column: 'token_count', since: 1 },
  cards: { column: 'card_count', since: 1 },
  lookups: { column: 'lookup_count', since: 1 },
  lookupHits: { column: 'lookup_hit_count', since: 1 },
  pauses: { column: 'pause_count', since: 1 },
  seeksForward: { column: 'seek_forward_count', since: 1 },
  seeksBackward: { column: 'seek_backward_count', since: 1 },
  buffers: { column: 'buffer_count', since: 1 },
  idleMs: { column: 'idle_ms', since: 2 },
}

/** In the order of MEASURE_NAMES, which is the order of rows and answers. Tables may have them in another order. */
export const MEASURES: readonly MeasureColumn[] = MEASURE_NAMES.map((name) => COLUMNS[name])

export const MEASURE_COLUMNS: readonly string[] = MEASURES.map(({ column }) => column)
