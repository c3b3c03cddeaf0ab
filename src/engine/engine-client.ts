// What the store uses in place of an engine, wherever the engine runs: in a worker's threads (src/worker), in this process
// (inline-client.ts), behind a connection that is still being opened (src/store/connecting-client.ts), or behind a spool
// (src/spool/spool.ts).

import type { LogEngine } from '../ports/log-engine.js'
import type { Settings } from '../ports/profile-settings.js'
import type { EngineCalls } from './engine-calls.js'

/** A store's engine, once its database is reached. */
export interface EngineClient extends EngineCalls, Pick<LogEngine, 'exportPages'> {
  /** The settings that are stored with the profile, as they were when it was opened. */
  readonly storedSettings: Settings
  /** Idempotent. Lets what is being written end, unless `atOnce`. */
  close(atOnce?: boolean): Promise<void>
}

/** What a store holds: the settings that are stored are known only once it is connected. */
export type StoreClient = Omit<EngineClient, 'storedSettings'>
