// Summaries: what a stream says of the versions whose events are no longer held, and how one is added to what another log
// counted of the same stream. A version is counted once, in one place: what the target counted for versions that a
// summary has too is taken off first, which is exact where the target still holds those events, or where the summary
// has all that the target lost. docs/decisions/0012-pruned-summaries-are-applied-by-versions.md says why.

import { quarterOf } from '../events/calendar.js'
import { isIntactEvent } from '../events/event-row.js'
import { addRowMeasures } from '../events/layout.js'
import { addSums, isZero } from '../events/measures.js'
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
import { countedAtMs, entryOf, type LedgerEntry } from '../ledger/fold.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import type { EventRow, LedgerRow, LogSnapshot, StreamRow } from '../ports/event-log.js'
import type { PrunedSummary, PrunedSummaryQuery } from '../ports/replica-types.js'

/** Events of one stream read at a time. */
const HELD_PAGE_EVENTS = 5_000

export interface Sums {
  readonly entries: LedgerEntry[]
  checksum: number
}

/** The events of a stream that are held, undamaged: a damaged one counts as one that is no longer there. */
export interface Held {
  readonly versions: Coverage
  /** Of those that are asked about, and of the others. */
  readonly inside: Sums
  readonly outside: Sums
}

export const NOTHING_HELD: Held = {
  versions: [],
  inside: { entries: [], checksum: 0 },
  outside: { entries: [], checksum: 0 },
}

export async function readHeld(snapshot: LogSnapshot, row: StreamRow, asked: Readonly<Coverage>): Promise<Held> {
  const held: Held = {
    versions: [],
    inside: { entries: [], checksum: 0 },
    outside: { entries: [], checksum: 0 },
  }
  const { stream, streamId, heldCount, lastPosition } = row
  for (let after = row.firstPosition - 1; heldCount > 0 && after < lastPosition; ) {
    const page = await snapshot.events({ after, through: lastPosition, stream, limit: HELD_PAGE_EVENTS })
    for (const event of page) {
      if (isIntactEvent(event, streamId) && addVersion(held.versions, event.version)) {
        addEvent(covers(asked, event.version) ? held.inside : held.outside, event)
      }
    }
    if (page.length < HELD_PAGE_EVENTS) break
    after = page[page.length - 1]?.position ?? lastPosition
  }
  return held
}

/** Null when there is nothing to state. */
export async function readPrunedSummary(
  snapshot: LogSnapshot,
  { streamId, including = '' }: PrunedSummaryQuery,
): Promise<PrunedSummary | null> {
  const [row] = await snapshot.streams({ streamIds: [streamId] })
  if (row === undefined) return null
  const asked = parseCoverage(including)
  const held = await readHeld(snapshot, row, asked)
  const versions = coverageWithout(parseCoverage(row.coverage), coverageWithout(held.versions, asked))
  if (versions.length === 0) return null
  const ledger = await snapshot.ledger({ streams: [row.stream] })
  return {
    streamId,
    versions: formatCoverage(versions),
    ledger: sumOf([1, ledger], [-1, held.outside.entries]),
    checksum: addChecksum(row.countedChecksum, -held.outside.checksum),
    firstAtMs: row.firstAtMs,
    lastAtMs: row.lastAtMs,
  }
}

/** What a log has counted of a stream. */
export interface Counted {
  readonly coverage: Readonly<Coverage>
  readonly checksum: number
  readonly ledger: readonly Omit<LedgerRow, 'stream'>[]
}

export const NOTHING_COUNTED: Counted = { coverage: [], checksum: 0, ledger: [] }

export type Application =
  | { readonly kind: 'present' }
  | {
      readonly kind: 'applied'
      readonly coverage: Coverage
      readonly checksum: number
      /** To be added to the ledger; negative where something else was counted. */
      readonly added: readonly LedgerEntry[]
    }
  | { readonly kind: 'overlapping'; readonly wanted: Coverage; readonly lacking: Coverage }

/** Whether what is held and the ledger of the stream must be read before the summary can be applied. */
export function needsHeld(coverage: Readonly<Coverage>, versions: Readonly<Coverage>): boolean {
  return coverageWithin(versions, coverage).length > 0 && coverageWithout(versions, coverage).length > 0
}

/** `held` is asked about the versions of the summary. */
export function applicationOf(counted: Counted, held: Held, summary: PrunedSummary): Application {
  const { coverage } = counted
  const versions = parseCoverage(summary.versions)
  const lacking = coverageWithout(versions, coverage)
  if (lacking.length === 0) return { kind: 'present' }
  const united = coverageUnion(coverage, versions)
  const applied = (checksum: number, added: readonly LedgerEntry[]): Application => ({
    kind: 'applied',
    coverage: united,
    checksum: addChecksum(checksum, summary.checksum),
    added,
  })
  const lost = coverageWithout(coverage, held.versions)
  if (coverageWithin(lost, versions).length === 0) {
    const { entries, checksum } = held.inside
    return applied(addChecksum(counted.checksum, -checksum), sumOf([1, summary.ledger], [-1, entries]))
  }
  const wanted = coverageWithout(lost, versions)
  if (wanted.length > 0) return { kind: 'overlapping', wanted, lacking }
  // All that was lost is in the summary, so what is left beside it is exactly what is held beside it.
  const { entries, checksum } = held.outside
  return applied(checksum, sumOf([1, entries], [1, summary.ledger], [-1, counted.ledger]))
}

/** Ascending by (quarter, utcOffsetMin), without entries that are all zero. */
function sumOf(
  ...parts: readonly (readonly [sign: 1 | -1, entries: readonly Omit<LedgerRow, 'stream'>[]])[]
): LedgerEntry[] {
  const sums: LedgerEntry[] = []
  for (const [sign, entries] of parts) {
    for (const { quarter, utcOffsetMin, measures } of entries) {
      addSums(entryOf(sums, quarter, utcOffsetMin).measures, measures, sign)
    }
  }
  return sums.filter(({ measures }) => !isZero(measures)).sort(inOrder)
}

function inOrder(left: LedgerEntry, right: LedgerEntry): number {
  return left.quarter - right.quarter || left.utcOffsetMin - right.utcOffsetMin
}

function addEvent(sums: Sums, row: EventRow): void {
  const { measures } = entryOf(sums.entries, quarterOf(countedAtMs(row)), row.utcOffsetMin)
  addRowMeasures(measures, row)
  sums.checksum = addChecksum(sums.checksum, row.checksum)
}
