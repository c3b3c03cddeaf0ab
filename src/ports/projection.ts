// What a projection is: a name, a key and a pure grouping of ledger entries. Read models are sums over the ledger and
// nothing else, so this is all a projection can say; rebuild, retention and merge are exact because of it.

import type { EntryCalendar, LedgerEntryKey } from '../events/calendar.js'

export type { EntryCalendar, LedgerEntryKey } from '../events/calendar.js'

/** Language is not declared: it is the last part of every key. */
export type KeyColumnType = 'text' | 'integer'
export type RowKey = Readonly<Record<string, string | number>>

/** For which session, video and language the entries of a stream count. A stream without one counts nowhere. */
export interface Attribution {
  /** Empty for time that the learner added to a video and a date, and to no session. */
  readonly sessionId: string
  /** The session's start. For added time, the moment in which it counts. */
  readonly startedAtMs: number
  /** The key under which the video is shown, after merges. */
  readonly videoKey: string
  /** BCP 47, `und` if unknown. */
  readonly language: string
}

export interface Projection {
  /** Lower-case letters, digits and `_`, at most 40; with the version it names a table. */
  readonly name: string
  /** 1 or more; another grouping is another version. */
  readonly version: number
  /** Key columns in the order of the primary key (profile before them, language after them). */
  readonly key: Readonly<Record<string, KeyColumnType>>
  /** Further indexes, each a list of key columns; only for a query that ships. */
  readonly indexes?: readonly (readonly string[])[]
  /**
   * Rows that retention may remove: those of a local day, or month, before the profile's window. `column` is the integer key
   * column that holds it, in days since 1970-01-01 or as YYYYMM. Default: rows are kept forever.
   */
  readonly window?: { readonly column: string; readonly unit: 'day' | 'month' }
  /** The row into which an entry falls, or null for none. Pure: no I/O, no clock. */
  readonly keyOf: (entry: LedgerEntryKey, stream: Attribution, calendar: EntryCalendar) => RowKey | null
}

/** Returns the projection as it is; it is there for its types. */
export function defineProjection(projection: Projection): Projection {
  return projection
}

/** `daily@1`: under this name a profile's head says which projections are folded up to it. */
export function projectionId(projection: Pick<Projection, 'name' | 'version'>): string {
  return `${projection.name}@${projection.version}`
}
