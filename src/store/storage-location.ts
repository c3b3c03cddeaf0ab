// The place of a log: the folders of this system, and the one reader of `--db` and IMMERSION_DB. Secrets in URLs are left out
// of everything that is printed.

import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ImmersionError } from '../events/errors.js'
import { withoutSecret } from '../events/secrets.js'

/** A StorageConfig of src/store/config.ts. */
export type StorageLocation =
  | { readonly provider: 'sqlite'; readonly path: string }
  | { readonly provider: 'memory'; readonly name?: string }
  | { readonly provider: 'postgres' | 'mysql'; readonly url: string }

const PROVIDER_OF_SCHEME: ReadonlyMap<string, StorageLocation['provider']> = new Map([
  ['sqlite', 'sqlite'],
  ['memory', 'memory'],
  ['postgres', 'postgres'],
  ['postgresql', 'postgres'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
])

/**
 * `sqlite:PATH` or a plain path, `postgres://…`, `mysql://…` (what follows is read by adapters/server/url.ts), `memory:`
 * or `memory:NAME`.
 */
export function storageFromUrl(url: string): StorageLocation {
  const scheme = schemeOf(url)
  const provider = scheme === undefined ? 'sqlite' : providerOf(url)
  const rest = scheme === undefined ? url : url.slice(scheme.length + 1).replace(/^\/\/(?=\/|$)/, '')
  if (provider === 'memory') return rest === '' ? { provider } : { provider, name: rest }
  if (provider === 'sqlite' && rest !== '') return { provider, path: rest }
  if (provider === 'postgres' || provider === 'mysql') return { provider, url }
  throw new ImmersionError('INVALID_CONFIG', `A database cannot be named by ${JSON.stringify(withoutSecret(url))}.`, {
    hint: 'Write sqlite:PATH, postgres://user@host/database, mysql://user@host/database, or memory: for a log that is kept nowhere.',
    details: { url: withoutSecret(url) },
  })
}

/** Whether the scheme of this URL names one of the databases that are built in. */
export function isDatabaseUrl(url: string): boolean {
  return providerOf(url) !== undefined
}

/** Whether it names a database server; such a URL may hold a password. */
export function isServerUrl(url: string): boolean {
  const provider = providerOf(url)
  return provider === 'postgres' || provider === 'mysql'
}

function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()
}

function providerOf(url: string): StorageLocation['provider'] | undefined {
  return PROVIDER_OF_SCHEME.get(schemeOf(url) ?? '')
}

/** The folder in which this user's programs keep their data. The first program that writes into it makes it. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  return join(dataHome(environment, platform), 'immersion-log')
}

function dataHome(environment: NodeJS.ProcessEnv, platform: string): string {
  const { XDG_DATA_HOME, LOCALAPPDATA, APPDATA } = environment
  const home = environment.HOME || homedir()
  // By the XDG specification a relative path is ignored.
  if (XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME)) return XDG_DATA_HOME
  if (platform === 'win32') return LOCALAPPDATA || APPDATA || join(home, 'AppData', 'Local')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  return join(home, '.local', 'share')
}

export function defaultSqlitePath(): string {
  return join(dataFolder(), 'immersion.sqlite')
}
