// Differences between what is stored and what should be stored: rows of a read model against the ledger, a ledger against
// its events, the table of videos against the streams. Verify names the differences, rebuild writes the repairs. Pure.

import { isZero, MEASURE_NAMES } from '../events/measures.js'
import type { LedgerRow, ReadModelRow, VideoRow } from '../events/rows.js'
import { NO_SESSION } from './attribution.js'
import { type LedgerSums, ledgerRowsOf } from './fold.js'
import { addToRows, type Grouping, keyText, type RowSums } from './grouping.js'
import type { RowRules } from './settings.js'
import type { StandingCorrections } from './standing-corrections.js'
import type { StreamState } from './stream-state.js'
import { videoRowOf } from './videos.js'

/** Null stands for a row that does not exist. */
export interface Difference<Row> {
  readonly expected: Row | null
  readonly stored: Row | null
}

/** The rows of one projection, computed from the complete ledger. */
export function rowsOfLedger(
  grouping: Grouping,
  ledger: Iterable<LedgerRow>,
  streams: ReadonlyMap<number, StreamState>,
  rules: RowRules,
): RowSums {
  const rows: RowSums = new Map()
  for (const entry of ledger) {
    addToRows(rows, grouping, entry, streams.get(entry.stream)?.attribution ?? null, rules)
  }
  return rows
}

export function rowDifferences(
  expected: RowSums,
  stored: readonly ReadModelRow[],
): readonly Difference<ReadModelRow>[] {
  const differences: Difference<ReadModelRow>[] = []
  const seen = new Set<string>()
  for (const row of stored) {
    const text = keyText(row.key)
    seen.add(text)
    const right = expected.get(text)
    if (right === undefined || isZero(right.measures)) differences.push({ expected: null, stored: row })
    else if (!sameMeasures(right.measures, row.measures)) differences.push({ expected: right, stored: row })
  }
  for (const [text, row] of expected) {
    if (!seen.has(text) && !isZero(row.measures)) differences.push({ expected: row, stored: null })
  }
  return differences
}

export function ledgerDifferences(
  stream: number,
  expected: readonly LedgerSums[],
  stored: readonly LedgerRow[],
): readonly Difference<LedgerRow>[] {
  const differences: Difference<LedgerRow>[] = []
  const place = ({ quarter, utcOffsetMin }: LedgerSums) => `${quarter} ${utcOffsetMin}`
  const missing = new Map(ledgerRowsOf(stream, expected).map((entry) => [place(entry), entry]))
  for (const entry of stored) {
    const right = missing.get(place(entry)) ?? null
    missing.delete(place(entry))
    if (right === null || !sameMeasures(right.measures, entry.measures)) {
      differences.push({ expected: right, stored: entry })
    }
  }
  for (const entry of missing.values()) differences.push({ expected: entry, stored: null })
  return differences
}

/** The sums to add to the stored row so that it becomes the expected one. A row that should not exist becomes all zero. */
export function repairOf<Row extends { readonly measures: readonly number[] }>(difference: Difference<Row>): Row {
  const row = difference.expected ?? difference.stored
  if (row === null) throw new TypeError('a difference has at least one row')
  const measures = MEASURE_NAMES.map(
    (_name, index) => (difference.expected?.measures[index] ?? 0) - (difference.stored?.measures[index] ?? 0),
  )
  return { ...row, measures }
}

export function videosOfStreams(
  streams: Iterable<StreamState>,
  corrections: StandingCorrections,
): ReadonlyMap<string, VideoRow> {
  const byVideo = new Map<string, StreamState[]>()
  for (const state of streams) {
    if (state.attribution === null) continue
    // An adjustment of a session does not change when its video was watched.
    const { sessionId, videoKey } = state.attribution
    if (sessionId !== NO_SESSION && sessionId !== state.row.streamId) continue
    const held = byVideo.get(videoKey)
    if (held === undefined) byVideo.set(videoKey, [state])
    else held.push(state)
  }
  const videos = new Map<string, VideoRow>()
  for (const [videoKey, states] of byVideo) {
    const row = videoRowOf(videoKey, states, corrections)
    if (row !== null) videos.set(videoKey, row)
  }
  return videos
}

export function videoDifferences(
  expected: ReadonlyMap<string, VideoRow>,
  stored: readonly VideoRow[],
): readonly Difference<VideoRow>[] {
  const differences: Difference<VideoRow>[] = []
  const seen = new Set<string>()
  for (const row of stored) {
    seen.add(row.videoKey)
    const right = expected.get(row.videoKey) ?? null
    if (right === null || !sameVideo(right, row)) differences.push({ expected: right, stored: row })
  }
  for (const row of expected.values()) if (!seen.has(row.videoKey)) differences.push({ expected: row, stored: null })
  return differences
}

/** The part of LogWrites that repairs the table of videos. */
export function videoRepairs(differences: readonly Difference<VideoRow>[]): {
  readonly videos: readonly VideoRow[]
  readonly removedVideoKeys: readonly string[]
} {
  const removed = differences.filter(({ expected }) => expected === null)
  return {
    videos: differences.flatMap(({ expected }) => expected ?? []),
    removedVideoKeys: removed.flatMap(({ stored }) => stored?.videoKey ?? []),
  }
}

/** `lines is 3, should be 4`. */
export function measuresThatDiffer(expected: readonly number[], stored: readonly number[]): string {
  const differing = MEASURE_NAMES.flatMap((name, index) =>
    expected[index] === stored[index] ? [] : [`${name} is ${stored[index]}, should be ${expected[index]}`],
  )
  return differing.join('; ')
}

function sameMeasures(left: readonly number[], right: readonly number[]): boolean {
  for (let index = 0; index < MEASURE_NAMES.length; index++) if (left[index] !== right[index]) return false
  return true
}

function sameVideo(left: VideoRow, right: VideoRow): boolean {
  return (
    left.facts === right.facts && left.firstSeenAtMs === right.firstSeenAtMs && left.lastSeenAtMs === right.lastSeenAtMs
  )
}
