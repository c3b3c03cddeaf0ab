// What `rebuild --from-log` adds to a rebuild: for each whole stream (every event that it ever counted is still held, and
// undamaged) its ledger, its facts and its row are made anew from its events. Streams of which detail is gone, or damaged,
// are left alone: their ledger knows more than their events.

import { isZero } from '../events/measures.js'
import { deltaOf, ledgerDifferences } from '../ledger/differences.js'
import { ledgerByStream } from '../ledger/fold.js'
import { addChecksum, ledgerChecksumOf } from '../ledger/ledger-checksum.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { examine, type ReadStream } from '../ledger/stream-state.js'
import type { LedgerRow, LogSnapshot, StreamRow } from '../ports/event-log.js'
import { emptyRefold, isComplete, type Refolded, refold } from './refold.js'

export interface RepairedLedger {
  /** All streams and the whole ledger as they are after the repair. */
  readonly streams: readonly ReadStream[]
  readonly ledger: readonly LedgerRow[]
  readonly repaired: {
    /** Rows that change. */
    readonly streams: readonly StreamRow[]
    /** To be added. */
    readonly ledger: readonly LedgerRow[]
    readonly ledgersCorrected: number
    readonly ledgersIncomplete: number
  }
}

export async function repairFromLog(
  snapshot: LogSnapshot,
  rows: readonly StreamRow[],
  ledger: readonly LedgerRow[],
  revision: number,
): Promise<RepairedLedger> {
  const counted = await refold(snapshot, rows, { damagedEvent() {}, page() {} })
  const stored = ledgerByStream(ledger)
  const streams: ReadStream[] = []
  const changedRows: StreamRow[] = []
  const corrections: LedgerRow[] = []
  const ledgerAfter: LedgerRow[] = []
  let ledgersCorrected = 0
  let ledgersIncomplete = 0
  for (const row of rows) {
    const held = stored.get(row.stream) ?? []
    stored.delete(row.stream)
    const stream = examine(row)
    const refolded = counted.streams.get(row.stream) ?? emptyRefold()
    if (!isComplete(stream, refolded)) {
      ledgersIncomplete++
      streams.push(stream)
      ledgerAfter.push(...held)
      continue
    }
    const differences = ledgerDifferences(row.stream, refolded.entries, held)
    corrections.push(...differences.map(deltaOf))
    const repaired = completeState(row, refolded)
    const same = differingFields(repaired.row, row).length === 0
    if (!same) changedRows.push(changedStreamRow(repaired.row, { revision }))
    if (!same || differences.length > 0) ledgersCorrected++
    ledgerAfter.push(...ledgerOf(row.stream, refolded))
    streams.push(repaired)
  }
  // What is left belongs to no stream.
  for (const strays of stored.values()) {
    corrections.push(...strays.map((entry) => deltaOf({ expected: null, stored: entry })))
  }
  return {
    streams,
    ledger: ledgerAfter,
    repaired: { streams: changedRows, ledger: corrections, ledgersCorrected, ledgersIncomplete },
  }
}

/** A whole stream as its events say it is. */
export function completeState(row: StreamRow, refolded: Refolded): ReadStream {
  const { facts, coverage } = refolded
  return { row: rowFromEvents(row, refolded), coverage, facts }
}

/** Its ledger. */
export function ledgerOf(stream: number, { entries }: Refolded): readonly LedgerRow[] {
  const ledger: LedgerRow[] = []
  for (const { quarter, utcOffsetMin, measures } of entries) {
    if (!isZero(measures)) ledger.push({ stream, quarter, utcOffsetMin, measures })
  }
  return ledger
}

/** The row of a whole stream, all but its number, its id and its revision from its events. */
export function rowFromEvents(row: StreamRow, refolded: Refolded): StreamRow {
  let ledgerChecksum = 0
  for (const { quarter, utcOffsetMin, measures } of refolded.entries) {
    ledgerChecksum = addChecksum(ledgerChecksum, ledgerChecksumOf(quarter, utcOffsetMin, measures))
  }
  return changedStreamRow(emptyStreamRow(row.stream, row.streamId), {
    facts: refolded.facts,
    coverage: refolded.coverage,
    firstAtMs: refolded.firstAtMs,
    lastAtMs: refolded.lastAtMs,
    heldCount: refolded.count,
    heldChecksum: refolded.checksum,
    countedChecksum: refolded.checksum,
    ledgerChecksum,
    firstPosition: refolded.firstPosition,
    lastPosition: refolded.lastPosition,
    revision: row.revision,
  })
}

/** Fields in which the rows differ. */
export function differingFields(left: StreamRow, right: StreamRow): readonly (keyof StreamRow)[] {
  return (Object.keys(left) as (keyof StreamRow)[]).filter((field) => left[field] !== right[field])
}
