// How long a line of a text feed may be read, because a feed shows when a line comes and never when the reader leaves. The
// time counts as active until the allowance is used up or the next line brings its own.

/** Time to turn to the text from something else, or to think about a word. The same for every line. */
const BASE_MS = 10_000

/**
 * A quarter of the pace at which natives read Japanese aloud, 357 characters a minute (IReST; Trauzettel-Klosinski, Dietz,
 * 2012, Investigative Ophthalmology & Visual Science 53:5452). Scripts with more characters to a word read faster, so
 * for them it is generous; the maximum bounds that.
 */
const PER_CHAR_MS = 670

/** Nobody is known to be there for longer than this after a line. */
const MAX_MS = 120_000

export function readingAllowanceMs(charCount: number): number {
  return Math.min(MAX_MS, BASE_MS + charCount * PER_CHAR_MS)
}

/** A text feed that stays silent for this long after a line has been left: its session ends. */
export const READING_SILENT_AFTER_MS = 1_800_000
