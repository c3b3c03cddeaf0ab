// The context of every command: the options that all commands share, the configuration file, and the store that both lead
// to. An option beats the environment, the environment beats the file, and the file beats the default.

import type { Command } from 'commander'
import { zoneOffsetMin } from '../events/calendar.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import type { StorageConfig, StoreConfig } from '../store/config.js'
import { openImmersionTrackingStore } from '../store/open-store.js'
import { storageFromUrl } from '../store/storage-location.js'
import { type ConfigFile, configFilePath, readConfigFile } from './config-file.js'

export interface Context {
  readonly json: boolean
  readonly color: boolean
  /** Columns of the terminal on stdout; undefined where stdout is no terminal. */
  readonly width: number | undefined
  /** IANA name. */
  readonly timeZone: string
  readonly configPath: string
  readonly file: ConfigFile
  /** What the store is opened with; `storage` names the database. */
  readonly storeConfig: StoreConfig
}

interface SharedOptions {
  readonly db?: string
  readonly profile?: string
  readonly tz?: string
  readonly config?: string
  readonly json?: boolean
  readonly color?: boolean
}

export function contextOf(command: Command): Context {
  const options = command.optsWithGlobals<SharedOptions>()
  const configPath = options.config ?? configFilePath()
  const file = readConfigFile(configPath)
  const timeZone = options.tz ?? file.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  // INVALID_ARGUMENT here, and not at the first time that is printed.
  zoneOffsetMin(Date.now(), timeZone)
  const urlOfCall = options.db ?? process.env.IMMERSION_DB
  const url = urlOfCall ?? file.db
  // A spool belongs to the database of the file. It must not carry anything to another one that a single call names.
  const spool = urlOfCall === undefined && file.spool !== undefined ? { spool: file.spool } : {}
  const storeConfig: StoreConfig = {
    ...file.store,
    ...(url === undefined ? {} : { storage: { ...storageFromUrl(url), ...spool } }),
    profile: options.profile ?? file.profile ?? 'default',
    tz: timeZone,
  }
  return {
    json: options.json === true,
    color: options.color !== false && (process.env.NO_COLOR ?? '') === '' && process.stdout.isTTY === true,
    width: process.stdout.columns,
    timeZone,
    configPath,
    file,
    storeConfig,
  }
}

/**
 * Opens the store for `work` and closes it, even when the work fails. A command that reads and ends has no player to keep
 * waiting, so it starts no threads.
 */
export async function withStore<T>(context: Context, work: (store: ImmersionTrackingStore) => Promise<T>): Promise<T> {
  const store = await openImmersionTrackingStore({
    ...context.storeConfig,
    storage: withoutFallback(context.storeConfig.storage ?? {}),
    worker: { ...context.storeConfig.worker, inline: true },
  })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** A person at a terminal wants the answer or the error now, so the store must not connect later. */
function withoutFallback(storage: StorageConfig | string): StorageConfig | string {
  return typeof storage === 'object' ? { ...storage, fallback: 'error' } : storage
}
