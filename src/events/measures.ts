// The additive integers of which every ledger entry and every read model row consists. ZEROS is the one list: names,
// columns, zero sums and the forms of export are derived from it. Its order is the order of columns in databases and of
// MeasureSums, and it is only ever appended to.

/** Every measure, as a row has it that counts nothing. */
const ZEROS = {
  /** Sessions that began. */
  sessions: 0,
  /** Wall time with a file open, in milliseconds: pauses included, suspend and time after the idle limit excluded. */
  watchedMs: 0,
  /** The part of watchedMs that played with the learner present, in milliseconds. */
  activeMs: 0,
  /** The paused part of watchedMs, in milliseconds. */
  pausedMs: 0,
  /** Subtitle lines shown. The same cue twice in a row counts once. */
  lines: 0,
  /** Letters and digits of the lines, without punctuation and spaces. */
  chars: 0,
  /** Word-like segments of the lines, as Intl.Segmenter finds them in the session's language. */
  words: 0,
  /** Tokens as the caller's own tokenizer counted them. 0 when the caller counts none. */
  tokens: 0,
  /** Cards mined. */
  cards: 0,
  /** Words looked up. */
  lookups: 0,
  /** Lookups that found something. */
  lookupHits: 0,
  /** Times that playback was paused. */
  pauses: 0,
  /** Jumps to a later position. */
  seeksForward: 0,
  /** Jumps to an earlier position. */
  seeksBackward: 0,
  /** Times that the player began to wait for data. */
  buffers: 0,
  /**
   * Wall time with a file open after the idle limit, until the next sign of the learner, in milliseconds: suspend excluded,
   * and no part of watchedMs. Text feeds have none.
   */
  idleMs: 0,
}

/** All sums of a row. Each is an integer of 0 or more, except where a correction subtracts; docs/reference/events.md gives the rules. */
export type Measures = Readonly<typeof ZEROS>

export type MeasureName = keyof Measures

/** Names of all measures, in the order in which sums are stored and answered. */
export const MEASURE_NAMES = Object.keys(ZEROS) as readonly MeasureName[]

/** Measures as events carry them: an absent measure is 0. */
export type SparseMeasures = Readonly<Partial<Record<MeasureName, number>>>

/** All measures in the order of MEASURE_NAMES: the form in which sums are kept and added. */
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

/** The sums with the opposite sign. */
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

/** The sums by name. */
export function measuresOf(sums: readonly number[]): Measures {
  const measures = { ...ZEROS }
  for (let index = 0; index < MEASURE_COUNT; index++) measures[MEASURE_NAMES[index] as MeasureName] = sums[index] ?? 0
  return measures
}
