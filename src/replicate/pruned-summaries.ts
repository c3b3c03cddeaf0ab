// Pruned summaries: a stream's record of the versions whose events its log no longer holds, and the addition of summaries to
// what another log counted: one transaction under the head's lock changes streams, ledger, read models and videos. A version
// is counted once. What the target counted for versions of the summary is therefore subtracted first. That is exact where
// the target still holds those events, or where the summary has all that the target lost
// (docs/decisions/0012-pruned-summaries-are-applied-by-versions.md). A summary changes the attribution of no stream:
// attribution follows from facts, which are kept forever and travel as events.

import { quarterOf } from '../events/calendar.js'
import { addRowMeasures, isIntactEvent } from '../events/event-row.js'
import type { StreamRow, VideoRow } from '../events/rows.js'
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
import { headAfterDelta, rowsDelta } from '../ledger/delta.js'
import { NO_FACTS } from '../ledger/facts.js'
import { countedAtMs, entryOf, type LedgerSums, ledgerRowsOf, type OpenLedgerSums, sumEntries } from '../ledger/fold.js'
import { type Grouping, groupingsAt } from '../ledger/grouping.js'
import { heldEvents } from '../ledger/held-events.js'
import { addChecksum, withEntries } from '../ledger/ledger-checksum.js'
import { rowRulesOf } from '../ledger/settings.js'
import { readStandingCorrections, type StandingCorrections, sharedCorrection } from '../ledger/standing-corrections.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { readState, readStreams, type StreamState, stateOf, statesOf } from '../ledger/stream-state.js'
import { extendedVideo } from '../ledger/videos.js'
import type { EventLog, Head, LogSnapshot } from '../ports/event-log.js'
import type { PrunedSummary, PrunedSummaryQuery, SummariesApplied } from '../ports/replica-types.js'
import { withChecksum } from './summary-check.js'

type Sums = { readonly entries: OpenLedgerSums[]; checksum: number }

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
  return withChecksum({
    streamId,
    versions: formatCoverage(versions),
    ledger: sumEntries([1, ledger], [-1, held.outside.entries]),
    checksum: addChecksum(row.countedChecksum, -held.outside.checksum),
    firstAtMs: row.firstAtMs,
    lastAtMs: row.lastAtMs,
  })
}

type Application =
  | { readonly kind: 'present' }
  /** The same versions were counted with other content. */
  | { readonly kind: 'conflicting' }
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
async function readApplication(
  snapshot: LogSnapshot,
  row: StreamRow | undefined,
  summary: PrunedSummary,
): Promise<Application> {
  const coverage = parseCoverage(row?.coverage ?? '')
  const versions = parseCoverage(summary.versions)
  const lacking = coverageWithout(versions, coverage)
  if (lacking.length === 0) {
    const isConflict = row !== undefined && (await hasOtherContent(snapshot, row, summary))
    return { kind: isConflict ? 'conflicting' : 'present' }
  }
  if (row?.kind === 'correction') throw sharedCorrection(row.streamId)
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

/** Whether the row counted other events of these versions, as far as it can tell them apart from the rest. */
async function hasOtherContent(snapshot: LogSnapshot, row: StreamRow, summary: PrunedSummary): Promise<boolean> {
  // Usually the two pruned the same.
  if (addChecksum(row.countedChecksum, -row.heldChecksum) === summary.checksum) return false
  const versions = parseCoverage(summary.versions)
  const held = await readHeldSums(snapshot, row, versions)
  const lost = coverageWithout(parseCoverage(row.coverage), held.versions)
  if (coverageWithin(lost, versions).length === 0) return held.inside.checksum !== summary.checksum
  if (coverageWithout(lost, versions).length > 0) return false
  return addChecksum(row.countedChecksum, -held.outside.checksum) !== summary.checksum
}

/** A stream as it is after a summary, and what the summary added to it. */
type ChangedStream = Readonly<{ row: StreamRow; added: readonly LedgerSums[] }>

/** `summaries` are checked, and at most one is of each stream. */
export async function applySummaries(
  log: EventLog,
  profile: string,
  groupings: readonly Grouping[],
  summaries: readonly PrunedSummary[],
): Promise<SummariesApplied> {
  return log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const corrections = await readStandingCorrections(snapshot)
    const { changed, streamCount, answer } = await applyEach(snapshot, head, summaries, corrections)
    if (changed.length === 0) return { writes: null, answer: { ...answer, asOfRevision: head.revision } }
    const states = await attributed(snapshot, changed, corrections)
    const deltas = changed.map(({ added }, index) => {
      const attribution = states[index]?.attribution ?? null
      return { before: attribution, after: attribution, ledger: [], added }
    })
    const rows = rowsDelta(groupingsAt(head, groupings), deltas, rowRulesOf(head.settings))
    const writes = {
      head: headAfterDelta(head, rows, { eventCount: 0, streamCount }),
      streams: changed.map(({ row }) => row),
      events: [],
      ledger: changed.flatMap(({ row, added }) => ledgerRowsOf(row.stream, added)),
      rows,
      videos: await widenedVideos(snapshot, states),
    }
    return { writes, answer: { ...answer, asOfRevision: writes.head.revision } }
  })
}

async function applyEach(
  snapshot: LogSnapshot,
  head: Head,
  summaries: readonly PrunedSummary[],
  corrections: StandingCorrections,
) {
  const found = await snapshot.streams({ streamIds: summaries.map(({ streamId }) => streamId) })
  const rows = new Map(found.map((row) => [row.streamId, row]))
  const changed: ChangedStream[] = []
  const overlapping: SummariesApplied['overlapping'][number][] = []
  const conflicting: string[] = []
  let { streamCount } = head
  let present = 0
  for (const summary of summaries) {
    const { streamId } = summary
    const row = rows.get(streamId)
    const application = corrections.isErased(streamId)
      ? ({ kind: 'present' } as const)
      : await readApplication(snapshot, row, summary)
    if (application.kind === 'present') present++
    else if (application.kind === 'conflicting') conflicting.push(streamId)
    else if (application.kind === 'overlapping') {
      const { wanted, lacking } = application
      overlapping.push({ streamId, wanted: formatCoverage(wanted), lacking: formatCoverage(lacking) })
    } else {
      const before = row ?? emptyStreamRow(++streamCount, streamId)
      changed.push({ row: rowAfter(before, application, summary, head.revision + 1), added: application.added })
    }
  }
  return { changed, streamCount, answer: { applied: changed.length, present, overlapping, conflicting } }
}

function rowAfter(
  before: StreamRow,
  { coverage, checksum, added }: Extract<Application, { kind: 'applied' }>,
  { firstAtMs, lastAtMs }: PrunedSummary,
  revision: number,
): StreamRow {
  const isNew = before.coverage === ''
  return changedStreamRow(before, {
    coverage,
    firstAtMs: isNew ? firstAtMs : Math.min(before.firstAtMs, firstAtMs),
    lastAtMs: isNew ? lastAtMs : Math.max(before.lastAtMs, lastAtMs),
    countedChecksum: checksum,
    ledgerChecksum: withEntries(before.ledgerChecksum, added),
    revision,
  })
}

async function attributed(
  snapshot: LogSnapshot,
  changed: readonly ChangedStream[],
  corrections: StandingCorrections,
): Promise<readonly StreamState[]> {
  if (!changed.some(({ row }) => row.kind === 'correction')) return changed.map(({ row }) => stateOf(row, corrections))
  // An adjustment's attribution follows from the session that it adjusts.
  const all = statesOf((await readStreams(snapshot)).map(readState))
  const byNumber = new Map(all.streams.map(({ row, attribution }) => [row.stream, attribution]))
  return changed.map(({ row }) => ({ ...readState(row), attribution: byNumber.get(row.stream) ?? null }))
}

/** Videos that were watched earlier, or later, than their row says. */
async function widenedVideos(snapshot: LogSnapshot, states: readonly StreamState[]): Promise<readonly VideoRow[]> {
  const watched = states.flatMap(({ row, attribution }) =>
    attribution !== null && attribution.sessionId === row.streamId ? [{ row, videoKey: attribution.videoKey }] : [],
  )
  if (watched.length === 0) return []
  const videoKeys = [...new Set(watched.map(({ videoKey }) => videoKey))]
  const stored = await snapshot.videos({ videoKeys })
  const videos = new Map(stored.map((video) => [video.videoKey, video]))
  for (const { row, videoKey } of watched) {
    const video = videos.get(videoKey)
    const { firstAtMs, lastAtMs } = row
    const added = { facts: NO_FACTS, describedFromMs: Number.POSITIVE_INFINITY, firstAtMs, lastAtMs }
    const after = video === undefined ? null : extendedVideo(videoKey, video, added)
    if (after !== null) videos.set(videoKey, after)
  }
  return [...videos.values()].filter((video) => !stored.includes(video))
}
