// Where a log is: the places of this system, and the one reading of `--db` and IMMERSION_DB. Secrets in URLs are left out
// of everything that is printed.

import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ImmersionError } from '../events/errors.js'

/** A StorageConfig of src/store/config.ts. */
export type StorageLocation = {
  readonly provider: string
  readonly path?: string
  readonly name?: string
}

/** Providers whose adapters are to come; named, so that the error can say so. */
export const PLANNED_PROVIDERS: ReadonlySet<string> = new Set(['postgres', 'postgresql', 'mysql', 'mariadb'])

/** `sqlite:PATH` or a plain path, `memory:` or `memory:NAME`. */
export function storageFromUrl(url: string): StorageLocation {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()
  const rest = scheme === undefined ? url : url.slice(scheme.length + 1).replace(/^\/\/(?=\/|$)/, '')
  if (scheme === 'memory') return rest === '' ? { provider: 'memory' } : { provider: 'memory', name: rest }
  if ((scheme === undefined || scheme === 'sqlite') && rest !== '') return { provider: 'sqlite', path: rest }
  if (scheme !== undefined && PLANNED_PROVIDERS.has(scheme)) throw plannedProvider(scheme)
  throw new ImmersionError('INVALID_CONFIG', `A database cannot be named by ${JSON.stringify(withoutSecret(url))}.`, {
    hint: 'Write sqlite:PATH, or memory: for a log that is kept nowhere.',
    details: { url: withoutSecret(url) },
  })
}

export function plannedProvider(provider: string): ImmersionError {
  return new ImmersionError('UNKNOWN_PROVIDER', `This version has no adapter for ${provider} yet.`, {
    hint: 'Use sqlite (the default), memory, or the URL of a module that exports an adapter.',
    details: { provider },
  })
}

/** A URL as it may be printed. */
export function withoutSecret(url: string): string {
  return url.replace(/\/\/[^/@\s]*@/, '//…@').replace(/([?&](?:password|token|secret|key)=)[^&\s]*/gi, '$1…')
}

/** Where this user's programs keep their data; made by whoever writes into it first. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  return join(dataHome(environment, platform), 'immersion-log')
}

function dataHome(environment: NodeJS.ProcessEnv, platform: string): string {
  const { XDG_DATA_HOME, LOCALAPPDATA, APPDATA } = environment
  const home = environment.HOME || homedir()
  // The XDG specification says that a relative path is to be ignored.
  if (XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME)) return XDG_DATA_HOME
  if (platform === 'win32') return LOCALAPPDATA || APPDATA || join(home, 'AppData', 'Local')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  return join(home, '.local', 'share')
}

export function defaultSqlitePath(): string {
  return join(dataFolder(), 'immersion.sqlite')
}
