// Reads the URL of a database server into the flat settings of `storage` (options.ts, which checks their values).
// A parameter of another program is accepted if it means the same here, and refused by name if not, because ignoring it would
// open another connection than the URL describes. If a URL cannot be read, no part of it is shown, because the password may
// be anywhere in it.

import { ImmersionError } from '../../src/events/errors.js'

export type ServerProvider = 'postgres' | 'mysql'

const SCHEMES: Readonly<Record<ServerProvider, readonly string[]>> = {
  postgres: ['postgres:', 'postgresql:'],
  mysql: ['mysql:', 'mariadb:'],
}

type Settings = Record<string, string | number | boolean>

const NUMBERS: ReadonlySet<string> = new Set(['poolSize', 'connectTimeoutMs', 'statementTimeoutMs', 'port'])
const SAME_NAMES = [
  ...['schema', 'poolSize', 'tls', 'caFile', 'passwordFile', 'connectTimeoutMs', 'statementTimeoutMs', 'singleWriter'],
]

/** The setting of each parameter: our own by their names, and those of libpq and of MySQL's clients in lower case. */
const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ...[...SAME_NAMES, 'host', 'port', 'user', 'password'].map((name) => [name, name] as const),
  ['dbname', 'database'],
  ['socket', 'host'],
  ['connect_timeout', 'connectTimeoutMs'],
  ['sslmode', 'tls'],
  ['ssl-mode', 'tls'],
  ['sslrootcert', 'caFile'],
  ['ssl-ca', 'caFile'],
])

/** Modes that would go on without encryption, or check half of a certificate, have no counterpart here. */
const TLS_OF_MODE: ReadonlyMap<string, string> = new Map([
  ['disable', 'off'],
  ['disabled', 'off'],
  ['require', 'require'],
  ['required', 'require'],
  ['verify-full', 'verify'],
  ['verify_identity', 'verify'],
])

/** INVALID_CONFIG when it is no URL of this provider, or holds a part that has no meaning here. */
export function settingsOfUrl(provider: ServerProvider, url: unknown): Readonly<Settings> {
  const parsed = parse(provider, url)
  const [database, ...further] = parsed.pathname.replace(/^\//, '').split('/')
  if (further.length > 0 || /[@#]/.test(`${parsed.pathname}${parsed.search}${parsed.hash}`)) throw unreadable(provider)
  const settings: Settings = {}
  add(settings, 'host', decoded(provider, parsed.hostname.replace(/^\[(.*)\]$/, '$1')))
  if (parsed.port !== '') add(settings, 'port', Number(parsed.port))
  add(settings, 'user', decoded(provider, parsed.username))
  add(settings, 'password', decoded(provider, parsed.password))
  add(settings, 'database', decoded(provider, database ?? ''))
  // With a socket as a parameter the host before the path has no meaning.
  if (parsed.searchParams.has('socket') || parsed.searchParams.get('host')?.startsWith('/')) delete settings.host
  for (const [name, value] of parsed.searchParams) {
    const key = PARAMETERS.get(name)
    // The name may be the rest of a password that holds a `&`.
    if (key === undefined && parsed.searchParams.has('password')) throw unreadable(provider)
    if (key === undefined) throw refused(name, 'has no meaning here', `Allowed: ${[...PARAMETERS.keys()].join(', ')}.`)
    add(settings, key, settingOf(name, value))
  }
  return settings
}

function parse(provider: ServerProvider, url: unknown): URL {
  try {
    if (typeof url !== 'string' && !(url instanceof URL)) throw unreadable(provider)
    const parsed = new URL(url)
    if (SCHEMES[provider].includes(parsed.protocol)) return parsed
  } catch {
    // Not kept as a cause, because node's error holds the complete URL.
  }
  throw unreadable(provider)
}

function add(settings: Settings, key: string, value: Settings[string]): void {
  if (value === '') return
  if (settings[key] !== undefined) throw refused(key, 'is given twice', 'Give it once.')
  settings[key] = value
}

function decoded(provider: ServerProvider, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw unreadable(provider)
  }
}

function unreadable(provider: ServerProvider): ImmersionError {
  return new ImmersionError('INVALID_CONFIG', `storage.url cannot be read as a URL of ${provider}.`, {
    hint: `Write ${SCHEMES[provider][0]}//user:password@host:port/database; in user, password and database the characters : / ? # @ & and % are written as %3A %2F %3F %23 %40 %26 %25.`,
    details: { key: 'storage.url' },
  })
}

function refused(name: string, what: string, hint: string): ImmersionError {
  return new ImmersionError('INVALID_CONFIG', `The parameter ${name} of storage.url ${what}.`, {
    hint,
    details: { key: 'storage.url', parameter: name },
  })
}

function settingOf(name: string, value: string): Settings[string] {
  if (name === 'connect_timeout') return /^\d+$/.test(value) ? Number(value) * 1000 : value
  if (name === 'singleWriter') return value === 'true' || (value !== 'false' && value)
  if (NUMBERS.has(name)) return /^\d{1,15}$/.test(value) ? Number(value) : value
  if (name === 'sslmode' || name === 'ssl-mode') {
    const allowed = 'disable, require (encrypts, checks nothing), verify-full (checks certificate and name)'
    const tls = TLS_OF_MODE.get(value.toLowerCase())
    if (tls === undefined) throw refused(name, 'has a value that cannot be used', `Allowed: ${allowed}.`)
    return tls
  }
  // The authorities of the system are the default, and an empty value is none.
  return (name === 'sslrootcert' || name === 'ssl-ca') && value === 'system' ? '' : value
}
