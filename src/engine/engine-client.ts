// What the store uses in place of an engine, wherever the engine runs: in a worker's threads, in this process, behind a
// connection that is still being opened, or behind a spool. Shapes only.

import type { NewEvent, VersionedEvent } from '../events/types.js'
import type { AppendAnswer, LogEngine } from '../ports/log-engine.js'
import type { Settings } from '../ports/store-types.js'

/** What a store needs of its engine, wherever it runs. */
export interface EngineClient extends Omit<LogEngine, 'exportPage' | 'close'> {
  /** As they were stored with the profile when it was opened. */
  readonly storedSettings: Settings
  /** As `append`, for events that are encoded on the way. EVENT_REFUSED names one that cannot be. */
  appendTracked(events: readonly VersionedEvent[]): Promise<AppendAnswer>
  /** The whole log, ordered by stream id and version. */
  exportPages(): AsyncIterable<readonly NewEvent[]>
  /** Idempotent. Lets what is being written end, unless `atOnce`. */
  close(atOnce?: boolean): Promise<void>
}

/** What a store holds: the settings that are stored are known only once it is connected. */
export type StoreClient = Omit<EngineClient, 'storedSettings'>
