// The two interfaces through which a backend meets the contract: its adapter, and places for logs. Every case of contract.ts
// runs against a ContractBackend.

import type { EventLogAdapter } from '../ports/event-log.js'

/** A place that can hold one log. */
export interface LogPlace {
  /** `storage` of EventLogOptions for this log, which is empty at first. */
  readonly storage: Readonly<Record<string, unknown>>
  /** Removes everything that is left of the log. It is called once, after every opening of the log was closed. */
  remove(): Promise<void> | void
}

/** A database behind the port EventLog. */
export interface ContractBackend {
  /** The adapter under test. */
  readonly adapter: EventLogAdapter
  /**
   * The value of `storage.provider` for this adapter: the URL of the module that exports it. Only the cases that need the
   * capability `worker` use it. Default: none.
   */
  readonly provider?: string
  /** Creates a place for another log on each call. */
  newLog(): Promise<LogPlace> | LogPlace
}
