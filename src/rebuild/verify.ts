// One pass over a profile's log in one snapshot that names everything that is not as it was written: damaged events,
// streams whose counts or checksums do not fit, ledger entries, read models' rows, videos. Memory is that of streams and
// ledger. A difference is named once, where it is: what follows from it is compared with what should have been there.

import type { Clock } from '../events/clock.js'
import { streamChecksumOf } from '../events/stream-checksum.js'
import { coverageWithout, coveredCount, formatCoverage, holesOf } from '../ledger/coverage.js'
import {
  ledgerDifferences,
  measuresThatDiffer,
  rowDifferences,
  rowsOfLedger,
  videoDifferences,
  videosOfStreams,
} from '../ledger/differences.js'
import { formatFacts } from '../ledger/facts.js'
import { groupingsOf, ledgerByStream } from '../ledger/fold.js'
import { addChecksum, ledgerChecksumOf } from '../ledger/ledger-checksum.js'
import { rowRulesOf } from '../ledger/settings.js'
import {
  type ExaminedStream,
  examine,
  type ReadStream,
  readStreams,
  type StreamState,
  statesOf,
} from '../ledger/stream-state.js'
import type { EventLog, Head, LedgerRow, LogSnapshot, StreamRow, VideoRow } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'
import type { Damage, PassProgress, VerifyReport } from '../ports/store-types.js'
import { emptyRefold, isComplete, type Refolded, refold } from './refold.js'
import { completeState, differingFields, ledgerOf, rowFromEvents } from './repair.js'

/** More would only repeat that much is damaged; damageCount counts on. */
const DAMAGE_LISTED = 1_000
const MISSING_LISTED = 1_000

interface Findings {
  readonly damage: Damage[]
  count: number
  add(damage: Damage): void
}

export async function verify(
  log: EventLog,
  profile: string,
  projections: readonly Projection[],
  clock: Pick<Clock, 'nowMs'>,
  onProgress: (progress: PassProgress) => void = () => {},
): Promise<VerifyReport> {
  const startedAtMs = clock.nowMs()
  const report = await log.read(profile, (snapshot) => examineAll(snapshot, projections, onProgress))
  return { ...report, elapsedMs: clock.nowMs() - startedAtMs }
}

async function examineAll(
  snapshot: LogSnapshot,
  projections: readonly Projection[],
  onProgress: (progress: PassProgress) => void,
): Promise<VerifyReport> {
  const findings = createFindings()
  const head = await snapshot.head()
  const rows = await readStreams(snapshot)
  const ledger = await snapshot.ledger({})
  const total = rows.reduce((sum, row) => sum + row.heldCount, 0)
  const counted = await refold(snapshot, rows, {
    damagedEvent(row, stream, what) {
      const { position, version } = row
      findings.add({ kind: 'event', position, streamId: stream?.streamId ?? '', version, what })
    },
    page: (done) => onProgress({ done, total: Math.max(done, total) }),
  })
  examineHead(head, rows.length, counted.lastPosition, findings)

  const streams = rows.map(examine)
  // Streams and ledger as they should be: what is compared with them further on does not repeat what is named here.
  const rightStreams: ReadStream[] = []
  const rightLedger: LedgerRow[] = []
  const stored = ledgerByStream(ledger)
  const missing: { streamId: string; versions: string }[] = []
  for (const stream of streams) {
    const entries = stored.get(stream.row.stream) ?? []
    stored.delete(stream.row.stream)
    const refolded = counted.streams.get(stream.row.stream) ?? emptyRefold()
    if (isComplete(stream, refolded)) {
      examineComplete(stream, refolded, entries, findings)
      rightStreams.push(completeState(stream.row, refolded))
      rightLedger.push(...ledgerOf(stream.row.stream, refolded))
    } else {
      examinePartial(stream, refolded, entries, findings)
      rightStreams.push(stream)
      rightLedger.push(...entries)
    }
    const holes = holesOf(stream.coverage)
    if (holes.length > 0 && missing.length < MISSING_LISTED) {
      missing.push({ streamId: stream.row.streamId, versions: formatCoverage(holes) })
    }
  }
  for (const strays of stored.values()) {
    for (const { stream, quarter, utcOffsetMin } of strays) {
      findings.add({ kind: 'ledger', streamId: '', quarter, utcOffsetMin, what: `its stream ${stream} does not exist` })
    }
  }
  const right = statesOf(rightStreams)
  const rowCount = await examineRows(snapshot, head, projections, rightLedger, right.streams, findings)
  await examineVideos(snapshot, videosOfStreams(right.streams, right.corrections), findings)
  return {
    asOfRevision: head.revision,
    ok: findings.count === 0,
    events: counted.events,
    streams: rows.length,
    ledgerEntries: ledger.length,
    rows: rowCount,
    damage: findings.damage,
    damageCount: findings.count,
    missing,
    elapsedMs: 0,
  }
}

function createFindings(): Findings {
  const findings: Findings = {
    damage: [],
    count: 0,
    add(damage) {
      findings.count++
      if (findings.damage.length < DAMAGE_LISTED) findings.damage.push(damage)
    },
  }
  return findings
}

function examineHead(head: Head, streams: number, lastPosition: number, findings: Findings): void {
  if (lastPosition > head.position) {
    findings.add({ kind: 'head', what: `position is ${head.position}, but an event stands at ${lastPosition}` })
  }
  if (streams !== head.streamCount) {
    findings.add({ kind: 'head', what: `streamCount is ${head.streamCount}, but there are ${streams} streams` })
  }
}

/** All that the stream ever counted is there, undamaged: its row and its ledger follow from it. */
function examineComplete(
  stream: ExaminedStream,
  refolded: Refolded,
  entries: readonly LedgerRow[],
  findings: Findings,
): void {
  const { row } = stream
  const right = rowFromEvents(row, refolded)
  for (const field of differingFields(right, row)) {
    findings.add({
      kind: 'stream',
      streamId: row.streamId,
      what: `${field} is ${String(row[field])}, should be ${String(right[field])}`,
    })
  }
  for (const difference of ledgerDifferences(row.stream, refolded.entries, entries)) {
    const place = difference.expected ?? difference.stored
    if (place === null) continue
    const { quarter, utcOffsetMin } = place
    const what =
      difference.stored === null
        ? 'it is missing'
        : difference.expected === null
          ? 'no event belongs to it'
          : measuresThatDiffer(difference.expected.measures, difference.stored.measures)
    findings.add({ kind: 'ledger', streamId: row.streamId, quarter, utcOffsetMin, what })
  }
}

/** Some events are gone or damaged: what remains are the checks that need none of them. */
function examinePartial(
  stream: ExaminedStream,
  refolded: Refolded,
  entries: readonly LedgerRow[],
  findings: Findings,
): void {
  const { row } = stream
  const content = contentFaults(stream, refolded, entries)
  const faults = [...content, ...heldFaults(row, refolded)]
  // Where a check has already found the field, its checksum would only repeat it.
  if (content.length === 0 && streamChecksumOf(row) !== row.rowChecksum) {
    faults.push('its facts, coverage, moments and checksums do not have the checksum of the row')
  }
  for (const what of faults) findings.add({ kind: 'stream', streamId: row.streamId, what })
}

/** Faults in the fields that stay when detail goes. */
function contentFaults(stream: ExaminedStream, refolded: Refolded, entries: readonly LedgerRow[]): readonly string[] {
  const { row } = stream
  const faults = coverageFaults(stream, refolded)
  if (!stream.factsReadable) faults.push('its facts cannot be read')
  else if (refolded.damaged === 0) {
    // Fact events are always held, so facts follow from what is held.
    const facts = formatFacts(refolded.facts)
    if (facts !== row.facts) faults.push(`facts is ${row.facts}, should be ${facts}`)
  }
  if (refolded.firstAtMs < row.firstAtMs)
    faults.push(`firstAtMs is ${row.firstAtMs}, but an event is of ${refolded.firstAtMs}`)
  if (refolded.lastAtMs > row.lastAtMs)
    faults.push(`lastAtMs is ${row.lastAtMs}, but an event reaches ${refolded.lastAtMs}`)
  let ledgerChecksum = 0
  for (const { quarter, utcOffsetMin, measures } of entries) {
    ledgerChecksum = addChecksum(ledgerChecksum, ledgerChecksumOf(quarter, utcOffsetMin, measures))
  }
  if (ledgerChecksum !== row.ledgerChecksum) {
    faults.push(`ledgerChecksum is ${row.ledgerChecksum}, but its ledger adds up to ${ledgerChecksum}`)
  }
  return faults
}

function coverageFaults({ row, coverage, coverageText }: ExaminedStream, refolded: Refolded): string[] {
  if (coverageText === null) return ['its coverage cannot be read']
  const faults: string[] = []
  const uncounted = coverageWithout(refolded.coverage, coverage)
  if (uncounted.length > 0) faults.push(`versions ${formatCoverage(uncounted)} are held but were never counted`)
  const lacking = coverageWithout(coverage, refolded.coverage)
  // What was pruned is taken off heldCount; whatever is absent beyond that has been lost.
  const lost = coveredCount(lacking) - refolded.damaged - (coveredCount(coverage) - row.heldCount)
  if (lost > 0) faults.push(`${lost} of the versions ${formatCoverage(lacking)} are lost`)
  return faults
}

/** Faults in what the row says of the events that are held. */
function heldFaults(row: StreamRow, refolded: Refolded): readonly string[] {
  const faults: string[] = []
  const { count, checksum, firstPosition, lastPosition } = refolded
  if (count !== row.heldCount) faults.push(`heldCount is ${row.heldCount}, but ${count} events are held`)
  if (refolded.damaged > 0) return faults
  if (checksum !== row.heldChecksum)
    faults.push(`heldChecksum is ${row.heldChecksum}, but the events held add up to ${checksum}`)
  // Positions of a stream that was pruned are bounds.
  if (count > 0 && (row.firstPosition > firstPosition || row.firstPosition === 0))
    faults.push(`firstPosition is ${row.firstPosition}, but an event is held at ${firstPosition}`)
  if (count > 0 && row.lastPosition < lastPosition)
    faults.push(`lastPosition is ${row.lastPosition}, but an event is held at ${lastPosition}`)
  return faults
}

/** Only projections that are folded up to the head: one left behind is known to be old. Answers how many rows there are. */
async function examineRows(
  snapshot: LogSnapshot,
  head: Head,
  projections: readonly Projection[],
  ledger: readonly LedgerRow[],
  streams: readonly StreamState[],
  findings: Findings,
): Promise<number> {
  const rules = rowRulesOf(head.settings)
  const byNumber = new Map(streams.map((stream) => [stream.row.stream, stream]))
  let count = 0
  for (const grouping of groupingsOf(projections)) {
    if (!head.projections.includes(grouping.id)) continue
    const stored = await snapshot.rows({ projection: grouping.id })
    count += stored.length
    for (const { expected, stored: live } of rowDifferences(rowsOfLedger(grouping, ledger, byNumber, rules), stored)) {
      const row = expected ?? live
      if (row === null) continue
      const key = Object.fromEntries(grouping.columns.map((column, index) => [column, row.key[index] ?? '']))
      const what =
        live === null
          ? 'it is missing'
          : expected === null
            ? 'no ledger entry belongs to it'
            : measuresThatDiffer(expected.measures, live.measures)
      findings.add({ kind: 'row', projection: grouping.id, key, what })
    }
  }
  return count
}

async function examineVideos(
  snapshot: LogSnapshot,
  videos: ReadonlyMap<string, VideoRow>,
  findings: Findings,
): Promise<void> {
  for (const { expected, stored } of videoDifferences(videos, await snapshot.videos({}))) {
    const videoKey = (expected ?? stored)?.videoKey ?? ''
    if (stored === null) findings.add({ kind: 'video', videoKey, what: 'it is missing' })
    else if (expected === null) findings.add({ kind: 'video', videoKey, what: 'no stream counts for it' })
    else {
      const what = `it is ${JSON.stringify(stored)}, should be ${JSON.stringify(expected)}`
      findings.add({ kind: 'video', videoKey, what })
    }
  }
}
