// The values of which a history is drawn: a few keys, languages, clocks and moments, all of which have caused faults. There
// are few of each, so that sessions and corrections often share them. Every choice is an integer that the caller draws, from a
// seed or otherwise.

/** Any integer from `min` through `max`. */
export type Draw = (min: number, max: number) => number

/**
 * The same seed gives the same integers on every machine, so one number names a failing case's history. Not for secrets.
 * Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for some thousands of small choices.
 */
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

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

export const VIDEOS = ['local:/tv/a.mkv', 'local:/tv/A.mkv', 'remote:https://example.org/ü', 'hash:00ff', 'x 日本語']
export const LANGUAGES = ['ja', 'en', 'und', 'zh-Hant']
/** Minutes east of UTC: clocks of half and quarter hours, both sides of the date line, and both offsets of summer time. */
export const OFFSETS = [-720, -600, -570, -300, -210, 0, 60, 120, 330, 345, 525, 540, 765, 840]
/** Epoch ms beside the end of a year, a leap day, both switches of summer time, the day that Samoa skipped, and 04:00. */
export const MOMENTS = [
  Date.UTC(2025, 11, 31, 20),
  Date.UTC(2024, 1, 28, 23),
  Date.UTC(2026, 2, 29, 0),
  Date.UTC(2026, 9, 25, 0),
  Date.UTC(2011, 11, 30, 9),
  Date.UTC(2026, 6, 4, 3, 59),
]

/** Ids of one learner's streams differ by `place`, and are in no order. */
export function drawStreamId(draw: Draw, place: number): string {
  const digits = (count: number) =>
    draw(0, 16 ** count - 1)
      .toString(16)
      .padStart(count, '0')
  return `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(10)}${place.toString(16).padStart(2, '0')}`
}

export function shuffled(draw: Draw, values: readonly number[]): readonly number[] {
  const mixed = [...values]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = draw(0, last)
    ;[mixed[last], mixed[other]] = [mixed[other] as number, mixed[last] as number]
  }
  return mixed
}

export function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(0, values.length - 1)] as T
}

/** These fields, half of the time. */
export function maybe<T extends object>(draw: Draw, fieldsOf: () => T): T | Record<string, never> {
  return draw(0, 1) === 1 ? fieldsOf() : {}
}

/** One of the choices, each as often as its weight says. */
export function pickWeighted<T>(draw: Draw, choices: readonly (readonly [weight: number, choice: T])[]): T {
  return pick(
    draw,
    choices.flatMap(([weight, choice]) => Array<T>(weight).fill(choice)),
  )
}
