// The parts of one request. A subtraction takes from cells: the sums of one session, or of what was added to a video on a
// date, in one quarter hour at one offset. Each part is carried by the owner of its cell, so it counts, moves and disappears
// with it. While no cell is below 0, no row is, because every row is a sum of cells. Called by plan-corrections.ts.

import { ImmersionError } from '../events/errors.js'
import { addSums, MEASURE_INDEX, type MeasureName, type SparseMeasures, zeroSums } from '../events/measures.js'
import { withoutUndefined } from '../events/plain-data.js'
import { QUARTER_MS } from '../events/time-units.js'
import type { CorrectionType } from '../events/types.js'
import type { Correction } from '../ledger/standing-corrections.js'
import type { LedgerRow, LogSnapshot } from '../ports/event-log.js'

/** A correction before it has its id and its time. */
export interface PlannedCorrection {
  readonly type: CorrectionType
  readonly payload: Readonly<Record<string, unknown>>
  readonly measures?: SparseMeasures
  readonly utcOffsetMin?: number
}

/** The part of an adjustment's payload that names what it counts for. */
export type Owner = Readonly<Record<string, unknown>>

interface Cell extends Pick<LedgerRow, 'quarter' | 'utcOffsetMin'> {
  readonly owner: Owner
  readonly sums: number[]
  readonly taken: Partial<Record<MeasureName, number>>
}

/** The cells of streams with their owners, in the order of the streams and of time. */
export async function readCells(
  snapshot: LogSnapshot,
  owners: ReadonlyMap<number, Owner>,
  isWanted: (entry: LedgerRow) => boolean,
): Promise<readonly Cell[]> {
  const cells = new Map<string, Cell>()
  for (const entry of await snapshot.ledger({ streams: [...owners.keys()] })) {
    const owner = owners.get(entry.stream)
    if (owner === undefined || !isWanted(entry)) continue
    const { quarter, utcOffsetMin } = entry
    const key = JSON.stringify([owner, quarter, utcOffsetMin])
    const cell = cells.get(key) ?? { owner, quarter, utcOffsetMin, sums: zeroSums(), taken: {} }
    addSums(cell.sums, entry.measures)
    cells.set(key, cell)
  }
  return [...cells.values()]
}

/** Takes the measures below 0 from the cells, the earliest first. INVALID_ARGUMENT where the cells have less together. */
export function subtractions(
  cells: readonly Cell[],
  measures: SparseMeasures,
  what: string,
): readonly PlannedCorrection[] {
  for (const name of Object.keys(measures) as MeasureName[]) {
    const place = MEASURE_INDEX[name]
    let left = Math.max(0, -(measures[name] ?? 0))
    const value = cells.reduce((sum, { sums }) => sum + (sums[place] ?? 0), 0)
    if (left > Math.max(0, value)) throw tooMuch(name, what, value, left)
    for (const { sums, taken } of cells) {
      const part = Math.min(left, Math.max(0, sums[place] ?? 0))
      if (part > 0) taken[name] = -part
      left -= part
    }
  }
  return cells
    .filter(({ taken }) => Object.keys(taken).length > 0)
    .map(({ owner, quarter, utcOffsetMin, taken }) => ({
      type: 'session.adjusted',
      payload: withoutUndefined({ ...owner, countedAtMs: quarter * QUARTER_MS }),
      measures: taken,
      utcOffsetMin,
    }))
}

function tooMuch(measure: MeasureName, what: string, value: number, left: number): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `${measure} of ${what} is ${value}: ${left} cannot be subtracted`, {
    hint: 'Subtract at most what is there.',
    details: { measure, value, added: -left },
  })
}

export function hasBelowZero(measures: SparseMeasures): boolean {
  return Object.values(measures).some((value) => value < 0)
}

/** The measures above 0, as one correction. None without them, unless the correction is there for its language. */
export function additions(
  measures: SparseMeasures,
  isNeeded: boolean,
  payload: PlannedCorrection['payload'],
  utcOffsetMin: number,
): readonly PlannedCorrection[] {
  const added = Object.fromEntries(Object.entries(measures).filter(([, value]) => value > 0))
  if (!isNeeded && Object.keys(added).length === 0) return []
  return [{ type: 'session.adjusted', payload, measures: added, utcOffsetMin }]
}

/** The ids of one request's parts differ in this many digits at the end. */
const PART_DIGITS = 12

/** The first id is the caller's, so that its request is recognized when it comes again. */
export function partIdOf(correctionId: string, index: number): string {
  if (index === 0) return correctionId
  const number = (Number.parseInt(correctionId.slice(-PART_DIGITS), 16) + index) % 16 ** PART_DIGITS
  return correctionId.slice(0, -PART_DIGITS) + number.toString(16).padStart(PART_DIGITS, '0')
}

/** Whether one request recorded both. */
export function areParts(left: Correction, right: Correction): boolean {
  if (left.type !== right.type) return false
  return left.streamId.slice(0, -PART_DIGITS) === right.streamId.slice(0, -PART_DIGITS)
}
