// What concerns a database and no profile's log: which profiles it holds, deleting one, and its schema. None of these makes
// a profile, which opening a store does. They work in the caller's thread: for commands and for the administration of a
// service. While a store is open, its maintenance does the same behind the worker.

import { checkProfileName } from '../engine/engine-arguments.js'
import { loadDatabase } from '../engine/open-engine.js'
import type { EventLog, MigrationPlan } from '../ports/event-log.js'
import { checkConfig, type StoreConfig } from './config.js'
import { publicCall } from './public-call.js'

/** Ascending. Only reads: STORAGE_UNAVAILABLE where there is no database yet, or one that is not migrated. */
export function listProfiles(config: StoreConfig = {}): Promise<readonly string[]> {
  return publicCall(() => withLog(config, true, (log) => log.profiles()))
}

/**
 * Removes every trace of a profile, for good; false when there is none of that name. Programs that have it open are
 * refused from then on. STORAGE_BUSY with `details.deleted`: see Maintenance.deleteProfile.
 */
export function deleteProfile(config: StoreConfig, profile: string): Promise<boolean> {
  return publicCall(() => {
    checkProfileName(profile)
    return withLog(config, false, (log) => log.deleteProfile(profile))
  })
}

/** What `migrate` would do. Changes nothing; SCHEMA_NEWER when the database is of a newer version of this program. */
export function planMigrations(config: StoreConfig = {}): Promise<MigrationPlan> {
  return publicCall(async () => {
    const { adapter, storage, tables } = await loadDatabase(checkConfig(config))
    return adapter.planMigrations({ storage, tables, readOnly: false })
  })
}

/** Brings the schema up to date, as opening a store does. */
export function migrate(config: StoreConfig = {}): Promise<void> {
  return publicCall(() => withLog(config, false, async () => undefined))
}

async function withLog<T>(config: StoreConfig, readOnly: boolean, work: (log: EventLog) => Promise<T>): Promise<T> {
  const { adapter, storage, tables } = await loadDatabase(checkConfig(config))
  const log = await adapter.openEventLog({ storage, tables, readOnly })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}
