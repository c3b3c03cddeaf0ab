// The memory adapter, for tests and for programs that keep nothing. A name in `storage` shares one log within the process, as
// a file is shared between processes. Its behaviour is the meaning of the port: src/contract/cases holds every other adapter
// to it.

import type { EventLogAdapter, MigrationPlan } from '../../src/ports/event-log.js'
import { checkStorageOptions } from '../port/storage-options.js'
import { MemoryLog, SCHEMA_VERSION, SharedLog } from './log.js'

export const adapter: EventLogAdapter = {
  // Maps do not cross threads: a second thread would see a log of its own.
  sharedBetweenThreads: false,
  async openEventLog(options) {
    const { name } = checkStorageOptions('memory', options.storage, ['name'])
    return new MemoryLog(options, name === undefined ? new SharedLog() : sharedLog(name))
  },
  async planMigrations() {
    return NOTHING_TO_MIGRATE
  },
}

/** Maps need no tables. */
export const NOTHING_TO_MIGRATE: MigrationPlan = {
  schemaVersion: SCHEMA_VERSION,
  latestVersion: SCHEMA_VERSION,
  steps: [],
  tables: [],
}

const SHARED = new Map<string, SharedLog>()

/** The log of this name within the process. It stays until the process ends or forgetSharedLog is called. */
export function sharedLog(name: string): SharedLog {
  const log = SHARED.get(name) ?? new SharedLog(`memory:${name}`)
  SHARED.set(name, log)
  return log
}

export function forgetSharedLog(name: string): void {
  SHARED.delete(name)
}
