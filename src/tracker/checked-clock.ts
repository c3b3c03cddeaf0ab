// The readings of the host's clock, checked: whole milliseconds, never backwards where they measure a length, and an
// offset that an event may have. One per tracker; its sessions read the time from here alone.

import { quarterOf } from '../events/calendar.js'
import type { Clock } from '../events/clock.js'
import { QUARTER_MS } from '../events/time-units.js'

/** The year 4199. Events may be dated up to the year 6429, so that an event of a session begun before this is valid. */
const EPOCH_MAX_MS = 2 ** 46
/** Offsets in use reach from −12:00 to +14:00; events are refused beyond ±18:00. */
const OFFSET_MAX_MIN = 1080

export class CheckedClock {
  readonly #clock: Clock
  #lastWallMs = 0
  #lastMonotonicMs = 0
  #offsetQuarter = Number.NaN
  #offsetMin = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Epoch milliseconds. A clock that answers nonsense stands still. */
  wallMs(): number {
    const nowMs = Math.floor(this.#clock.nowMs())
    if (nowMs >= 0 && nowMs <= EPOCH_MAX_MS) this.#lastWallMs = nowMs
    return this.#lastWallMs
  }

  /** Never less than before. Differences of whole numbers add up to what passed, without a remainder to carry. */
  monotonicMs(): number {
    const nowMs = Math.floor(this.#clock.monotonicMs())
    if (nowMs > this.#lastMonotonicMs) this.#lastMonotonicMs = nowMs
    return this.#lastMonotonicMs
  }

  /** Read from the clock once per quarter hour, because no zone changes its offset within one. */
  utcOffsetMin(epochMs: number): number {
    const quarter = quarterOf(epochMs)
    if (quarter !== this.#offsetQuarter) {
      const offsetMin = Math.round(this.#clock.utcOffsetMin(quarter * QUARTER_MS) / 15) * 15
      this.#offsetMin = Math.abs(offsetMin) <= OFFSET_MAX_MIN ? offsetMin + 0 : 0
      this.#offsetQuarter = quarter
    }
    return this.#offsetMin
  }
}
