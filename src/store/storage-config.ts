// The check of `storage`: which provider is meant, by name or by URL, and whether its settings are its own. The settings of
// a server are checked by the same function that its adapter uses (adapters/server/options.ts), so that a wrong one is
// refused before anything is opened. They are passed on as they were given.

import { z } from 'zod'
import { serverOptions, serverPlace } from '../../adapters/server/options.js'
import { BUILT_IN_PROVIDERS, isAdapter } from '../engine/open-engine.js'
import { ImmersionError } from '../events/errors.js'
import { withoutUndefined } from '../events/plain-data.js'
import { shownSetting } from '../events/secrets.js'
import type { EventLogAdapter } from '../ports/event-log.js'
import { isUrl, oneOf, parsed, strict, text } from './config-checks.js'
import { defaultSqlitePath, isDatabaseUrl, storageFromUrl } from './storage-location.js'

export interface CheckedStorage {
  readonly provider: string | EventLogAdapter
  /** The provider's settings. They may hold a password, so they are never printed. */
  readonly storage: Readonly<Record<string, unknown>>
  readonly fallback: 'error' | 'retry'
  /** The local log before a server; null where there is none. */
  readonly spool: { readonly path: string; readonly of: string } | null
}

const COMMON = { fallback: oneOf(['error', 'retry']).optional() }
const anObject = (allowed: string) =>
  z.custom<object>((value) => typeof value === 'object' && value !== null, { error: allowed })
const SQLITE = strict({
  ...COMMON,
  path: text('the path of a file'),
  nativeBinding: text('the path of a file'),
  whenRemoved: oneOf(['wait', 'create']),
  database: anObject('an open Database of better-sqlite3'),
})
const MEMORY = strict({ ...COMMON, name: text('a text') })
/** The other settings are checked by serverOptions. */
const SERVER = z.looseObject({ ...COMMON, spool: text('the path of a file').optional() })
/** Settings that only the adapter knows. */
const OPEN = z.looseObject(COMMON)
const ANY_STORAGE = z.looseObject({}, { error: 'a URL, a path, or an object with provider and its settings' })

/** INVALID_CONFIG or UNKNOWN_PROVIDER for what is not allowed. */
export function checkStorage(given: unknown): CheckedStorage {
  const object =
    typeof given === 'string' ? { url: given } : parsed(ANY_STORAGE, given === undefined ? {} : given, ['storage'])
  const { provider, ...settings } = withProvider(withoutUndefined(object))
  const { fallback = 'error', ...others } = parsed(schemaOf(provider), settings, ['storage'])
  if (isServer(provider)) {
    // Checked by SERVER.
    const { spool: path, ...storage } = others as { readonly spool?: string }
    const of = serverPlace(provider, serverOptions(provider, storage))
    const spool = path === undefined ? null : { path, of }
    return { provider, fallback, storage: withoutUndefined(storage), spool }
  }
  const place = provider === 'sqlite' && settings.database === undefined ? { path: defaultSqlitePath() } : {}
  return { provider, fallback, storage: { ...place, ...withoutUndefined(others) }, spool: null }
}

function isServer(provider: string | EventLogAdapter): provider is 'postgres' | 'mysql' {
  return provider === 'postgres' || provider === 'mysql'
}

function schemaOf(provider: string | EventLogAdapter) {
  if (provider === 'sqlite') return SQLITE
  if (isServer(provider)) return SERVER
  return provider === 'memory' ? MEMORY : OPEN
}

/** The settings with their provider, which is named by itself or by the URL. A URL that names a place is taken apart. */
function withProvider(
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> & { provider: string | EventLogAdapter } {
  const named = given.provider === undefined ? undefined : checkProvider(given.provider)
  // To the adapter of a program a URL is a setting like any other.
  if (given.url === undefined || (named !== undefined && schemaOf(named) === OPEN)) {
    return { ...given, provider: named ?? 'sqlite' }
  }
  const { url, ...beside } = given
  const place = storageFromUrl(url instanceof URL ? url.href : parsed(text('a URL or a path'), url, ['storage', 'url']))
  const twice = Object.keys(place).find((key) => key !== 'provider' && beside[key] !== undefined)
  if (twice !== undefined) throw contradiction(twice, 'is given in storage.url as well')
  if (named !== undefined && named !== place.provider) {
    throw contradiction('provider', `is '${named}', and storage.url is one of ${place.provider}`)
  }
  return { ...beside, ...place }
}

function checkProvider(provider: unknown): string | EventLogAdapter {
  if (isAdapter(provider)) return provider
  const name = provider instanceof URL ? provider.href : provider
  if (typeof name === 'string') {
    if (isDatabaseUrl(name)) throw contradiction('provider', 'is the URL of a database, which is for storage.url')
    if (BUILT_IN_PROVIDERS.includes(name) || isUrl(name)) return name
  }
  throw new ImmersionError('UNKNOWN_PROVIDER', `storage.provider is ${shownSetting('provider', provider)}.`, {
    hint: `Allowed is ${BUILT_IN_PROVIDERS.map((one) => `'${one}'`).join(', ')}, or the URL of a module that exports an adapter. MariaDB is 'mysql'.`,
    details: { key: 'storage.provider' },
  })
}

/** `what` completes "storage.KEY …". */
function contradiction(key: string, what: string): ImmersionError {
  return new ImmersionError('INVALID_CONFIG', `storage.${key} ${what}.`, {
    hint: 'Give storage.url alone, or storage.provider with its settings.',
    details: { key: `storage.${key}` },
  })
}
