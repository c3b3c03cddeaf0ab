// Opens the client that a store works with: over the database's threads, or in the caller's own; at once, or when the
// database can be reached; by itself, or behind a spool.

import { type EngineClient, openInlineClient, type StoreClient } from '../engine/engine-client.js'
import type { EngineSpec, PlainEngineSpec } from '../engine/engine-spec.js'
import { ImmersionError } from '../events/errors.js'
import { damagedSettings } from '../ledger/settings.js'
import type { DiagnosticsRecorder } from '../pipeline/diagnostics.js'
import { openSpooledClient, spoolDatabase } from '../spool/spool.js'
import { openWorkerClient } from '../worker/worker-client.js'
import type { CheckedConfig } from './config.js'
import { type ConnectingOptions, openConnectingClient } from './connecting-client.js'

export async function openStoreClient(config: CheckedConfig, diagnostics: DiagnosticsRecorder): Promise<StoreClient> {
  // Refused here also where the database is opened later.
  if (!config.inline) plainSpec(config)
  if (config.spool !== null) return openSpooled(config, config.spool, diagnostics)
  if (config.fallback === 'retry') {
    diagnostics.setState('connecting')
    return connectLater(config, diagnostics, {
      onConnectFailed: (error, attempt, delayMs) => diagnostics.connectFailed(error, attempt, delayMs),
      onConnected: () => diagnostics.setState('ok'),
    })
  }
  const client = await openClient(config, diagnostics)
  warnOfOtherSettings(config, client, diagnostics)
  return client
}

function openSpooled(
  config: CheckedConfig,
  place: NonNullable<CheckedConfig['spool']>,
  diagnostics: DiagnosticsRecorder,
): Promise<StoreClient> {
  return openSpooledClient({
    place,
    openSpool: () => {
      const database = spoolDatabase(place, config.settings.dayStartsAtHour)
      return openClient({ ...config, ...database }, diagnostics)
    },
    openServer: (onConnected) =>
      connectLater(config, diagnostics, {
        // The spool itself reports when the server is away.
        onConnectFailed: (error) => diagnostics.failed(error),
        onConnected,
      }),
    retainEveryMs: config.inline ? 0 : config.retainEveryMs,
    onOpened: (status) => diagnostics.setSpool(status),
    onState: (state) => diagnostics.spoolState(state),
    onFailed: (error) => diagnostics.failed(error),
    nowMs: Date.now,
    random: Math.random,
  })
}

function connectLater(
  config: CheckedConfig,
  diagnostics: DiagnosticsRecorder,
  { onConnectFailed, onConnected }: Pick<ConnectingOptions, 'onConnectFailed' | 'onConnected'>,
): Promise<StoreClient> {
  return openConnectingClient({
    onConnectFailed,
    open: (signal) => openClient(config, diagnostics, signal),
    onConnected(client) {
      warnOfOtherSettings(config, client, diagnostics)
      onConnected(client)
    },
  })
}

function openClient(
  config: CheckedConfig,
  diagnostics: DiagnosticsRecorder,
  signal?: AbortSignal,
): Promise<EngineClient> {
  if (config.inline) return openInlineClient(config, config.stuckAfterMs)
  return openWorkerClient({
    spec: plainSpec(config),
    path: config.workerPath,
    stuckAfterMs: config.stuckAfterMs,
    signal,
    onRestarted: (error) => diagnostics.workerRestarted(error),
    onFailed(error) {
      diagnostics.failed(error)
      diagnostics.setState('failed')
    },
  })
}

function warnOfOtherSettings(config: CheckedConfig, client: EngineClient, diagnostics: DiagnosticsRecorder): void {
  const { dayStartsAtHour, retention, damaged } = client.storedSettings
  if (damaged !== undefined) diagnostics.failed(damagedSettings(config.profile, damaged))
  const asked = config.settingsAsked
  warnWhereOther('settings.dayStartsAtHour', asked.dayStartsAtHour, dayStartsAtHour)
  for (const [name, value] of Object.entries(asked.retention ?? {})) {
    warnWhereOther(`retention.${name}`, value, retention[name as keyof typeof retention])
  }

  function warnWhereOther(key: string, value: number | undefined, stored: number): void {
    if (value === undefined || value === stored) return
    diagnostics.warn(
      `${key} is ${value} in the configuration and ${stored} in profile ${config.profile}, which counts. ` +
        'maintenance.configure (or `immersion config set`) changes it there.',
    )
  }
}

/**
 * The spec as it crosses to a worker's threads. Functions and connections do not cross, so INVALID_CONFIG for an adapter, a
 * projection, a clock or an open database that is given as an object; it names the form in which a thread can have it.
 */
function plainSpec(spec: Omit<EngineSpec, 'role'>): Omit<PlainEngineSpec, 'role'> {
  const { profile, settings, timeZone, provider, projections, clock, storage } = spec
  if (typeof provider !== 'string') throw inlineOnly('storage.provider', 'or give the URL of a module that exports it')
  const urls = projections.filter((projection) => typeof projection === 'string')
  if (urls.length < projections.length) {
    throw inlineOnly('projections', 'or give the URLs of modules that export the projections')
  }
  if (clock !== undefined) throw inlineOnly('clock', 'or set tz for the time zone alone')
  if (storage.pool !== undefined) throw inlineOnly('storage.pool', 'or give storage.url and the settings of a server')
  if (typeof storage.database === 'object') throw inlineOnly('storage.database', 'or give storage.path')
  return { profile, settings, timeZone, provider, projections: urls, storage: cloned(storage) }
}

/** Settings of a program's own adapter may be anything. */
function cloned(storage: EngineSpec['storage']): EngineSpec['storage'] {
  try {
    return structuredClone(storage)
  } catch (cause) {
    throw inlineOnly('storage', 'or give plain data alone', cause)
  }
}

function inlineOnly(key: string, otherwise: string, cause?: unknown): ImmersionError {
  return new ImmersionError(
    'INVALID_CONFIG',
    `${key} holds an object, and functions do not cross to the worker's threads.`,
    {
      hint: `Set worker.inline to true, ${otherwise}.`,
      details: { key },
      cause,
    },
  )
}
