// Integers drawn from a seed. The same seed gives the same integers on every machine, so a failing case can name its history
// by one number. Not for secrets.

import type { Draw } from './draw.js'

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for some thousands of small choices. */
export function seededDraw(seed: number): Draw {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return (min, max) => {
    // Two halves, because the digits of an id need more than 32 bits of choice.
    const fraction =
      max - min < 2 ** 31 ? next() : (Math.floor(next() * 2 ** 21) * 2 ** 32 + next() * 2 ** 32) / 2 ** 53
    return min + Math.floor(fraction * (max - min + 1))
  }
}
