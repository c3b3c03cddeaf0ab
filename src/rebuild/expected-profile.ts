// The streams and the ledger of a profile as they should be, as far as the events that are held determine it. A stream is
// complete when every event that it ever counted is still held, each as it was recorded: everything in its row and its ledger
// then follows from them. Other streams stay as they are stored. Called by verify and by `rebuild --from-log`.

import type { LedgerRow, StreamRow } from '../events/rows.js'
import { streamChecksumOf } from '../events/stream-checksum.js'
import { formatCoverage } from '../ledger/coverage.js'
import { formatFacts, kindOf, videoKeyOf } from '../ledger/facts.js'
import { ledgerByStream, ledgerRowsOf } from '../ledger/fold.js'
import { withEntries } from '../ledger/ledger-checksum.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { type ExaminedStream, examine, type ReadStream, readState } from '../ledger/stream-state.js'
import type { Refold, RefoldedStream } from './refold.js'

/** One stream as it is stored and as its events are. */
export interface ComparedStream {
  readonly stored: ExaminedStream
  readonly entries: readonly LedgerRow[]
  readonly fromEvents: RefoldedStream
  /** The stream as its events determine it; null where it is not complete. */
  readonly expected: ReadStream | null
  /** The row of a stream that is not complete, before one of its fields was changed; null where that is not known. */
  readonly repaired: StreamRow | null
}

export function expectedProfileOf(rows: readonly StreamRow[], ledger: readonly LedgerRow[], refolded: Refold) {
  const compared: ComparedStream[] = []
  const streams: ReadStream[] = []
  const expectedLedger: LedgerRow[] = []
  const byStream = ledgerByStream(ledger)
  for (const row of rows) {
    const stored = examine(row)
    const entries = byStream.get(row.stream) ?? []
    byStream.delete(row.stream)
    const fromEvents = refolded.stream(row.stream)
    const expected = isComplete(stored, fromEvents) ? completeStream(row, fromEvents) : null
    const repaired = expected === null ? repairedRow(row, fromEvents, entries) : null
    compared.push({ stored, entries, fromEvents, expected, repaired })
    streams.push(expected ?? (repaired === null ? stored : readState(repaired)))
    expectedLedger.push(...(expected === null ? entries : ledgerRowsOf(row.stream, fromEvents.entries)))
  }
  // The rest belongs to streams that do not exist.
  return { compared, streams, ledger: expectedLedger, strays: [...byStream.values()].flat() }
}

/** Where the coverage may be damaged, the checksum of all counted events decides. */
function isComplete({ row, coverageText }: ExaminedStream, refolded: RefoldedStream): boolean {
  if (refolded.count === 0 || refolded.damaged > 0) return false
  if (formatCoverage(refolded.coverage) === coverageText) return true
  const mayBeDamaged = coverageText === null || streamChecksumOf(row) !== row.rowChecksum
  return mayBeDamaged && refolded.count === row.heldCount && refolded.checksum === row.countedChecksum
}

/** A complete stream as its events determine it: everything but its number, its id and its revision. */
function completeStream(row: StreamRow, fromEvents: RefoldedStream): ReadStream {
  const { facts, coverage, firstAtMs, lastAtMs, count, checksum, firstPosition, lastPosition } = fromEvents
  const expected = changedStreamRow(emptyStreamRow(row.stream, row.streamId), {
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
  return { row: expected, coverage, facts }
}

/** Facts are held forever, and the ledger is kept. What follows from them is right where the checksum of the row says so. */
function repairedRow(row: StreamRow, fromEvents: RefoldedStream, entries: readonly LedgerRow[]): StreamRow | null {
  if (fromEvents.damaged > 0 || streamChecksumOf(row) === row.rowChecksum) return null
  const { facts, firstAtMs, lastAtMs } = fromEvents
  const derived: readonly Partial<StreamRow>[] = [
    { facts: formatFacts(facts), kind: kindOf(facts), videoKey: videoKeyOf(facts) },
    { ledgerChecksum: withEntries(0, entries) },
    { firstAtMs },
    { lastAtMs },
  ]
  const rows = derived.map((fields) => ({ ...row, ...fields }))
  return rows.find((one) => streamChecksumOf(one) === row.rowChecksum) ?? null
}

/** Fields in which the rows differ. */
export function differingFields(left: StreamRow, right: StreamRow): readonly (keyof StreamRow)[] {
  return (Object.keys(left) as (keyof StreamRow)[]).filter((field) => left[field] !== right[field])
}
