// Opens a log for work on all of it, in the caller's thread. A log that is only read, and that an older version of this
// program wrote, is read through a copy that is migrated and then deleted, so that programs of that version can still use
// the log itself.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDatabase, openEngine } from '../engine/open-engine.js'
import type { LogBackups } from '../ports/event-log.js'
import type { LogEngine } from '../ports/log-engine.js'
import { type CheckedConfig, checkConfig, type StoreConfig } from './config.js'

/** Runs the work on a log that is being opened, and closes it afterwards. */
export async function withLog<Log extends { close(): Promise<void> }, Answer>(
  opening: Promise<Log>,
  work: (log: Log) => Promise<Answer>,
): Promise<Answer> {
  const log = await opening
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

/** The caller closes it. */
export async function openLog(config: StoreConfig, role: 'writer' | 'pass'): Promise<LogEngine> {
  return open(checkConfig(config), role)
}

/**
 * Opens a log to be read. SCHEMA_NEWER where a newer version wrote it. STORAGE_UNAVAILABLE where there is none, or where an
 * older version wrote it and it is not one file.
 */
export async function openSource(config: StoreConfig): Promise<LogEngine> {
  const checked = checkConfig(config)
  const { adapter, storage, tables } = await loadDatabase(checked)
  const { schemaVersion, latestVersion } = await adapter.planMigrations({ storage, tables, readOnly: true })
  const isOlder = schemaVersion > 0 && schemaVersion < latestVersion
  return isOlder && adapter.backups !== undefined ? openMigratedCopy(checked, adapter.backups) : open(checked, 'pass')
}

async function openMigratedCopy(config: CheckedConfig, backups: LogBackups): Promise<LogEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-source-'))
  const undo = [() => rmSync(folder, { recursive: true, force: true })]
  const undoAll = () => {
    for (const one of undo) one()
  }
  try {
    const file = join(folder, 'log')
    await backups.backUp(config.storage, file)
    const staged = await backups.stage(config.storage, file)
    undo.unshift(() => staged.discard())
    // Opening for writing migrates it.
    const engine = await open({ ...config, storage: staged.storage }, 'writer')
    return { ...engine, close: () => engine.close().finally(undoAll) }
  } catch (error) {
    undoAll()
    throw error
  }
}

async function open(config: CheckedConfig, role: 'writer' | 'pass'): Promise<LogEngine> {
  return (await openEngine({ ...config, role })).engine
}
