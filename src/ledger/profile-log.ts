// One profile's log with what work on all of it needs. The engine is made of it; append, rebuild and analytics take it.

import type { WallClock } from '../events/clock.js'
import type { EventLog } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'

export interface ProfileLog {
  /** Opened with the tables of `projections`. */
  readonly log: EventLog
  readonly profile: string
  /** All that this program knows. */
  readonly projections: readonly Projection[]
  /** Its offset decides which local day is today. */
  readonly clock: WallClock
}
