// The additive integers of which every ledger entry and every read model row consists. MEASURE_NAMES is the one list:
// columns, zero sums and the forms of export are derived from it. Its order is the order of columns in databases and of
// MeasureSums, and it is only ever appended to.

/** All sums of a row. Each is an integer of 0 or more, except where a correction subtracts; docs/reference/events.md gives the rules. */
export interface Measures {
  /** Sessions that began. */
  readonly sessions: number
  /** Wall time with a file open, in milliseconds: pauses included, suspend and time after the idle limit excluded. */
  readonly watchedMs: number
  /** The part of watchedMs that played with the learner present, in milliseconds. */
  readonly activeMs: number
  /** The paused part of watchedMs, in milliseconds. */
  readonly pausedMs: number
  /** Subtitle lines shown. The same cue twice in a row counts once. */
  readonly lines: number
  /** Letters and digits of the lines, without punctuation and spaces. */
  readonly chars: number
  /** Word-like segments of the lines, as Intl.Segmenter finds them in the session's language. */
  readonly words: number
  /** Tokens as the caller's own tokenizer counted them. 0 when the caller counts none. */
  readonly tokens: number
  /** Cards mined. */
  readonly cards: number
  /** Words looked up. */
  readonly lookups: number
  /** Lookups that found something. */
  readonly lookupHits: number
  /** Times that playback was paused. */
  readonly pauses: number
  /** Jumps to a later position. */
  readonly seeksForward: number
  /** Jumps to an earlier position. */
  readonly seeksBackward: number
  /** Times that the player began to wait for data. */
  readonly buffers: number
}

/** Names of all measures, in the order in which sums are stored and answered. */
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
] as const satisfies readonly (keyof Measures)[]

export type MeasureName = keyof Measures

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

/** The sums by name. Does not compile while MEASURE_NAMES lacks a measure. */
export function measuresOf(sums: readonly number[]): Measures {
  const measures = {} as Record<(typeof MEASURE_NAMES)[number], number>
  for (let index = 0; index < MEASURE_COUNT; index++) measures[MEASURE_NAMES[index] as MeasureName] = sums[index] ?? 0
  return measures
}
