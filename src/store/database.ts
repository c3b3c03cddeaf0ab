// Functions about a database and not about one profile's log: list its profiles, delete one, migrate its schema, back it up
// and restore it. Opening a store makes its profile; these make none. They work in the caller's thread, for commands and for the administration of a
// service. While a store is open, its maintenance does the same in the worker.

import { checkProfileName } from '../engine/engine.js'
import { loadDatabase } from '../engine/open-engine.js'
import { refusal } from '../events/argument-checks.js'
import { createSystemClock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import type { EventLog, EventLogAdapter, LogBackups, MigrationPlan, StagedBackup } from '../ports/event-log.js'
import { verify } from '../rebuild/verify.js'
import { checkConfig, type StoreConfig } from './config.js'
import { withLog } from './open-log.js'
import { publicCall } from './public-call.js'

type Database = Awaited<ReturnType<typeof loadDatabase>>

async function databaseOf(config: StoreConfig): Promise<Database> {
  return loadDatabase(checkConfig(config))
}

/** Names of all profiles, ascending. Only reads: STORAGE_UNAVAILABLE where there is no database yet, or one that is not migrated. */
export function listProfiles(config: StoreConfig = {}): Promise<readonly string[]> {
  return publicCall(async () => withLog(opened(await databaseOf(config), true), (log) => log.profiles()))
}

/**
 * Removes every trace of a profile, for good; false when there is none of that name. Programs that have it open are
 * refused from then on. STORAGE_BUSY with `details.deleted`: see Maintenance.deleteProfile.
 */
export function deleteProfile(config: StoreConfig, profile: string): Promise<boolean> {
  return publicCall(async () => {
    checkProfileName(profile)
    return withLog(opened(await databaseOf(config)), (log) => log.deleteProfile(profile))
  })
}

/** The steps that `migrate` would run. Changes nothing. SCHEMA_NEWER when a newer version of this program made the database. */
export function planMigrations(config: StoreConfig = {}): Promise<MigrationPlan> {
  return publicCall(async () => {
    const { adapter, storage, tables } = await databaseOf(config)
    return adapter.planMigrations({ storage, tables, readOnly: false })
  })
}

/** Brings the schema up to date, as opening a store does. */
export function migrate(config: StoreConfig = {}): Promise<void> {
  return publicCall(async () => withLog(opened(await databaseOf(config)), async () => undefined))
}

/** How many differences a refusal names. */
const DAMAGE_NAMED = 5

export interface BackupAnswer {
  /** Path of the backup. */
  readonly file: string
  /** Its size. */
  readonly bytes: number
}

/**
 * Writes the log into one new file, as of one moment, while other programs continue to write into the log. It has all
 * profiles, settings and the transactions that are still in the -wal. INVALID_ARGUMENT where `file` exists already, or for a
 * database that is not one file.
 */
export function backUp(config: StoreConfig, file: string): Promise<BackupAnswer> {
  return publicCall(async () => {
    checkFile(file)
    const { adapter, storage } = await databaseOf(config)
    return { file, ...(await backupsOf(adapter).backUp(storage, file)) }
  })
}

export interface RestoreAnswer {
  /** Path of the backup. */
  readonly file: string
  /** Profiles that the backup holds; each was verified. */
  readonly profiles: readonly string[]
  /** Events that the backup holds, in all profiles. */
  readonly events: number
  /** Path of the log that was replaced; null when there was none. */
  readonly keptAside: string | null
}

/**
 * Puts a backup in the log's place, after all its profiles have been verified; the log that is there is kept beside it.
 * Nothing is changed, neither the log nor the backup, when it is refused: STORAGE_CORRUPT for a backup that is damaged,
 * SCHEMA_NEWER, STORAGE_BUSY while a program has the log open.
 */
export function restoreBackup(config: StoreConfig, file: string): Promise<RestoreAnswer> {
  return publicCall(async () => {
    checkFile(file)
    const database = await databaseOf(config)
    const staged = await backupsOf(database.adapter).stage(database.storage, file)
    try {
      const checked = await checkStaged(staged, database, file)
      return { file, ...checked, ...(await staged.putInPlace()) }
    } catch (error) {
      staged.discard()
      throw error
    }
  })
}

function checkFile(file: unknown): void {
  if (typeof file !== 'string' || file === '') throw refusal('file', file, 'the path of a file')
}

function backupsOf({ backups }: EventLogAdapter): LogBackups {
  if (backups !== undefined) return backups
  throw new ImmersionError('INVALID_ARGUMENT', 'This database is not one file, so it has no backup of that kind.', {
    hint: 'Back a server up by its own means (pg_dump, mariadb-dump), or export what it holds.',
  })
}

async function checkStaged(
  { storage }: StagedBackup,
  { adapter, tables, projections }: Database,
  file: string,
): Promise<{ readonly profiles: readonly string[]; readonly events: number }> {
  return withLog(opened({ adapter, storage, tables }), async (log) => {
    const profiles = await log.profiles()
    let events = 0
    for (const profile of profiles) {
      const report = await verify({ log, profile, projections, clock: createSystemClock() })
      events += report.events
      if (report.ok) continue
      throw new ImmersionError('STORAGE_CORRUPT', `The backup ${file} is damaged: nothing was restored.`, {
        hint: 'Open it with `immersion --db` and run verify to see all of it; rebuild repairs what can be repaired.',
        details: { profile, damageCount: report.damageCount, damage: report.damage.slice(0, DAMAGE_NAMED) },
      })
    }
    return { profiles, events }
  })
}

function opened({ adapter, storage, tables }: Omit<Database, 'projections'>, readOnly = false): Promise<EventLog> {
  return adapter.openEventLog({ storage, tables, readOnly })
}
