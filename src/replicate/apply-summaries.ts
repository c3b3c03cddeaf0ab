// Settles summaries that come from another log: one transaction changes streams, ledger, read models' rows and videos by
// what the summaries add, under the head's lock. A summary changes no stream's attribution, because facts never are
// in one: they are kept for ever, and travel as events.

import { headAfter } from '../append/batch-writes.js'
import { isCorrectionStream } from '../ledger/attribution.js'
import { formatCoverage, parseCoverage } from '../ledger/coverage.js'
import { NO_FACTS } from '../ledger/facts.js'
import {
  addToRows,
  faultyProjection,
  type Grouping,
  type LedgerEntry,
  type RowSums,
  writtenRows,
} from '../ledger/fold.js'
import { addChecksum, ledgerChecksumOf } from '../ledger/ledger-checksum.js'
import { type RowRules, rowRulesOf } from '../ledger/settings.js'
import { readStandingCorrections, type StandingCorrections } from '../ledger/standing-corrections.js'
import { changedStreamRow, emptyStreamRow } from '../ledger/stream-row.js'
import { readState, readStreams, type StreamState, stateOf, statesOf } from '../ledger/stream-state.js'
import { extendedVideo } from '../ledger/videos.js'
import type { EventLog, Head, LogSnapshot, LogWrites, ReadModelRow, StreamRow, VideoRow } from '../ports/event-log.js'
import type { PrunedSummary, SummariesApplied } from '../ports/replica-types.js'
import {
  type Application,
  applicationOf,
  NOTHING_COUNTED,
  NOTHING_HELD,
  needsHeld,
  readHeld,
} from './pruned-summaries.js'

/** A stream that a summary adds to. */
interface ChangedStream {
  /** After it. */
  readonly row: StreamRow
  readonly added: readonly LedgerEntry[]
}

interface Applied {
  readonly applied: readonly ChangedStream[]
  readonly streamCount: number
  readonly answer: Omit<SummariesApplied, 'asOfRevision'>
}

/** At most one summary of a stream. */
export async function applySummaries(
  log: EventLog,
  profile: string,
  groupings: readonly Grouping[],
  summaries: readonly PrunedSummary[],
): Promise<SummariesApplied> {
  return log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const corrections = await readStandingCorrections(snapshot)
    const { applied, streamCount, answer } = await applyEach(snapshot, head, summaries, corrections)
    if (applied.length === 0) return { writes: null, answer: { ...answer, asOfRevision: head.revision } }
    const folded = groupings.filter(({ id }) => head.projections.includes(id))
    const writes = await writesOf(snapshot, { head, streamCount }, applied, folded, corrections)
    return { writes, answer: { ...answer, asOfRevision: writes.head.revision } }
  })
}

async function applyEach(
  snapshot: LogSnapshot,
  head: Head,
  summaries: readonly PrunedSummary[],
  corrections: StandingCorrections,
): Promise<Applied> {
  const found = await snapshot.streams({ streamIds: summaries.map(({ streamId }) => streamId) })
  const rows = new Map(found.map((row) => [row.streamId, row]))
  const applied: ChangedStream[] = []
  const overlapping: SummariesApplied['overlapping'][number][] = []
  let { streamCount } = head
  let present = 0
  for (const summary of summaries) {
    const { streamId } = summary
    const row = rows.get(streamId)
    const application: Application = corrections.isErased(streamId)
      ? { kind: 'present' }
      : await applyOne(snapshot, row, summary)
    switch (application.kind) {
      case 'present':
        present++
        break
      case 'overlapping':
        overlapping.push({
          streamId,
          wanted: formatCoverage(application.wanted),
          lacking: formatCoverage(application.lacking),
        })
        break
      case 'applied': {
        const before = row ?? emptyStreamRow(++streamCount, streamId)
        applied.push({ row: rowAfter(before, application, summary, head.revision + 1), added: application.added })
      }
    }
  }
  return { applied, streamCount, answer: { applied: applied.length, present, overlapping } }
}

async function applyOne(
  snapshot: LogSnapshot,
  row: StreamRow | undefined,
  summary: PrunedSummary,
): Promise<Application> {
  if (row === undefined) return applicationOf(NOTHING_COUNTED, NOTHING_HELD, summary)
  const coverage = parseCoverage(row.coverage)
  const versions = parseCoverage(summary.versions)
  const counted = { coverage, checksum: row.countedChecksum, ledger: [] }
  if (!needsHeld(coverage, versions)) return applicationOf(counted, NOTHING_HELD, summary)
  const ledger = await snapshot.ledger({ streams: [row.stream] })
  return applicationOf({ ...counted, ledger }, await readHeld(snapshot, row, versions), summary)
}

function rowAfter(
  before: StreamRow,
  { coverage, checksum, added }: Extract<Application, { kind: 'applied' }>,
  { firstAtMs, lastAtMs }: PrunedSummary,
  revision: number,
): StreamRow {
  let { ledgerChecksum } = before
  for (const { quarter, utcOffsetMin, measures } of added) {
    ledgerChecksum = addChecksum(ledgerChecksum, ledgerChecksumOf(quarter, utcOffsetMin, measures))
  }
  const isNew = before.coverage === ''
  return changedStreamRow(before, {
    coverage,
    firstAtMs: isNew ? firstAtMs : Math.min(before.firstAtMs, firstAtMs),
    lastAtMs: isNew ? lastAtMs : Math.max(before.lastAtMs, lastAtMs),
    countedChecksum: checksum,
    ledgerChecksum,
    revision,
  })
}

async function writesOf(
  snapshot: LogSnapshot,
  { head, streamCount }: { readonly head: Head; readonly streamCount: number },
  applied: readonly ChangedStream[],
  groupings: readonly Grouping[],
  corrections: StandingCorrections,
): Promise<LogWrites> {
  const states = await attributed(snapshot, applied, corrections)
  const rules = rowRulesOf(head.settings)
  const rows: { projection: string; rows: readonly ReadModelRow[] }[] = []
  for (const grouping of groupings) {
    const added = rowsOf(grouping, applied, states, rules)
    if (added !== null) rows.push({ projection: grouping.id, rows: added })
  }
  return {
    head: headAfter({ head, events: [], streamCount }, rows),
    streams: applied.map(({ row }) => row),
    events: [],
    ledger: applied.flatMap(({ row: { stream }, added }) => added.map((entry) => ({ stream, ...entry }))),
    rows,
    videos: await widenedVideos(snapshot, states),
  }
}

async function attributed(
  snapshot: LogSnapshot,
  applied: readonly ChangedStream[],
  corrections: StandingCorrections,
): Promise<readonly StreamState[]> {
  const states = applied.map(({ row }) => stateOf(row, corrections))
  if (!states.some(isCorrectionStream)) return states
  // What an adjustment counts for follows from the session that it adjusts.
  const all = statesOf((await readStreams(snapshot)).map(readState))
  const byNumber = new Map(all.streams.map(({ row, attribution }) => [row.stream, attribution]))
  return states.map((state) => ({ ...state, attribution: byNumber.get(state.row.stream) ?? null }))
}

/** Null when the projection fails: then it is left behind. */
function rowsOf(
  grouping: Grouping,
  applied: readonly ChangedStream[],
  states: readonly StreamState[],
  rules: RowRules,
): readonly ReadModelRow[] | null {
  const rows: RowSums = new Map()
  try {
    applied.forEach(({ added }, index) => {
      const attribution = states[index]?.attribution ?? null
      for (const entry of added) addToRows(rows, grouping, entry, attribution, rules)
    })
    return writtenRows(rows)
  } catch (error) {
    if (faultyProjection(error) === grouping.id) return null
    throw error
  }
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
    const video = videos.get(videoKey) ?? null
    const { firstAtMs, lastAtMs } = row
    const added = { facts: NO_FACTS, toldFromMs: Number.POSITIVE_INFINITY, firstAtMs, lastAtMs }
    const after = video === null ? null : extendedVideo(videoKey, video, added)
    if (after !== null) videos.set(videoKey, after)
  }
  return [...videos.values()].filter((video) => !stored.includes(video))
}
