// What the contract is given of a backend: its adapter, and places for logs. contract.ts hands it to each case.

import type { EventLogAdapter } from '../ports/event-log.js'

/** Where one log is. */
export interface LogPlace {
  /** `storage` of EventLogOptions, for a log that is empty at first. */
  readonly storage: Readonly<Record<string, unknown>>
  /** Removes what is left of it. Called once, when everybody has closed it. */
  remove(): Promise<void> | void
}

export interface ContractBackend {
  readonly adapter: EventLogAdapter
  /** What `storage.provider` calls the adapter: the URL of the module that exports it. Cases through the worker need it. */
  readonly provider?: string
  /** Another log on each call. */
  newLog(): Promise<LogPlace> | LogPlace
}
