// The settings of a database server, checked once: from flat keys of `storage`, from `storage.url`, or from both, each
// setting in one place only. Both servers' adapters begin here, and so does the check of a store's configuration, so that
// a wrong setting is refused before anything is connected. No message holds a secret: values of secret settings are not shown.

import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { userInfo } from 'node:os'
import { isIntegerIn } from '../../src/events/argument-checks.js'
import { ImmersionError } from '../../src/events/errors.js'
import { shownSetting } from '../../src/events/secrets.js'
import type { EventLogOptions } from '../../src/ports/event-log.js'
import { unknownSetting } from '../port/refusals.js'
import { type ServerProvider, settingsOfUrl } from './url.js'

export interface ServerOptions {
  /** A name or an address; one that begins with `/` is a Unix socket (postgres: its folder, mysql: its file). */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  /** postgres: the schema that holds the tables. */
  readonly schema: string
  /** Connections of one thread at most; a store has a thread that writes and one that reads. */
  readonly poolSize: number
  /** `verify` checks the server's certificate and name, `require` only encrypts. */
  readonly tls: 'off' | 'require' | 'verify'
  /** PEM file of the authorities that are trusted instead of the system's. */
  readonly caFile: string | undefined
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  /** mysql: all writers of the database use one node of its Galera cluster. */
  readonly singleWriter: boolean
  /** The host's open pool of connections, which is used instead of one of ours and stays open. */
  readonly pool?: object
}

const DEFAULT_PORTS: Readonly<Record<ServerProvider, number>> = { postgres: 5432, mysql: 3306 }
const POOL_SIZE = 4
const CONNECT_TIMEOUT_MS = 5000
const STATEMENT_TIMEOUT_MS = 30_000
/** The variable that keeps a password off the command line and out of files. */
const PASSWORD_VARIABLE = 'IMMERSION_DB_PASSWORD'

interface Setting {
  readonly allowed: string
  readonly isAllowed: (value: unknown) => boolean
}

const text: Setting = { allowed: 'a text that is not empty and holds no NUL', isAllowed: isText }
const SETTINGS: Readonly<Record<string, Setting>> = {
  host: { allowed: 'one host name, address, or path of a Unix socket', isAllowed: isHost },
  port: integer(1, 65_535),
  user: text,
  password: text,
  passwordFile: text,
  database: text,
  schema: {
    allowed: 'a name of 1 to 63 letters, digits and underscores that does not begin with a digit',
    isAllowed: (value) => typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(value),
  },
  poolSize: integer(1, 100),
  tls: {
    allowed: "'off', 'require' or 'verify'",
    isAllowed: (value) => value === 'off' || value === 'require' || value === 'verify',
  },
  caFile: text,
  connectTimeoutMs: integer(100, 600_000),
  statementTimeoutMs: integer(100, 86_400_000),
  singleWriter: { allowed: 'true or false', isAllowed: (value) => typeof value === 'boolean' },
}

/** Settings of one server alone. */
const ONLY_OF: Readonly<Record<string, ServerProvider>> = { schema: 'postgres', singleWriter: 'mysql' }

/** Settings beside a pool; everything else is the pool's own. */
const BESIDE_POOL: ReadonlySet<string> = new Set(['schema', 'statementTimeoutMs', 'singleWriter'])

/**
 * INVALID_CONFIG names the setting, its value (never a secret one) and what is allowed. The password comes from
 * `password` or the URL, else from the file `passwordFile`, else from the environment's IMMERSION_DB_PASSWORD. With a pool
 * the adapter completes the settings from it.
 */
export function serverOptions(
  provider: ServerProvider,
  { pool, ...storage }: EventLogOptions['storage'],
  environment: NodeJS.ProcessEnv = process.env,
): ServerOptions {
  const isHosts = typeof pool === 'object' && pool !== null
  if (pool !== undefined && !isHosts) throw unusablePool(provider, 'is no pool')
  const given = givenSettings(provider, storage)
  const other = isHosts ? Object.keys(given).find((key) => !BESIDE_POOL.has(key)) : undefined
  if (other !== undefined) throw invalid(other, 'is given beside storage.pool', 'storage.pool alone')
  // Checked above: each is of the type that its setting allows.
  const options = given as Partial<ServerOptions> & { readonly passwordFile?: string }
  const host = options.host ?? 'localhost'
  const tls = options.tls ?? (isLocal(host) && options.caFile === undefined ? 'off' : 'verify')
  if (options.caFile !== undefined && tls !== 'verify') {
    throw invalid('tls', `is '${tls}' beside storage.caFile, which it would not look at`, "'verify'")
  }
  if (provider === 'mysql' && tls === 'verify' && isIP(host) !== 0) {
    // It would check the certificate for the name `localhost` instead.
    const allowed = "the name in the server's certificate, or another storage.tls"
    throw invalid('host', `is the address ${host}, and the driver mysql2 verifies names only`, allowed)
  }
  return {
    host,
    port: options.port ?? DEFAULT_PORTS[provider],
    user: options.user ?? (isHosts ? '' : systemUser()),
    password: isHosts ? undefined : passwordOf(options, environment),
    database:
      options.database ??
      (isHosts ? '' : missing('database', 'Name the database, as in postgres://user@host/immersion.')),
    schema: options.schema ?? 'public',
    poolSize: options.poolSize ?? POOL_SIZE,
    tls,
    caFile: options.caFile,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    statementTimeoutMs: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    singleWriter: options.singleWriter ?? false,
    ...(isHosts && { pool }),
  }
}

const POOLS: Readonly<Record<ServerProvider, string>> = {
  postgres: 'an open Pool of pg',
  mysql: 'an open pool of mysql2, made with multipleStatements',
}

/** INVALID_CONFIG for a storage.pool that cannot be used. `what` completes "storage.pool …". */
export function unusablePool(provider: ServerProvider, what: string): ImmersionError {
  return invalid('pool', what, POOLS[provider])
}

/** The same for everyone who logs in there. */
export function serverPlace(provider: ServerProvider, options: ServerOptions): string {
  const host = isLocal(options.host) && !options.host.startsWith('/') ? 'localhost' : options.host
  return serverLocation(provider, { ...options, host, user: '' }).replace('//@', '//')
}

/** A URL without secret that names the same log, for stats, doctor and errors. */
export function serverLocation(provider: ServerProvider, options: ServerOptions): string {
  const { host, port, user, database, schema } = options
  const isSocket = host.startsWith('/')
  const shownHost = isSocket ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const more = new URLSearchParams()
  if (isSocket) more.set(provider === 'postgres' ? 'host' : 'socket', host)
  if (provider === 'postgres' && schema !== 'public') more.set('schema', schema)
  const query = more.size > 0 ? `?${more}` : ''
  return `${provider}://${encodeURIComponent(user)}@${shownHost}:${port}/${encodeURIComponent(database)}${query}`
}

/**
 * For the driver, which hands it on to node:tls; `verifyIdentity` makes mysql2 look at the name in the certificate as well.
 * Undefined where the connection is not encrypted. INVALID_CONFIG when the CA file cannot be read.
 */
export function tlsOptions({ tls, caFile }: ServerOptions) {
  if (tls === 'off') return undefined
  const verify = tls === 'verify'
  const ca = caFile === undefined ? {} : { ca: readSetting('caFile', caFile) }
  return { rejectUnauthorized: verify, verifyIdentity: verify, ...ca }
}

function givenSettings(
  provider: ServerProvider,
  storage: EventLogOptions['storage'],
): Readonly<Record<string, unknown>> {
  const { provider: _provider, url, ...flat } = storage
  const fromUrl = url === undefined ? {} : settingsOfUrl(provider, url)
  const given: Record<string, unknown> = {}
  for (const [key, value] of [...Object.entries(fromUrl), ...Object.entries(flat)]) {
    if (value === undefined) continue
    const setting = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined
    if (setting === undefined || (ONLY_OF[key] ?? provider) !== provider)
      throw unknownSetting(provider, key, settingNames(provider))
    if (given[key] !== undefined) throw invalid(key, 'is given twice, in storage.url and beside it', 'one of the two')
    if (!setting.isAllowed(value)) throw invalid(key, `is ${shownSetting(key, value)}`, setting.allowed)
    given[key] = value
  }
  if (given.password !== undefined && given.passwordFile !== undefined) {
    throw invalid('passwordFile', 'is given beside a password', 'one of the two')
  }
  return given
}

function settingNames(provider: ServerProvider): readonly string[] {
  return ['url', ...Object.keys(SETTINGS).filter((name) => (ONLY_OF[name] ?? provider) === provider)]
}

/** `what` completes "storage.KEY …". */
function invalid(key: string, what: string, allowed: string): ImmersionError {
  return new ImmersionError('INVALID_CONFIG', `storage.${key} ${what}; allowed is ${allowed}.`, {
    hint: `Give ${allowed}.`,
    details: { key: `storage.${key}`, allowed },
  })
}

function missing(key: string, hint: string): never {
  throw new ImmersionError('INVALID_CONFIG', `storage.${key} is missing.`, {
    hint,
    details: { key: `storage.${key}` },
  })
}

function passwordOf(
  { password, passwordFile }: { readonly password?: string | undefined; readonly passwordFile?: string },
  environment: NodeJS.ProcessEnv,
): string | undefined {
  if (password !== undefined) return password
  if (passwordFile === undefined) return environment[PASSWORD_VARIABLE] || undefined
  // Editors end a file with a line break, which is no part of the password.
  const read = readSetting('passwordFile', passwordFile).replace(/\r?\n$/, '')
  if (read === '') throw invalid('passwordFile', 'names an empty file', 'a file that holds the password')
  return read
}

function readSetting(key: 'passwordFile' | 'caFile', path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ImmersionError('INVALID_CONFIG', `The file in storage.${key} cannot be read: ${path}`, {
      hint: 'Check that the path is right and may be read.',
      details: { key: `storage.${key}`, path },
      cause,
    })
  }
}

/** As psql and mysql do. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    // A process may run under an id that has no account.
    return missing('user', "Name the server's user, as in postgres://user@host/immersion.")
  }
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)
}

function isHost(value: unknown): boolean {
  return typeof value === 'string' && (value.startsWith('/') ? isText(value) : /^[^\s,/@?#\0]+$/.test(value))
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0')
}

function integer(from: number, through: number): Setting {
  return {
    allowed: `an integer from ${from} to ${through}`,
    isAllowed: (value) => isIntegerIn(value, from, through),
  }
}
