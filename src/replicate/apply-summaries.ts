// Applies pruned summaries from another log: one transaction under the head's lock changes streams, ledger, read models and
// videos by what the summaries add. A summary changes the attribution of no stream: attribution follows from facts, which
// are kept forever and travel as events.

import type { StreamRow, VideoRow } from '../events/rows.js'
import { formatCoverage } from '../ledger/coverage.js'
import { headAfterDelta, rowsDelta } from '../ledger/delta.js'
import { NO_FACTS } from '../ledger/facts.js'
import { type LedgerSums, ledgerRowsOf } from '../ledger/fold.js'
import { type Grouping, groupingsAt } from '../ledger/grouping.js'
import { withEntries } from '../ledger/ledger-checksum.js'
import { rowRulesOf } from '../ledger/settings.js'
import { readStandingCorrections, type StandingCorrections } from '../ledger/standing-corrections.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { readState, readStreams, type StreamState, stateOf, statesOf } from '../ledger/stream-state.js'
import { extendedVideo } from '../ledger/videos.js'
import type { EventLog, Head, LogSnapshot } from '../ports/event-log.js'
import type { PrunedSummary, SummariesApplied } from '../ports/replica-types.js'
import { type Application, readApplication } from './pruned-summaries.js'

/** A stream that a summary adds to. */
interface ChangedStream {
  /** After the summary. */
  readonly row: StreamRow
  readonly added: readonly LedgerSums[]
}

/** `summaries` has at most one summary of each stream. */
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
  let { streamCount } = head
  let present = 0
  for (const summary of summaries) {
    const { streamId } = summary
    const row = rows.get(streamId)
    const application = corrections.isErased(streamId)
      ? ({ kind: 'present' } as const)
      : await readApplication(snapshot, row, summary)
    if (application.kind === 'present') present++
    else if (application.kind === 'overlapping') {
      const { wanted, lacking } = application
      overlapping.push({ streamId, wanted: formatCoverage(wanted), lacking: formatCoverage(lacking) })
    } else {
      const before = row ?? emptyStreamRow(++streamCount, streamId)
      changed.push({ row: rowAfter(before, application, summary, head.revision + 1), added: application.added })
    }
  }
  return { changed, streamCount, answer: { applied: changed.length, present, overlapping } }
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
