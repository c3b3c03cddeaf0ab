// The clock of this machine, as the tracker needs it. The learner's zone is the one that is named (`--tz`), else the
// machine's. The only place of the tracker that reads real time.

import { zoneOffsetMin } from '../events/calendar.js'
import type { TrackerClock } from '../ports/tracker-types.js'

/** INVALID_ARGUMENT for a name that is no IANA time zone: here, not at the first event. */
export function createSystemClock(timeZone?: string): TrackerClock {
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
