// One pass over a profile's log in one snapshot that names everything that is not as it was written: damaged events,
// streams, ledger entries, rows of read models, videos. Memory is that of streams and ledger. A difference is named once,
// where it is: rows are compared with the ledger as it should be, so that one damaged entry does not damage its rows too.

import { formatCoverage, holesOf } from '../ledger/coverage.js'
import {
  type Difference,
  type LedgerInForce,
  ledgerDifferences,
  measuresThatDiffer,
  rowDifferences,
  videoDifferences,
} from '../ledger/differences.js'
import { type Grouping, groupingsAt, groupingsOf } from '../ledger/grouping.js'
import type { ProfileLog } from '../ledger/profile-log.js'
import { rowRulesOf } from '../ledger/settings.js'
import { readStreams, statesOf } from '../ledger/stream-state.js'
import type { Head, LogSnapshot } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'
import type { Damage, PassProgress, VerifyReport } from '../ports/report-types.js'
import { type ComparedStream, differingFields, expectedProfileOf } from './expected-profile.js'
import { refold } from './refold.js'
import { DAMAGE_LISTED, partialFaults } from './stream-faults.js'

const MISSING_LISTED = 1_000

export async function verify(
  { log, profile, projections, clock }: ProfileLog,
  onProgress: (progress: PassProgress) => void = () => {},
): Promise<VerifyReport> {
  const startedAtMs = clock.nowMs()
  const report = await log.read(profile, (snapshot) => examineAll(snapshot, projections, onProgress))
  return { ...report, elapsedMs: clock.nowMs() - startedAtMs }
}

class Findings {
  readonly damage: Damage[] = []
  count = 0

  add(damage: Damage): void {
    this.count++
    if (this.damage.length < DAMAGE_LISTED) this.damage.push(damage)
  }
}

async function examineAll(
  snapshot: LogSnapshot,
  projections: readonly Projection[],
  onProgress: (progress: PassProgress) => void,
): Promise<VerifyReport> {
  const findings = new Findings()
  const head = await snapshot.head()
  const rows = await readStreams(snapshot)
  const ledger = await snapshot.ledger({})
  const total = rows.reduce((sum, row) => sum + row.heldCount, 0)
  const refolded = await refold(snapshot, rows, {
    damagedEvent: (damage) => findings.add(damage),
    page: (done) => onProgress({ done, total: Math.max(done, total) }),
  })
  examineHead(head, rows.length, refolded.lastPosition, findings)
  const { compared, strays, ...expected } = expectedProfileOf(rows, ledger, refolded)
  for (const stream of compared) examineStream(stream, findings)
  for (const { stream, quarter, utcOffsetMin } of strays) {
    findings.add({ kind: 'ledger', streamId: '', quarter, utcOffsetMin, what: `its stream ${stream} does not exist` })
  }
  const { streams, corrections } = statesOf(expected.streams)
  // Projections that were left behind are skipped, because their rows are known to be old.
  const inForce = {
    ledger: expected.ledger,
    streams: new Map(streams.map((state) => [state.row.stream, state])),
    rules: rowRulesOf(head.settings),
  }
  const rowCount = await examineRows(snapshot, groupingsAt(head, groupingsOf(projections)), inForce, findings)
  for (const difference of videoDifferences(streams, corrections, await snapshot.videos({}))) {
    const what = faultOf(difference, 'no stream counts for it', differingTexts)
    findings.add({ kind: 'video', videoKey: difference.row.videoKey, what })
  }
  return {
    asOfRevision: head.revision,
    ok: findings.count === 0,
    events: refolded.events,
    streams: rows.length,
    ledgerEntries: ledger.length,
    rows: rowCount,
    damage: findings.damage,
    damageCount: findings.count,
    missing: missingVersions(compared),
    elapsedMs: 0,
  }
}

function examineHead(head: Head, streams: number, lastPosition: number, findings: Findings): void {
  for (const what of head.settings.damaged ?? []) findings.add({ kind: 'head', what })
  if (lastPosition > head.position) {
    findings.add({ kind: 'head', what: `position is ${head.position}, but an event stands at ${lastPosition}` })
  }
  if (streams !== head.streamCount) {
    findings.add({ kind: 'head', what: `streamCount is ${head.streamCount}, but there are ${streams} streams` })
  }
}

function examineStream({ stored, expected, fromEvents, entries }: ComparedStream, findings: Findings): void {
  const { row } = stored
  const { streamId } = row
  if (expected === null) {
    for (const what of partialFaults(stored, fromEvents, entries)) findings.add({ kind: 'stream', streamId, what })
    return
  }
  for (const field of differingFields(expected.row, row)) {
    findings.add({ kind: 'stream', streamId, what: `${field} is ${row[field]}, should be ${expected.row[field]}` })
  }
  for (const difference of ledgerDifferences(row.stream, fromEvents.entries, entries)) {
    const { quarter, utcOffsetMin } = difference.row
    const what = faultOf(difference, 'no event belongs to it', measuresThatDiffer)
    findings.add({ kind: 'ledger', streamId, quarter, utcOffsetMin, what })
  }
}

function missingVersions(compared: readonly ComparedStream[]): VerifyReport['missing'] {
  return compared
    .map(({ stored }) => ({ streamId: stored.row.streamId, versions: formatCoverage(holesOf(stored.coverage)) }))
    .filter(({ versions }) => versions !== '')
    .slice(0, MISSING_LISTED)
}

/** Answers the number of rows. */
async function examineRows(
  snapshot: LogSnapshot,
  groupings: readonly Grouping[],
  inForce: LedgerInForce,
  findings: Findings,
): Promise<number> {
  let count = 0
  for (const grouping of groupings) {
    const stored = await snapshot.rows({ projection: grouping.id })
    count += stored.length
    for (const difference of rowDifferences(grouping, inForce, stored)) {
      const { row } = difference
      const key = Object.fromEntries(grouping.columns.map((column, index) => [column, row.key[index] ?? '']))
      const what = faultOf(difference, 'no ledger entry belongs to it', measuresThatDiffer)
      findings.add({ kind: 'row', projection: grouping.id, key, what })
    }
  }
  return count
}

/** `unexpected` says why the row should not be there. */
function faultOf<Row>(
  { expected, stored }: Difference<Row>,
  unexpected: string,
  differing: (expected: Row, stored: Row) => string,
): string {
  if (stored === null) return 'it is missing'
  return expected === null ? unexpected : differing(expected, stored)
}

function differingTexts(expected: unknown, stored: unknown): string {
  return `it is ${JSON.stringify(stored)}, should be ${JSON.stringify(expected)}`
}
