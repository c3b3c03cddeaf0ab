// What `rebuild --from-log` adds to a rebuild: for each whole stream (every event that it ever counted is still held, and
// undamaged) its ledger, its facts and its row are made anew from its events. Streams of which detail is gone, or damaged,
// are left alone: their ledger knows more than their events.

import { isZero } from '../events/measures.js'
import { formatCoverage } from '../ledger/coverage.js'
import { correctionOf, ledgerDifferences } from '../ledger/differences.js'
import { formatFacts, videoKeyOf } from '../ledger/facts.js'
import { ledgerByStream } from '../ledger/fold.js'
import { addChecksum, ledgerChecksumOf } from '../ledger/ledger-checksum.js'
import { examine, type ReadStream } from '../ledger/stream-state.js'
import type { LedgerRow, LogSnapshot, StreamRow } from '../ports/event-log.js'
import { emptyRecount, isWhole, type Recounted, recount } from './refold.js'

export interface MendedLedger {
  /** All streams and the whole ledger as they are after the mending. */
  readonly streams: readonly ReadStream[]
  readonly ledger: readonly LedgerRow[]
  readonly mended: {
    /** Rows that change. */
    readonly streams: readonly StreamRow[]
    /** To be added. */
    readonly ledger: readonly LedgerRow[]
    readonly ledgersCorrected: number
    readonly ledgersNotWhole: number
  }
}

export async function mendFromLog(
  snapshot: LogSnapshot,
  rows: readonly StreamRow[],
  ledger: readonly LedgerRow[],
  revision: number,
): Promise<MendedLedger> {
  const counted = await recount(snapshot, rows, { damagedEvent() {}, page() {} })
  const stored = ledgerByStream(ledger)
  const streams: ReadStream[] = []
  const changedRows: StreamRow[] = []
  const corrections: LedgerRow[] = []
  const ledgerAfter: LedgerRow[] = []
  let ledgersCorrected = 0
  let ledgersNotWhole = 0
  for (const row of rows) {
    const held = stored.get(row.stream) ?? []
    stored.delete(row.stream)
    const stream = examine(row)
    const recounted = counted.streams.get(row.stream) ?? emptyRecount()
    if (!isWhole(stream, recounted)) {
      ledgersNotWhole++
      streams.push(stream)
      ledgerAfter.push(...held)
      continue
    }
    const differences = ledgerDifferences(row.stream, recounted.entries, held)
    corrections.push(...differences.map(correctionOf))
    const mended = wholeState(row, recounted)
    const same = differingFields(mended.row, row).length === 0
    if (!same) changedRows.push({ ...mended.row, revision })
    if (!same || differences.length > 0) ledgersCorrected++
    ledgerAfter.push(...ledgerOf(row.stream, recounted))
    streams.push(mended)
  }
  // What is left belongs to no stream.
  for (const strays of stored.values()) {
    corrections.push(...strays.map((entry) => correctionOf({ expected: null, stored: entry })))
  }
  return {
    streams,
    ledger: ledgerAfter,
    mended: { streams: changedRows, ledger: corrections, ledgersCorrected, ledgersNotWhole },
  }
}

/** A whole stream as its events say it is. */
export function wholeState(row: StreamRow, recounted: Recounted): ReadStream {
  const { facts, coverage } = recounted
  return { row: rowFromEvents(row, recounted), coverage, facts }
}

/** Its ledger. */
export function ledgerOf(stream: number, { entries }: Recounted): readonly LedgerRow[] {
  const ledger: LedgerRow[] = []
  for (const { quarter, utcOffsetMin, measures } of entries) {
    if (!isZero(measures)) ledger.push({ stream, quarter, utcOffsetMin, measures })
  }
  return ledger
}

/** The row of a whole stream, all but its number, its id and its revision from its events. */
export function rowFromEvents(row: StreamRow, recounted: Recounted): StreamRow {
  let ledgerChecksum = 0
  for (const { quarter, utcOffsetMin, measures } of recounted.entries) {
    ledgerChecksum = addChecksum(ledgerChecksum, ledgerChecksumOf(quarter, utcOffsetMin, measures))
  }
  return {
    stream: row.stream,
    streamId: row.streamId,
    videoKey: videoKeyOf(recounted.facts),
    facts: formatFacts(recounted.facts),
    coverage: formatCoverage(recounted.coverage),
    firstAtMs: recounted.firstAtMs,
    lastAtMs: recounted.lastAtMs,
    heldCount: recounted.count,
    heldChecksum: recounted.checksum,
    countedChecksum: recounted.checksum,
    ledgerChecksum,
    firstPosition: recounted.firstPosition,
    lastPosition: recounted.lastPosition,
    revision: row.revision,
  }
}

/** Fields in which the rows differ. */
export function differingFields(left: StreamRow, right: StreamRow): readonly (keyof StreamRow)[] {
  return (Object.keys(left) as (keyof StreamRow)[]).filter((field) => left[field] !== right[field])
}
