// Differences between what is stored and what should be stored: rows of a read model against the ledger, a ledger against
// its events, the table of videos against the streams. Verify names the differences, rebuild writes the repairs. Pure.

import { addSums, MEASURE_NAMES, zeroSums } from '../events/measures.js'
import type { LedgerRow, ReadModelRow, VideoRow } from '../events/rows.js'
import { NO_SESSION } from './attribution.js'
import { type LedgerSums, ledgerRowsOf } from './fold.js'
import { addToRows, type Grouping, keyText, type RowSums, writtenRows } from './grouping.js'
import type { RowRules } from './settings.js'
import type { StandingCorrections } from './standing-corrections.js'
import type { StreamState } from './stream-state.js'
import { videoRowOf } from './videos.js'

/** Everything from which rows are computed: the complete ledger, the streams by number, and the rules. */
export interface LedgerInForce {
  readonly ledger: Iterable<LedgerRow>
  readonly streams: ReadonlyMap<number, StreamState>
  readonly rules: RowRules
}

/** Null stands for a row that does not exist. */
export interface Difference<Row> {
  /** The expected row, or else the stored one. */
  readonly row: Row
  readonly expected: Row | null
  readonly stored: Row | null
}

/** The stored rows of one projection against those that the complete ledger gives. */
export function rowDifferences(
  grouping: Grouping,
  { ledger, streams, rules }: LedgerInForce,
  stored: readonly ReadModelRow[],
): readonly Difference<ReadModelRow>[] {
  const expected: RowSums = new Map()
  for (const entry of ledger) {
    addToRows(expected, grouping, entry, streams.get(entry.stream)?.attribution ?? null, rules)
  }
  return differencesOf(writtenRows(expected), stored, ({ key }) => keyText(key), sameMeasures)
}

export function ledgerDifferences(
  stream: number,
  expected: readonly LedgerSums[],
  stored: readonly LedgerRow[],
): readonly Difference<LedgerRow>[] {
  const placeOf = ({ quarter, utcOffsetMin }: LedgerSums) => `${quarter} ${utcOffsetMin}`
  return differencesOf(ledgerRowsOf(stream, expected), stored, placeOf, sameMeasures)
}

/** Stored rows that are wrong or should not exist, in their order, and then the rows that are missing. */
function differencesOf<Row>(
  expected: Iterable<Row>,
  stored: readonly Row[],
  keyOf: (row: Row) => string,
  isSame: (expected: Row, stored: Row) => boolean,
): readonly Difference<Row>[] {
  const missing = new Map(Array.from(expected, (row) => [keyOf(row), row]))
  const differences: Difference<Row>[] = []
  for (const row of stored) {
    const key = keyOf(row)
    const right = missing.get(key) ?? null
    missing.delete(key)
    if (right === null || !isSame(right, row)) differences.push({ row: right ?? row, expected: right, stored: row })
  }
  for (const row of missing.values()) differences.push({ row, expected: row, stored: null })
  return differences
}

type WithMeasures = { readonly measures: readonly number[] }

/** The sums to add to the stored row so that it becomes the expected one. A row that should not exist becomes all zero. */
export function repairOf<Row extends WithMeasures>({ row, expected, stored }: Difference<Row>): Row {
  const measures = zeroSums()
  if (expected !== null) addSums(measures, expected.measures)
  if (stored !== null) addSums(measures, stored.measures, -1)
  return { ...row, measures }
}

/** The table of videos as the streams of the profile make it, against the stored one. */
export function videoDifferences(
  streams: Iterable<StreamState>,
  corrections: StandingCorrections,
  stored: readonly VideoRow[],
): readonly Difference<VideoRow>[] {
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
  const expected = [...byVideo].flatMap(([videoKey, states]) => videoRowOf(videoKey, states, corrections) ?? [])
  return differencesOf(expected, stored, ({ videoKey }) => videoKey, sameVideo)
}

/** The part of LogWrites that repairs the table of videos. */
export function videoRepairs(differences: readonly Difference<VideoRow>[]) {
  return {
    videos: differences.flatMap(({ expected }) => expected ?? []),
    removedVideoKeys: differences.flatMap(({ row, expected }) => (expected === null ? row.videoKey : [])),
  }
}

/** `lines is 3, should be 4`. */
export function measuresThatDiffer({ measures: expected }: WithMeasures, { measures: stored }: WithMeasures): string {
  const differing = MEASURE_NAMES.flatMap((name, index) =>
    expected[index] === stored[index] ? [] : [`${name} is ${stored[index]}, should be ${expected[index]}`],
  )
  return differing.join('; ')
}

function sameMeasures({ measures: left }: WithMeasures, { measures: right }: WithMeasures): boolean {
  return MEASURE_NAMES.every((_name, index) => left[index] === right[index])
}

function sameVideo(left: VideoRow, right: VideoRow): boolean {
  return (
    left.facts === right.facts && left.firstSeenAtMs === right.firstSeenAtMs && left.lastSeenAtMs === right.lastSeenAtMs
  )
}
