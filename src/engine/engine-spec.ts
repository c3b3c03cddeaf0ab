// What it takes to open an engine. In this thread it may hold objects of the host's: an adapter, projections, a clock, an
// open database. To a worker's threads it crosses as plain data, because functions and connections cannot cross.

import type { WallClock } from '../events/clock.js'
import type { EventLogAdapter } from '../ports/event-log.js'
import type { ProfileSettings } from '../ports/profile-settings.js'
import type { Projection } from '../ports/projection.js'

export interface EngineSpec {
  /** `writer` owns the writes; `reader` answers queries; `pass` reads the complete log once, and `repair` writes as well. */
  readonly role: 'writer' | 'reader' | 'pass' | 'repair'
  /** The log was open before, as EventLogOptions says. */
  readonly isReopened?: boolean
  readonly profile: string
  /** They count when the profile is made. */
  readonly settings: ProfileSettings
  /** `sqlite`, `postgres`, `mysql`, `memory`, the URL of a module that exports an `adapter`, or an adapter. */
  readonly provider: string | EventLogAdapter
  /** The provider's settings, without `provider`. They may hold a password, and an open database of the host's. */
  readonly storage: Readonly<Record<string, unknown>>
  /** Projections, or URLs of modules whose exports are projections or lists of them. */
  readonly projections: readonly (string | Projection)[]
  /** IANA name of the learner's time zone; the machine's where there is none. */
  readonly timeZone?: string | undefined
  /** In place of this machine's clock. */
  readonly clock?: WallClock | undefined
}

/** A spec that can cross to a thread. */
export type PlainEngineSpec = EngineSpec & {
  readonly provider: string
  readonly projections: readonly string[]
  readonly clock?: undefined
}
