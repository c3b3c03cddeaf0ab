// Rates are computed here, at read time, and stored nowhere. They are per active time, which is the time that played with the
// learner present, so a long pause does not make a fast reader slow.

import type { Measures } from '../events/measures.js'
import { HOUR_MS, MINUTE_MS } from '../events/time-units.js'
import type { Rates } from '../ports/analytics-types.js'

export function ratesOf(measures: Measures): Rates {
  const activeHours = measures.activeMs / HOUR_MS
  return {
    charsPerHour: divide(measures.chars, activeHours),
    wordsPerMinute: divide(measures.words, measures.activeMs / MINUTE_MS),
    cardsPerHour: divide(measures.cards, activeHours),
    lookupsPerHundredWords: divide(measures.lookups * 100, measures.words),
    lookupHitRate: divide(measures.lookupHits, measures.lookups),
  }
}

export function withRates(measures: Measures): { readonly measures: Measures; readonly rates: Rates } {
  return { measures, rates: ratesOf(measures) }
}

/** Null for a divisor of 0. */
export function divide(dividend: number, divisor: number): number | null {
  return divisor === 0 ? null : dividend / divisor
}
