// rows(after) − rows(before): the sums that a change of streams adds to the read models. One function for every writer: a batch
// that adds to streams, a correction that moves streams to another video, an erasure, a pruned summary. It is right for any
// set that contains every stream whose attribution or ledger changed. Rows of the other streams cancel out.

import type { ReadModelRow } from '../events/rows.js'
import type { Head, LogWrites } from '../ports/event-log.js'
import type { Attribution } from '../ports/projection.js'
import type { LedgerSums } from './fold.js'
import { addToRows, faultyProjection, type Grouping, type RowSums, writtenRows } from './grouping.js'
import type { RowRules } from './settings.js'

/** One stream's part of the change. A stream may have several parts. */
export interface StreamDelta {
  readonly before: Attribution | null
  readonly after: Attribution | null
  /** The stream's ledger before the change. Not used, and therefore not needed, where the attribution stays. */
  readonly ledger: readonly LedgerSums[]
  readonly added: readonly LedgerSums[]
}

/** The delta of each projection. A projection whose keyOf fails is left out, and a query of its rows gets its error. */
export function rowsDelta(
  groupings: readonly Grouping[],
  streams: readonly StreamDelta[],
  rules: RowRules,
): LogWrites['rows'] {
  const deltas: { projection: string; rows: readonly ReadModelRow[] }[] = []
  for (const grouping of groupings) {
    try {
      deltas.push({ projection: grouping.id, rows: deltaOf(grouping, streams, rules) })
    } catch (error) {
      if (faultyProjection(error) !== grouping.id) throw error
    }
  }
  return deltas
}

function deltaOf(grouping: Grouping, streams: readonly StreamDelta[], rules: RowRules): readonly ReadModelRow[] {
  const rows: RowSums = new Map()
  for (const { before, after, ledger, added } of streams) {
    if (before !== after) {
      for (const entry of ledger) {
        addToRows(rows, grouping, entry, before, rules, -1)
        addToRows(rows, grouping, entry, after, rules)
      }
    }
    for (const entry of added) addToRows(rows, grouping, entry, after, rules)
  }
  return writtenRows(rows)
}

/** The head after a delta is written. Projections that it leaves out are left behind: the head lists them no longer. */
export function headAfterDelta(
  head: Head,
  rows: LogWrites['rows'],
  { eventCount, streamCount }: { readonly eventCount: number; readonly streamCount: number },
): Head {
  const projections =
    rows.length === head.projections.length ? head.projections : rows.map(({ projection }) => projection).sort()
  // Field by field, because spreading objects takes several times as long, for each batch.
  return {
    revision: head.revision + 1,
    position: head.position + eventCount,
    streamCount,
    settings: head.settings,
    projections,
  }
}
