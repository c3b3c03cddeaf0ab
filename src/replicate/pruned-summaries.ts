// Pruned summaries: what a stream records about the versions whose events its log no longer holds, and how a summary is added
// to what another log counted of the same stream. A version is counted once. What the target counted for versions of the
// summary is therefore subtracted first. That is exact where the target still holds those events, or where the summary has
// all that the target lost. docs/decisions/0012-pruned-summaries-are-applied-by-versions.md says why. Pure but for two reads.

import { quarterOf } from '../events/calendar.js'
import { isIntactEvent } from '../events/event-row.js'
import { addRowMeasures } from '../events/layout.js'
import type { EventRow, StreamRow } from '../events/rows.js'
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

export interface Sums {
  readonly entries: OpenLedgerSums[]
  checksum: number
}

/** Sums of the undamaged events that a stream holds. A damaged event counts as one that is no longer held. */
export interface HeldSums {
  readonly versions: Coverage
  /** Of the events whose versions were queried. */
  readonly inside: Sums
  /** Of all others. */
  readonly outside: Sums
}

export function nothingHeld(): HeldSums {
  return { versions: [], inside: { entries: [], checksum: 0 }, outside: { entries: [], checksum: 0 } }
}

export async function readHeldSums(
  snapshot: LogSnapshot,
  row: StreamRow,
  queried: Readonly<Coverage>,
): Promise<HeldSums> {
  const held = nothingHeld()
  for await (const page of heldEvents(snapshot, row)) {
    for (const event of page) {
      if (!isIntactEvent(event, row.streamId) || !addVersion(held.versions, event.version)) continue
      addEvent(covers(queried, event.version) ? held.inside : held.outside, event)
    }
  }
  return held
}

function addEvent(sums: Sums, row: EventRow): void {
  addRowMeasures(entryOf(sums.entries, quarterOf(countedAtMs(row)), row.utcOffsetMin).measures, row)
  sums.checksum = addChecksum(sums.checksum, row.checksum)
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

/** What a log has counted of a stream. */
export interface CountedStream {
  readonly coverage: Readonly<Coverage>
  readonly checksum: number
  readonly ledger: readonly LedgerSums[]
}

export const NOTHING_COUNTED: CountedStream = { coverage: [], checksum: 0, ledger: [] }

/** What a summary changes of a stream. */
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

/** Whether the stream's held events and its ledger must be read before the summary can be applied. */
export function needsHeldSums(coverage: Readonly<Coverage>, versions: Readonly<Coverage>): boolean {
  return coverageWithin(versions, coverage).length > 0 && coverageWithout(versions, coverage).length > 0
}

/** `held` was queried for the versions of the summary. */
export function applicationOf(counted: CountedStream, held: HeldSums, summary: PrunedSummary): Application {
  const { coverage } = counted
  const versions = parseCoverage(summary.versions)
  const lacking = coverageWithout(versions, coverage)
  if (lacking.length === 0) return { kind: 'present' }
  const applied = (checksum: number, added: readonly LedgerSums[]): Application => ({
    kind: 'applied',
    coverage: coverageUnion(coverage, versions),
    checksum: addChecksum(checksum, summary.checksum),
    added,
  })
  const lost = coverageWithout(coverage, held.versions)
  if (coverageWithin(lost, versions).length === 0) {
    const { entries, checksum } = held.inside
    return applied(addChecksum(counted.checksum, -checksum), sumEntries([1, summary.ledger], [-1, entries]))
  }
  const wanted = coverageWithout(lost, versions)
  if (wanted.length > 0) return { kind: 'overlapping', wanted, lacking }
  // The summary has all that was lost, so the rest of what was counted is exactly what is held outside of the summary.
  const { entries, checksum } = held.outside
  return applied(checksum, sumEntries([1, entries], [1, summary.ledger], [-1, counted.ledger]))
}
