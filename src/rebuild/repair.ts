// What `rebuild --from-log` adds to a rebuild: the row and the ledger of each complete stream are computed from its events.
// A stream is complete when every event that it ever counted is still held, undamaged. Other streams are left alone, because
// their ledger contains more than their events.

import type { LedgerRow, StreamRow } from '../events/rows.js'
import { ledgerDifferences, repairOf } from '../ledger/differences.js'
import { ledgerByStream, ledgerRowsOf } from '../ledger/fold.js'
import { withEntries } from '../ledger/ledger-checksum.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { examine, type ReadStream } from '../ledger/stream-state.js'
import type { LogSnapshot } from '../ports/event-log.js'
import { isComplete, type RefoldedStream, refold } from './refold.js'

/** The streams and the ledger from which rows are computed, and the writes that make the stored ones equal to them. */
export interface RebuildBase {
  readonly streams: readonly ReadStream[]
  readonly ledger: readonly LedgerRow[]
  readonly repairs: {
    /** Rows that change. */
    readonly streams: readonly StreamRow[]
    /** Sums to add. */
    readonly ledger: readonly LedgerRow[]
  }
  readonly ledgersCorrected: number
  /** Of streams that are not complete. */
  readonly ledgersIncomplete: number
}

export async function repairFromLog(
  snapshot: LogSnapshot,
  rows: readonly StreamRow[],
  ledger: readonly LedgerRow[],
  revision: number,
): Promise<RebuildBase> {
  const refolded = await refold(snapshot, rows, { damagedEvent() {}, page() {} })
  const stored = ledgerByStream(ledger)
  const streams: ReadStream[] = []
  const ledgerAfter: LedgerRow[] = []
  const repairs: { streams: StreamRow[]; ledger: LedgerRow[] } = { streams: [], ledger: [] }
  let ledgersCorrected = 0
  let ledgersIncomplete = 0
  for (const row of rows) {
    const entries = stored.get(row.stream) ?? []
    stored.delete(row.stream)
    const stream = examine(row)
    const fromEvents = refolded.stream(row.stream)
    if (!isComplete(stream, fromEvents)) {
      ledgersIncomplete++
      streams.push(stream)
      ledgerAfter.push(...entries)
      continue
    }
    const right = completeStream(row, fromEvents)
    const differences = ledgerDifferences(row.stream, fromEvents.entries, entries)
    const rowDiffers = differingFields(right.row, row).length > 0
    if (rowDiffers) repairs.streams.push(changedStreamRow(right.row, { revision }))
    if (rowDiffers || differences.length > 0) ledgersCorrected++
    repairs.ledger.push(...differences.map(repairOf))
    streams.push(right)
    ledgerAfter.push(...ledgerRowsOf(row.stream, fromEvents.entries))
  }
  // The rest belongs to streams that do not exist.
  for (const strays of stored.values()) {
    repairs.ledger.push(...strays.map((entry) => repairOf({ expected: null, stored: entry })))
  }
  return { streams, ledger: ledgerAfter, repairs, ledgersCorrected, ledgersIncomplete }
}

/** A complete stream as its events determine it: everything but its number, its id and its revision. */
export function completeStream(row: StreamRow, fromEvents: RefoldedStream): ReadStream {
  const { facts, coverage, firstAtMs, lastAtMs, count, checksum, firstPosition, lastPosition } = fromEvents
  const right = changedStreamRow(emptyStreamRow(row.stream, row.streamId), {
    facts,
    coverage,
    firstAtMs,
    lastAtMs,
    heldCount: count,
    heldChecksum: checksum,
    countedChecksum: checksum,
    ledgerChecksum: withEntries(0, fromEvents.entries),
    firstPosition,
    lastPosition,
    revision: row.revision,
  })
  return { row: right, coverage, facts }
}

/** Fields in which the rows differ. */
export function differingFields(left: StreamRow, right: StreamRow): readonly (keyof StreamRow)[] {
  return (Object.keys(left) as (keyof StreamRow)[]).filter((field) => left[field] !== right[field])
}
