// Pruned summaries: a stream's record of the versions whose events its log no longer holds, and the addition of a summary to
// what another log counted of the same stream. A version is counted once. What the target counted for versions of the
// summary is therefore subtracted first. That is exact where the target still holds those events, or where the summary has
// all that the target lost. docs/decisions/0012-pruned-summaries-are-applied-by-versions.md says why.

import { quarterOf } from '../events/calendar.js'
import { isIntactEvent } from '../events/event-row.js'
import { addRowMeasures } from '../events/layout.js'
import type { StreamRow } from '../events/rows.js'
import {
  addVersion,
  type Coverage,
  coverageUnion,
  coverageWithin,
  coverageWithout,
  covers,
  formatCoverage,
  parseCoverage,
} from '../ledger/coverage.js'
import { countedAtMs, entryOf, type LedgerSums, type OpenLedgerSums, sumEntries } from '../ledger/fold.js'
import { heldEvents } from '../ledger/held-events.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import type { LogSnapshot } from '../ports/event-log.js'
import type { PrunedSummary, PrunedSummaryQuery } from '../ports/replica-types.js'

interface Sums {
  readonly entries: OpenLedgerSums[]
  checksum: number
}

/**
 * Sums of the undamaged events that a stream holds: of the versions that were queried, and of all others. A damaged event
 * counts as one that is no longer held.
 */
async function readHeldSums(snapshot: LogSnapshot, row: StreamRow, queried: Readonly<Coverage>) {
  const versions: Coverage = []
  const inside: Sums = { entries: [], checksum: 0 }
  const outside: Sums = { entries: [], checksum: 0 }
  for await (const page of heldEvents(snapshot, row)) {
    for (const event of page) {
      if (!isIntactEvent(event, row.streamId) || !addVersion(versions, event.version)) continue
      const sums = covers(queried, event.version) ? inside : outside
      addRowMeasures(entryOf(sums.entries, quarterOf(countedAtMs(event)), event.utcOffsetMin).measures, event)
      sums.checksum = addChecksum(sums.checksum, event.checksum)
    }
  }
  return { versions, inside, outside }
}

/** Null where every counted event is held. */
export async function readPrunedSummary(
  snapshot: LogSnapshot,
  { streamId, including = '' }: PrunedSummaryQuery,
): Promise<PrunedSummary | null> {
  const [row] = await snapshot.streams({ streamIds: [streamId] })
  if (row === undefined) return null
  const included = parseCoverage(including)
  const held = await readHeldSums(snapshot, row, included)
  const versions = coverageWithout(parseCoverage(row.coverage), coverageWithout(held.versions, included))
  if (versions.length === 0) return null
  const ledger = await snapshot.ledger({ streams: [row.stream] })
  return {
    streamId,
    versions: formatCoverage(versions),
    ledger: sumEntries([1, ledger], [-1, held.outside.entries]),
    checksum: addChecksum(row.countedChecksum, -held.outside.checksum),
    firstAtMs: row.firstAtMs,
    lastAtMs: row.lastAtMs,
  }
}

/** The change that a summary makes to a stream. */
export type Application =
  | { readonly kind: 'present' }
  | {
      readonly kind: 'applied'
      readonly coverage: Coverage
      readonly checksum: number
      /** To be added to the ledger; negative where something is subtracted. */
      readonly added: readonly LedgerSums[]
    }
  /** Nothing changes. A summary that also has the versions `wanted` could be applied. */
  | { readonly kind: 'overlapping'; readonly wanted: Coverage; readonly lacking: Coverage }

/** `row` is what the log has of the stream. */
export async function readApplication(
  snapshot: LogSnapshot,
  row: StreamRow | undefined,
  summary: PrunedSummary,
): Promise<Application> {
  const coverage = parseCoverage(row?.coverage ?? '')
  const versions = parseCoverage(summary.versions)
  const lacking = coverageWithout(versions, coverage)
  if (lacking.length === 0) return { kind: 'present' }
  const applied = (checksum: number, added: readonly LedgerSums[]): Application => ({
    kind: 'applied',
    coverage: coverageUnion(coverage, versions),
    checksum: addChecksum(checksum, summary.checksum),
    added,
  })
  if (row === undefined || coverageWithin(versions, coverage).length === 0) {
    return applied(row?.countedChecksum ?? 0, sumEntries([1, summary.ledger]))
  }
  const { versions: held, inside, outside } = await readHeldSums(snapshot, row, versions)
  const lost = coverageWithout(coverage, held)
  if (coverageWithin(lost, versions).length === 0) {
    const added = sumEntries([1, summary.ledger], [-1, inside.entries])
    return applied(addChecksum(row.countedChecksum, -inside.checksum), added)
  }
  const wanted = coverageWithout(lost, versions)
  if (wanted.length > 0) return { kind: 'overlapping', wanted, lacking }
  // The summary has all that was lost, so the rest of what was counted is exactly what is held outside of the summary.
  const counted = await snapshot.ledger({ streams: [row.stream] })
  return applied(outside.checksum, sumEntries([1, outside.entries], [1, summary.ledger], [-1, counted]))
}
