// Opens the engine that a spec describes: finds the adapter, imports the modules that the program names, and creates the
// engine over both. Runs in the worker's threads, and in the caller's for stores that are opened inline.

import { createSystemClock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import { windowsOf } from '../ledger/settings.js'
import type { EventLogAdapter } from '../ports/event-log.js'
import type { OpenedSettings } from '../ports/profile-settings.js'
import type { Projection } from '../ports/projection.js'
import { builtInProjections, isProjection, rowTableOf } from './built-in-projections.js'
import { createLogEngine } from './engine.js'
import type { EngineSpec } from './engine-spec.js'
import { withNamedFailures } from './named-failures.js'

export type OpenedEngine = Awaited<ReturnType<typeof openEngine>>

/** With whether another thread can open the same log, and the settings that are stored with the profile. */
export async function openEngine(spec: EngineSpec) {
  const { adapter, projections, ...options } = await loadDatabase(spec)
  const readOnly = spec.role === 'reader' || spec.role === 'pass'
  const log = await adapter.openEventLog({ ...options, readOnly, ...(spec.isReopened && { isReopened: true }) })
  try {
    const { profile, settings, clock = createSystemClock(spec.timeZone) } = spec
    const engine = await createLogEngine({ log, profile, settings, projections, clock })
    const { settings: stored } = await log.read(profile, (snapshot) => snapshot.head())
    const opened: OpenedSettings = { ...stored, retention: windowsOf(stored) }
    return { engine, sharedBetweenThreads: adapter.sharedBetweenThreads, settings: opened }
  } catch (error) {
    await log.close()
    throw error
  }
}

export type DatabaseSpec = Pick<EngineSpec, 'provider' | 'storage' | 'projections'>

/** The adapter of a database, and the options to open it with. */
export async function loadDatabase({ provider, storage, projections }: DatabaseSpec) {
  const adapter = await loadAdapter(provider)
  const added = await Promise.all(projections.map(loadProjections))
  const known = [...(await builtInProjections()), ...added.flat()]
  return { adapter, storage, projections: known, tables: known.map(rowTableOf) }
}

async function loadAdapter(provider: string | EventLogAdapter): Promise<EventLogAdapter> {
  if (typeof provider !== 'string') return withNamedFailures(provider, false)
  const module = await importProvider(provider)
  if (isAdapter(module.adapter)) return withNamedFailures(module.adapter, BUILT_IN_PROVIDERS.includes(provider))
  throw new ImmersionError('UNKNOWN_PROVIDER', `The module of storage.provider exports no adapter: ${provider}`, {
    hint: 'Export an EventLogAdapter by the name `adapter`.',
    details: { provider },
  })
}

export const BUILT_IN_PROVIDERS: readonly string[] = ['sqlite', 'postgres', 'mysql', 'memory']

async function importProvider(provider: string): Promise<Readonly<Record<string, unknown>>> {
  switch (provider) {
    case 'sqlite':
      return import('../../adapters/sqlite/adapter.js')
    case 'postgres':
      return import('../../adapters/postgres/adapter.js')
    case 'mysql':
      return import('../../adapters/mysql/adapter.js')
    case 'memory':
      return import('../../adapters/memory/adapter.js')
    default:
      return importModule(provider, 'UNKNOWN_PROVIDER', 'storage.provider')
  }
}

async function loadProjections(url: string | Projection): Promise<readonly Projection[]> {
  if (typeof url !== 'string') return [url]
  const module = await importModule(url, 'UNKNOWN_PROJECTION', 'projections')
  const found = Object.values(module).flat().filter(isProjection)
  if (found.length > 0) return [...new Set(found)]
  throw new ImmersionError('UNKNOWN_PROJECTION', `The module in projections exports no projection: ${url}`, {
    hint: 'Export the result of defineProjection, or a list of them.',
    details: { url },
  })
}

async function importModule(
  url: string,
  code: 'UNKNOWN_PROVIDER' | 'UNKNOWN_PROJECTION',
  key: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(url)
  } catch (cause) {
    throw new ImmersionError(code, `The module in ${key} cannot be imported: ${url}`, {
      hint: 'Give the URL of a compiled module (import.meta.resolve or pathToFileURL make one).',
      details: { [key]: url },
      cause,
    })
  }
}

export function isAdapter(value: unknown): value is EventLogAdapter {
  return (
    typeof value === 'object' &&
    value !== null &&
    'openEventLog' in value &&
    'planMigrations' in value &&
    'sharedBetweenThreads' in value
  )
}
