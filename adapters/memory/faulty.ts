// The failing log as an adapter of its own: a program names this module's URL as `storage.provider` and gives the script
// in `storage.faults`, so that faults can be had behind the worker as well. A `name` shares the rows in one thread.

import type { EventLogAdapter } from '../../src/ports/event-log.js'
import { checkStorageOptions } from '../storage-options.js'
import { type Fault, openFaultyLog } from './faults.js'
import { createLog, NOTHING_TO_MIGRATE, sharedLog } from './memory.js'

export const adapter: EventLogAdapter = {
  sharedBetweenThreads: false,
  async openEventLog(options) {
    const { name, faults } = checkStorageOptions('faulty', options.storage, { name: 'text', faults: 'list' })
    const log = typeof name === 'string' ? sharedLog(name) : createLog()
    // The script comes from a test, which is typed as Fault[]; a list is all that is checked here.
    return openFaultyLog(options, log, (faults ?? []) as readonly Fault[])
  },
  async planMigrations() {
    return NOTHING_TO_MIGRATE
  },
}
