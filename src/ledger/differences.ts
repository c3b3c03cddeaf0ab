// Where what is stored differs from what it should be: rows of a read model against the ledger, the table of videos
// against the streams. verify names the differences, rebuild writes them. Pure.

import { isZero, MEASURE_NAMES } from '../events/measures.js'
import type { LedgerRow, ReadModelRow, VideoRow } from '../ports/event-log.js'
import { NO_SESSION } from './attribution.js'
import { addToRows, type Grouping, keyText, type RowSums } from './fold.js'
import type { RowRules } from './settings.js'
import type { StandingCorrections } from './standing-corrections.js'
import type { StreamState } from './stream-state.js'
import { videoRowOf } from './videos.js'

/** Null stands for a row that does not exist. */
export interface Difference<Row> {
  readonly expected: Row | null
  readonly stored: Row | null
}

/** The rows of one projection, worked out from the whole ledger. */
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
    const should = expected.get(text)
    if (should === undefined || isZero(should.measures)) differences.push({ expected: null, stored: row })
    else if (!sameMeasures(should.measures, row.measures)) differences.push({ expected: should, stored: row })
  }
  for (const [text, row] of expected) {
    if (!seen.has(text) && !isZero(row.measures)) differences.push({ expected: row, stored: null })
  }
  return differences
}

/** What must be added to the stored row so that it becomes the expected one. A row that should not be becomes all zero. */
export function deltaOf<Row extends { readonly measures: readonly number[] }>(difference: Difference<Row>): Row {
  const row = difference.expected ?? difference.stored
  if (row === null) throw new TypeError('a difference has at least one row')
  const measures = MEASURE_NAMES.map(
    (_name, index) => (difference.expected?.measures[index] ?? 0) - (difference.stored?.measures[index] ?? 0),
  )
  return { ...row, measures }
}

export function ledgerDifferences(
  stream: number,
  expected: readonly Omit<LedgerRow, 'stream'>[],
  stored: readonly LedgerRow[],
): readonly Difference<LedgerRow>[] {
  const differences: Difference<LedgerRow>[] = []
  const place = (entry: Omit<LedgerRow, 'stream'>) => `${entry.quarter} ${entry.utcOffsetMin}`
  const should = new Map<string, LedgerRow>()
  for (const { quarter, utcOffsetMin, measures } of expected) {
    const entry = { stream, quarter, utcOffsetMin, measures }
    if (!isZero(measures)) should.set(place(entry), entry)
  }
  for (const entry of stored) {
    const expectedEntry = should.get(place(entry)) ?? null
    should.delete(place(entry))
    if (expectedEntry === null || !sameMeasures(expectedEntry.measures, entry.measures)) {
      differences.push({ expected: expectedEntry, stored: entry })
    }
  }
  for (const entry of should.values()) differences.push({ expected: entry, stored: null })
  return differences
}

export function videosOfStreams(
  streams: Iterable<StreamState>,
  corrections: StandingCorrections,
): ReadonlyMap<string, VideoRow> {
  const byVideo = new Map<string, StreamState[]>()
  for (const state of streams) {
    if (state.attribution === null) continue
    // What is added to a session's sums says nothing of when its video was watched.
    const { sessionId } = state.attribution
    if (sessionId !== NO_SESSION && sessionId !== state.row.streamId) continue
    const held = byVideo.get(state.attribution.videoKey)
    if (held === undefined) byVideo.set(state.attribution.videoKey, [state])
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
    const should = expected.get(row.videoKey) ?? null
    if (should === null || !sameVideo(should, row)) differences.push({ expected: should, stored: row })
  }
  for (const row of expected.values()) if (!seen.has(row.videoKey)) differences.push({ expected: row, stored: null })
  return differences
}

/** `lines is 3, should be 4`: for verify. */
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
