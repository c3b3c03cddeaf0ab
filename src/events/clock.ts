// The one shape of a clock, and the clock of this machine. Nothing else in the product reads real time to record or to
// answer: a host or a test passes its own clock in.

import { zoneOffsetMin } from './calendar.js'

export interface Clock {
  /** Epoch milliseconds; may jump. */
  nowMs(): number
  /** Milliseconds since some moment; never runs backwards, and may stand still while the machine sleeps. */
  monotonicMs(): number
  /** Minutes east of UTC of the learner's clock at that moment: a multiple of 15. */
  utcOffsetMin(epochMs: number): number
  /** Calls back every `intervalMs` without keeping the process alive. The answer stops it. */
  every(intervalMs: number, callback: () => void): () => void
}

/** The part of a clock for recording and answering: the moment, and the learner's offset then. */
export type WallClock = Pick<Clock, 'nowMs' | 'utcOffsetMin'>

/** The zone is the named one, or this machine's. INVALID_ARGUMENT for a name that is no IANA time zone. */
export function createSystemClock(timeZone?: string): Clock {
  // Refused here, and not at the first event.
  zoneOffsetMin(Date.now(), timeZone)
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    utcOffsetMin: (epochMs) => zoneOffsetMin(epochMs, timeZone),
    every(intervalMs, callback) {
      const timer = setInterval(callback, intervalMs)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}
