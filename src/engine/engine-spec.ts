// What a thread has to know to open its engine. Plain data, because it crosses into the worker.

import type { ProfileSettings } from '../ports/event-log.js'

export interface EngineSpec {
  /** `writer` owns the writes; `reader` answers questions; `pass` reads the whole log once, or mends it (`repair`). */
  readonly role: 'writer' | 'reader' | 'pass' | 'repair'
  readonly profile: string
  /** They count when the profile is made. */
  readonly settings: ProfileSettings
  /** `sqlite`, `postgres`, `mysql`, `memory`, or the URL of a module that exports an `adapter`. */
  readonly provider: string
  /** The provider's settings, without `provider`. They may hold a password. */
  readonly storage: Readonly<Record<string, unknown>>
  /** URLs of modules whose exports are projections, or lists of them. */
  readonly projections: readonly string[]
  /** IANA name of the learner's time zone; the machine's where there is none. */
  readonly timeZone?: string
}
