// Settles statements that come from another log: one transaction changes streams, ledger, read models' rows and videos by
// what the statements add, under the head's lock. A statement changes no stream's attribution, because facts never are
// in one: they are kept for ever, and travel as events.

import { headAfter } from '../append/batch-writes.js'
import { isCommandStream } from '../ledger/attribution.js'
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
import { type Corrections, readCorrections } from '../ledger/standing-corrections.js'
import { readState, readStreams, type StreamState, stateOf, statesOf } from '../ledger/stream-state.js'
import { extendedVideo } from '../ledger/videos.js'
import type { EventLog, Head, LogSnapshot, LogWrites, ReadModelRow, StreamRow, VideoRow } from '../ports/event-log.js'
import type { SettleAnswer, StreamStatement } from '../ports/replica-types.js'
import {
  NOTHING_COUNTED,
  NOTHING_HELD,
  needsHeld,
  readHeld,
  type Settlement,
  settlementOf,
} from './pruned-summaries.js'

/** A stream that a statement adds to. */
interface SettledStream {
  /** After it. */
  readonly row: StreamRow
  readonly added: readonly LedgerEntry[]
}

interface Settling {
  readonly settled: readonly SettledStream[]
  readonly streamCount: number
  readonly answer: Omit<SettleAnswer, 'asOfRevision'>
}

/** At most one statement of a stream. */
export async function settle(
  log: EventLog,
  profile: string,
  groupings: readonly Grouping[],
  statements: readonly StreamStatement[],
): Promise<SettleAnswer> {
  return log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const corrections = await readCorrections(snapshot)
    const { settled, streamCount, answer } = await settleEach(snapshot, head, statements, corrections)
    if (settled.length === 0) return { writes: null, answer: { ...answer, asOfRevision: head.revision } }
    const folded = groupings.filter(({ id }) => head.projections.includes(id))
    const writes = await writesOf(snapshot, { head, streamCount }, settled, folded, corrections)
    return { writes, answer: { ...answer, asOfRevision: writes.head.revision } }
  })
}

async function settleEach(
  snapshot: LogSnapshot,
  head: Head,
  statements: readonly StreamStatement[],
  corrections: Corrections,
): Promise<Settling> {
  const found = await snapshot.streams({ streamIds: statements.map(({ streamId }) => streamId) })
  const rows = new Map(found.map((row) => [row.streamId, row]))
  const settled: SettledStream[] = []
  const unsettled: SettleAnswer['unsettled'][number][] = []
  let { streamCount } = head
  let present = 0
  for (const statement of statements) {
    const { streamId } = statement
    const row = rows.get(streamId)
    const settlement: Settlement = corrections.isErased(streamId)
      ? { kind: 'present' }
      : await settleOne(snapshot, row, statement)
    switch (settlement.kind) {
      case 'present':
        present++
        break
      case 'unsettled':
        unsettled.push({
          streamId,
          wanted: formatCoverage(settlement.wanted),
          lacking: formatCoverage(settlement.lacking),
        })
        break
      case 'settled': {
        const before = row ?? emptyRow(streamId, ++streamCount, statement)
        settled.push({ row: rowAfter(before, settlement, statement, head.revision + 1), added: settlement.added })
      }
    }
  }
  return { settled, streamCount, answer: { settled: settled.length, present, unsettled } }
}

async function settleOne(
  snapshot: LogSnapshot,
  row: StreamRow | undefined,
  statement: StreamStatement,
): Promise<Settlement> {
  if (row === undefined) return settlementOf(NOTHING_COUNTED, NOTHING_HELD, statement)
  const coverage = parseCoverage(row.coverage)
  const versions = parseCoverage(statement.versions)
  const counted = { coverage, checksum: row.countedChecksum, ledger: [] }
  if (!needsHeld(coverage, versions)) return settlementOf(counted, NOTHING_HELD, statement)
  const ledger = await snapshot.ledger({ streams: [row.stream] })
  return settlementOf({ ...counted, ledger }, await readHeld(snapshot, row, versions), statement)
}

function emptyRow(streamId: string, stream: number, { firstAtMs, lastAtMs }: StreamStatement): StreamRow {
  return {
    stream,
    streamId,
    videoKey: null,
    facts: '{}',
    coverage: '',
    firstAtMs,
    lastAtMs,
    heldCount: 0,
    heldChecksum: 0,
    countedChecksum: 0,
    ledgerChecksum: 0,
    firstPosition: 0,
    lastPosition: 0,
    revision: 0,
  }
}

function rowAfter(
  before: StreamRow,
  { coverage, checksum, added }: Extract<Settlement, { kind: 'settled' }>,
  { firstAtMs, lastAtMs }: StreamStatement,
  revision: number,
): StreamRow {
  let { ledgerChecksum } = before
  for (const { quarter, utcOffsetMin, measures } of added) {
    ledgerChecksum = addChecksum(ledgerChecksum, ledgerChecksumOf(quarter, utcOffsetMin, measures))
  }
  return {
    ...before,
    coverage: formatCoverage(coverage),
    firstAtMs: Math.min(before.firstAtMs, firstAtMs),
    lastAtMs: Math.max(before.lastAtMs, lastAtMs),
    countedChecksum: checksum,
    ledgerChecksum,
    revision,
  }
}

async function writesOf(
  snapshot: LogSnapshot,
  { head, streamCount }: { readonly head: Head; readonly streamCount: number },
  settled: readonly SettledStream[],
  groupings: readonly Grouping[],
  corrections: Corrections,
): Promise<LogWrites> {
  const states = await attributed(snapshot, settled, corrections)
  const rules = rowRulesOf(head.settings)
  const rows: { projection: string; rows: readonly ReadModelRow[] }[] = []
  for (const grouping of groupings) {
    const added = rowsOf(grouping, settled, states, rules)
    if (added !== null) rows.push({ projection: grouping.id, rows: added })
  }
  return {
    head: headAfter({ head, events: [], streamCount }, rows),
    streams: settled.map(({ row }) => row),
    events: [],
    ledger: settled.flatMap(({ row: { stream }, added }) => added.map((entry) => ({ stream, ...entry }))),
    rows,
    videos: await widenedVideos(snapshot, states),
  }
}

async function attributed(
  snapshot: LogSnapshot,
  settled: readonly SettledStream[],
  corrections: Corrections,
): Promise<readonly StreamState[]> {
  const states = settled.map(({ row }) => stateOf(row, corrections))
  if (!states.some(isCommandStream)) return states
  // What an adjustment counts for follows from the session that it adjusts.
  const all = statesOf((await readStreams(snapshot)).map(readState))
  const byNumber = new Map(all.streams.map(({ row, attribution }) => [row.stream, attribution]))
  return states.map((state) => ({ ...state, attribution: byNumber.get(state.row.stream) ?? null }))
}

/** Null when the projection fails: then it is left behind. */
function rowsOf(
  grouping: Grouping,
  settled: readonly SettledStream[],
  states: readonly StreamState[],
  rules: RowRules,
): readonly ReadModelRow[] | null {
  const rows: RowSums = new Map()
  try {
    settled.forEach(({ added }, index) => {
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
