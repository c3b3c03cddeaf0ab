// The faults that can be found in a stream of which some events are gone or damaged: its row against its own checksum,
// against the ledger, and against the events that are still held. Pure; called by verify.

import type { LedgerRow, StreamRow } from '../events/rows.js'
import { streamChecksumOf } from '../events/stream-checksum.js'
import { coverageWithout, coveredCount, formatCoverage } from '../ledger/coverage.js'
import { formatFacts, kindOf, videoKeyOf } from '../ledger/facts.js'
import { withEntries } from '../ledger/ledger-checksum.js'
import type { ExaminedStream } from '../ledger/stream-state.js'
import type { RefoldedStream } from './refold.js'

/** More would only repeat that much is damaged. */
export const DAMAGE_LISTED = 1_000

export function partialFaults(
  stream: ExaminedStream,
  refolded: RefoldedStream,
  entries: readonly LedgerRow[],
): readonly string[] {
  const { row } = stream
  const lasting = lastingFaults(stream, refolded, entries)
  // If a check has found the field already, the checksum would only repeat it.
  if (lasting.length === 0 && streamChecksumOf(row) !== row.rowChecksum) {
    lasting.push('its facts, coverage, moments and checksums do not have the checksum of the row')
  }
  return [...lasting, ...heldFaults(row, refolded)]
}

/** Faults in the fields that stay when detail goes. */
function lastingFaults(stream: ExaminedStream, refolded: RefoldedStream, entries: readonly LedgerRow[]): string[] {
  const { row } = stream
  const faults = coverageFaults(stream, refolded)
  // Fact events are always held, so the facts follow from what is held.
  const facts = formatFacts(refolded.facts)
  if (!stream.factsReadable) faults.push('its facts cannot be read')
  else if (refolded.damaged === 0 && facts !== row.facts) faults.push(`facts is ${row.facts}, should be ${facts}`)
  if (stream.factsReadable) {
    const derived = { kind: kindOf(stream.facts), videoKey: videoKeyOf(stream.facts) }
    for (const field of ['kind', 'videoKey'] as const) {
      if (row[field] !== derived[field]) faults.push(`${field} is ${row[field]}, should be ${derived[field]}`)
    }
  }
  if (refolded.firstAtMs < row.firstAtMs) {
    faults.push(`firstAtMs is ${row.firstAtMs}, but an event is of ${refolded.firstAtMs}`)
  }
  if (refolded.lastAtMs > row.lastAtMs) {
    faults.push(`lastAtMs is ${row.lastAtMs}, but an event reaches ${refolded.lastAtMs}`)
  }
  const ledgerChecksum = withEntries(0, entries)
  if (ledgerChecksum !== row.ledgerChecksum) {
    faults.push(`ledgerChecksum is ${row.ledgerChecksum}, but its ledger adds up to ${ledgerChecksum}`)
  }
  return faults
}

function coverageFaults({ row, coverage, coverageText }: ExaminedStream, refolded: RefoldedStream): string[] {
  if (coverageText === null) return ['its coverage cannot be read']
  const faults: string[] = []
  const uncounted = coverageWithout(refolded.coverage, coverage)
  if (uncounted.length > 0) faults.push(`versions ${formatCoverage(uncounted)} are held but were never counted`)
  const lacking = coverageWithout(coverage, refolded.coverage)
  // Retention takes what it prunes off heldCount, so what is lacking beyond that was lost.
  const lost = coveredCount(lacking) - refolded.damaged - (coveredCount(coverage) - row.heldCount)
  if (lost > 0) faults.push(`${lost} of the versions ${formatCoverage(lacking)} are lost`)
  return faults
}

/** Faults in the fields that describe the events held. */
function heldFaults(row: StreamRow, refolded: RefoldedStream): readonly string[] {
  const faults: string[] = []
  const { count, checksum, firstPosition, lastPosition } = refolded
  if (count !== row.heldCount) faults.push(`heldCount is ${row.heldCount}, but ${count} events are held`)
  if (refolded.damaged > 0) return faults
  if (checksum !== row.heldChecksum) {
    faults.push(`heldChecksum is ${row.heldChecksum}, but the events held add up to ${checksum}`)
  }
  // Positions of a stream that was pruned are bounds.
  if (count > 0 && (row.firstPosition > firstPosition || row.firstPosition === 0)) {
    faults.push(`firstPosition is ${row.firstPosition}, but an event is held at ${firstPosition}`)
  }
  if (count > 0 && row.lastPosition < lastPosition) {
    faults.push(`lastPosition is ${row.lastPosition}, but an event is held at ${lastPosition}`)
  }
  return faults
}
