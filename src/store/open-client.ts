// Opens what a store works on: the database's threads, or the caller's own; at once, or when the database can be reached; by
// itself, or behind a spool.

import type { EngineClient, StoreClient } from '../engine/engine-client.js'
import { DAY_MS } from '../events/time-units.js'
import { chosenWindows } from '../ledger/settings.js'
import type { DiagnosticsRecorder } from '../pipeline/diagnostics.js'
import { createForwarding, type Forwarding } from '../spool/forwarding.js'
import { createSpoolClient } from '../spool/spool-client.js'
import { openInlineClient } from '../worker/inline-client.js'
import { openWorkerClient } from '../worker/worker-client.js'
import type { CheckedConfig } from './config.js'
import { openConnectingClient } from './connecting-client.js'

export async function openStoreClient(config: CheckedConfig, diagnostics: DiagnosticsRecorder): Promise<StoreClient> {
  if (config.spool !== null) return openSpooled(config, config.spool, diagnostics)
  const onConnected = (client: EngineClient) => warnOfOtherSettings(config, client, diagnostics)
  if (config.fallback === 'retry') {
    return openConnectingClient({
      open: (signal) => openClient(config, config, diagnostics, signal),
      onConnecting: () => diagnostics.setState('connecting'),
      onConnectFailed: (error, attempt, delayMs) => diagnostics.connectFailed(error, attempt, delayMs),
      onConnected(client) {
        diagnostics.setState('ok')
        onConnected(client)
      },
      random: Math.random,
    })
  }
  const client = await openClient(config, config, diagnostics)
  onConnected(client)
  return client
}

/** The spool has to open; the server may come when it comes. */
async function openSpooled(
  config: CheckedConfig,
  spoolPath: string,
  diagnostics: DiagnosticsRecorder,
): Promise<StoreClient> {
  const spool = await openClient(config, spoolOf(config, spoolPath), diagnostics)
  try {
    let forwarding: Forwarding | null = null
    const server = await openConnectingClient({
      open: (signal) => openClient(config, config, diagnostics, signal),
      onConnecting: () => {},
      // It is the forwarding that says when the server is away.
      onConnectFailed: (error) => diagnostics.failed(error),
      onConnected(client) {
        warnOfOtherSettings(config, client, diagnostics)
        forwarding?.lookAgain()
      },
      random: Math.random,
    })
    forwarding = createForwarding({
      spool,
      server,
      retainEveryMs: config.inline ? 0 : config.retainEveryMs,
      onState: (state) => diagnostics.spoolState(state),
      onFailed: (error) => diagnostics.failed(error),
      nowMs: Date.now,
      random: Math.random,
    })
    diagnostics.setSpool(forwarding.status)
    forwarding.lookAgain()
    return createSpoolClient({ spool, server, forwarding, onFailed: (error) => diagnostics.failed(error) })
  } catch (error) {
    await spool.close(true)
    throw error
  }
}

/** The server keeps the detail; the spool keeps it for as long as somebody may want to look what became of it. */
const SPOOL_WINDOWS = { detailMs: DAY_MS, telemetryMs: DAY_MS, dailyDays: 0, monthlyMonths: 0 }

function spoolOf({ settings: { dayStartsAtHour } }: CheckedConfig, path: string): Database {
  return {
    provider: 'sqlite',
    storage: { path },
    settings: { dayStartsAtHour, ...chosenWindows(SPOOL_WINDOWS) },
  }
}

type Database = Pick<CheckedConfig, 'provider' | 'storage' | 'settings'>

function openClient(
  config: CheckedConfig,
  { provider, storage, settings }: Database,
  diagnostics: DiagnosticsRecorder,
  signal?: AbortSignal,
): Promise<EngineClient> {
  const { profile, projections, timeZone } = config
  const spec = { profile, settings, provider, storage, projections, ...(timeZone !== undefined && { timeZone }) }
  if (config.inline) return openInlineClient(spec, config.stuckAfterMs)
  return openWorkerClient({
    spec,
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
  const { dayStartsAtHour, retention } = client.storedSettings
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
