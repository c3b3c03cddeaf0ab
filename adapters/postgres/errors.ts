// Turns the driver's errors into codes that callers may branch on, with a hint for the reader. An error is the driver's when
// it came out of a query or a connection attempt (PostgresFailures.note), so that an error of a caller's own work is never
// taken for one. No message holds a secret: the location is a URL without it.

import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'

export class PostgresFailures {
  /** A URL without its secret. */
  readonly location: string
  readonly #noted = new WeakSet<object>()

  constructor(location: string) {
    this.location = location
  }

  /** Remembers that this came from the driver, and returns it. */
  note<Failure>(error: Failure): Failure {
    if (error !== null && typeof error === 'object') this.#noted.add(error)
    return error
  }

  /** An ImmersionError for the driver's failures; others come back as they are. `doing` completes "PostgreSQL failed to …". */
  failure(error: unknown, doing: string): unknown {
    if (error === null || typeof error !== 'object' || !this.#noted.has(error)) return error
    return error instanceof ImmersionError ? error : postgresError(error, this.location, doing)
  }
}

function postgresError(error: object, location: string, doing: string): ImmersionError {
  const sqlState = codeOf(error)
  const message = messageOf(error)
  const [, code, hint] = CODES.find(([pattern]) => pattern.test(sqlState)) ??
    MESSAGES.find(([pattern]) => pattern.test(message)) ?? ['', 'STORAGE_FAILED', '']
  return new ImmersionError(code, `PostgreSQL failed to ${doing}: ${message}`, {
    hint,
    details: { location, sqlState },
    cause: error,
  })
}

/** Whether the connection may not be used again: it is lost, or its state is not known. */
export function isConnectionLost(error: unknown): boolean {
  if (error === null || typeof error !== 'object') return true
  const severity = 'severity' in error ? error.severity : undefined
  return severity === 'FATAL' || severity === 'PANIC' || !/^[0-9A-Z]{5}$/.test(codeOf(error))
}

/** Whether the server refused a row for its values: of the class "data exception", or null where there must be a value. */
export function isRefusedRow(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('22') || code === '23502' || code === '23514' || code === '54000'
}

export function isDuplicateKey(error: unknown): boolean {
  return codeOf(error) === '23505'
}

/** A pooler in transaction mode gave us a session that does not know our prepared statement, or knows it already. */
export function isPreparedStatementMissing(error: unknown): boolean {
  const code = codeOf(error)
  return code === '26000' || code === '42P05'
}

/** A pooler that takes no session settings at all. */
export function isStartupRefused(error: unknown): boolean {
  return codeOf(error) === '08P01' && /startup parameter/i.test(messageOf(error))
}

const UNREACHABLE = 'Check that the server runs and can be reached from here.'

/** By SQLSTATE, or its class; and by the codes of Node.js, for failures before the server answers. */
const CODES: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/^28P01/, 'STORAGE_UNAVAILABLE', 'The password is wrong: look at storage.password or IMMERSION_DB_PASSWORD.'],
  [/^28/, 'STORAGE_UNAVAILABLE', 'The server does not let this user in: look at storage.user and its pg_hba.conf.'],
  [/^3D000/, 'STORAGE_UNAVAILABLE', 'The database does not exist: make it, or look at storage.database.'],
  [/^3F000/, 'STORAGE_UNAVAILABLE', 'The schema does not exist: open the log once for writing.'],
  [/^53100/, 'STORAGE_FULL', "Free space on the server's disk; what waits is written as soon as there is some."],
  [
    /^53300/,
    'STORAGE_UNAVAILABLE',
    'The server has no connection left: raise its max_connections or lower storage.poolSize.',
  ],
  [/^53/, 'STORAGE_BUSY', 'The server is short of memory; try again.'],
  [/^57014/, 'STORAGE_BUSY', 'It took longer than storage.statementTimeoutMs; try again, or raise it.'],
  [/^57/, 'STORAGE_UNAVAILABLE', 'The server is starting, stopping or has ended the connection; try again.'],
  [/^(08|ECONN|EHOST|ENET|ETIMEDOUT|EPIPE)/, 'STORAGE_UNAVAILABLE', UNREACHABLE],
  [/^(40|55P03|26000|42P05)/, 'STORAGE_BUSY', 'The statement conflicted with another transaction; try again.'],
  [/^25006/, 'STORAGE_READ_ONLY', 'The server is read-only: a standby, or default_transaction_read_only is on.'],
  [/^25P03/, 'STORAGE_UNAVAILABLE', 'The transaction was idle for too long and was ended; try again.'],
  [/^42501/, 'STORAGE_READ_ONLY', 'Grant the user the rights to create and write tables in this schema.'],
  [/^42P01/, 'STORAGE_FAILED', 'A table is missing: open the log once for writing, and look at storage.schema.'],
  [/^XX00[12]/, 'STORAGE_CORRUPT', 'Look at the log of the server; restore the database from a backup.'],
  [/^ENOTFOUND/, 'STORAGE_UNAVAILABLE', 'No such host: look at storage.host.'],
  [/^EAI_/, 'STORAGE_UNAVAILABLE', 'The name of the host cannot be looked up now: look at storage.host.'],
  [/^ENOENT/, 'STORAGE_UNAVAILABLE', 'There is no such Unix socket: look at storage.host.'],
  [/^EACCES/, 'STORAGE_UNAVAILABLE', 'The Unix socket may not be used by this user.'],
  [
    /^(ERR_TLS|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/,
    'STORAGE_UNAVAILABLE',
    "Give the authority's certificate in storage.caFile, or check that storage.host is its name.",
  ],
  [/^ERR_SSL/, 'STORAGE_UNAVAILABLE', 'The server does not offer this kind of TLS: look at storage.tls.'],
]

/** The driver's errors without a code. */
const MESSAGES: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    /does not support SSL/i,
    'STORAGE_UNAVAILABLE',
    "The server has TLS switched off; storage.tls 'off' goes without it.",
  ],
  [/password/i, 'STORAGE_UNAVAILABLE', 'The server needs a password: give storage.password or IMMERSION_DB_PASSWORD.'],
  [/timeout exceeded when trying to connect/, 'STORAGE_BUSY', 'Every connection is in use: raise storage.poolSize.'],
  [
    /^Received unexpected/,
    'STORAGE_UNAVAILABLE',
    'No PostgreSQL answers there: look at storage.port. Is it MySQL, or MariaDB?',
  ],
  [/terminated|timeout|not queryable|connection error|socket/i, 'STORAGE_UNAVAILABLE', UNREACHABLE],
]

function codeOf(error: unknown): string {
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

/** A host with several addresses fails with one error for each, and has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
