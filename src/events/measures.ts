// The fifteen additive integers of which every ledger entry and every read model row consists. Order matters: it is
// the order of columns in databases and of slots in MeasureSums, and is only ever appended to.

/** Times are milliseconds of wall time, the rest are counts. See docs/reference/events.md for what each one counts. */
export const MEASURE_NAMES = [
  'sessions',
  'watchedMs',
  'activeMs',
  'pausedMs',
  'lines',
  'chars',
  'words',
  'tokens',
  'cards',
  'lookups',
  'lookupHits',
  'pauses',
  'seeksForward',
  'seeksBackward',
  'buffers',
] as const

export type MeasureName = (typeof MEASURE_NAMES)[number]

/** All fifteen, as answers carry them. */
export type Measures = Readonly<Record<MeasureName, number>>

/** As events carry them: an absent measure is 0. */
export type SparseMeasures = Readonly<Partial<Record<MeasureName, number>>>

/** All fifteen by place in MEASURE_NAMES: the form in which sums are kept and added. */
export type MeasureSums = number[]

export const MEASURE_COUNT = MEASURE_NAMES.length

export const MEASURE_INDEX = Object.fromEntries(MEASURE_NAMES.map((name, index) => [name, index])) as Readonly<
  Record<MeasureName, number>
>

export function zeroSums(): MeasureSums {
  return new Array<number>(MEASURE_COUNT).fill(0)
}

export function addSums(target: MeasureSums, added: readonly number[], sign: 1 | -1 = 1): void {
  for (let index = 0; index < MEASURE_COUNT; index++) {
    target[index] = (target[index] as number) + sign * (added[index] as number)
  }
}

export function addSparse(target: MeasureSums, added: SparseMeasures, sign: 1 | -1 = 1): void {
  for (const name in added) {
    const index = MEASURE_INDEX[name as MeasureName]
    target[index] = (target[index] as number) + sign * (added[name as MeasureName] ?? 0)
  }
}

/** The form in which measures are stored and compared: in the order of MEASURE_NAMES, without zeros. */
export function canonicalMeasures(measures: SparseMeasures): SparseMeasures {
  if (isCanonical(measures)) return measures
  const canonical: Partial<Record<MeasureName, number>> = {}
  for (const name of MEASURE_NAMES) {
    const value = measures[name]
    if (value !== undefined && value !== 0) canonical[name] = value
  }
  return canonical
}

function isCanonical(measures: SparseMeasures): boolean {
  let last = -1
  for (const name in measures) {
    const index = MEASURE_INDEX[name as MeasureName]
    const value = measures[name as MeasureName]
    if (index <= last || value === 0 || value === undefined) return false
    last = index
  }
  return true
}

/** What must be added so that nothing remains. */
export function negated(sums: readonly number[]): MeasureSums {
  return sums.map((value) => 0 - value)
}

export function isZero(sums: readonly number[]): boolean {
  for (const value of sums) if (value !== 0) return false
  return true
}

/** Sums by name, in the order of MEASURE_NAMES, without zeros. */
export function sparseOf(sums: readonly number[]): SparseMeasures {
  return Object.fromEntries(MEASURE_NAMES.flatMap((name, index) => (sums[index] === 0 ? [] : [[name, sums[index]]])))
}

export function measuresOf(sums: readonly number[]): Measures {
  const measures = {} as Record<MeasureName, number>
  for (let index = 0; index < MEASURE_COUNT; index++) measures[MEASURE_NAMES[index] as MeasureName] = sums[index] ?? 0
  return measures
}
