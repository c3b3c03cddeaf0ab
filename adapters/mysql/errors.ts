// Turns the driver's errors into codes that callers may branch on, with a hint for the reader. Numbers are the
// servers' own (MySQL and MariaDB share them up to 1899), names are the driver's and the network's. No message of either
// holds a password; the statement that the driver adds to its errors is taken off, because it holds the learner's data.

import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'
import { withoutSecret } from '../../src/events/secrets.js'

/** `doing` completes "MySQL failed to …". Errors of others come back as they are. */
export function mysqlError(error: unknown, location: string, doing: string): unknown {
  const failure = mysqlFailure(error)
  if (failure === null) return error
  const { number, name, text } = failure
  const [code, hint] = meaningOf(failure)
  return new ImmersionError(code, `MySQL failed to ${doing}: ${withoutSecret(text)}`, {
    hint,
    details: { location, mysqlCode: name, ...(number === null ? {} : { mysqlNumber: number }) },
    cause: new Error(`${name}: ${withoutSecret(text)}`),
  })
}

/** For a node of a cluster, where the configuration does not say that all writers use one node. */
export function severalWriters(location: string): ImmersionError {
  return new ImmersionError('STORAGE_UNSUPPORTED', `${location} is a node of a Galera cluster (wsrep_on is ON).`, {
    hint: 'Writers on two nodes lose events. Where all writers of the database use the same node, set storage.singleWriter to true.',
    details: { location, variable: 'wsrep_on' },
  })
}

/** For a transaction that the server has rolled back before it was committed. */
export function endedByServer(): ImmersionError {
  return new ImmersionError('STORAGE_BUSY', 'MySQL ended the transaction before it was committed.', {
    hint: 'Another node of the cluster wrote the same rows; try again.',
  })
}

/** A bind that no column can hold, found before it is sent. */
export class UnusableBind extends Error {}

/** Whether the database refused a row for its values. */
export function isRefusedRow(error: unknown): boolean {
  return error instanceof UnusableBind || REFUSING.has(numberOf(error))
}

export function isDuplicateKey(error: unknown): boolean {
  return numberOf(error) === 1062
}

/** The server's own number of an error, 0 for an error that did not come from a server. */
export function numberOf(error: unknown): number {
  return mysqlFailure(error)?.number ?? 0
}

/** Whether the connection can be used again: a server that answered with an error is still there. */
export function leavesConnectionUsable(error: unknown): boolean {
  if (error instanceof UnusableBind) return true
  const isFatal = error instanceof Error && 'fatal' in error && error.fatal === true
  return !isFatal && numberOf(error) > 0 && !GONE.has(numberOf(error))
}

/** Null, out of range, no number, too long, not of the character set, not convertible. */
const REFUSING: ReadonlySet<number> = new Set([1048, 1264, 1265, 1292, 1300, 1366, 1367, 1406, 3854, 3988])
/** The server is stopping, or has ended the connection, or is no longer the one that takes writes. */
const GONE: ReadonlySet<number> = new Set([1053, 1080, 1184, 1290, 1836, 1927, 4031])

interface Failure {
  readonly number: number | null
  readonly name: string
  readonly text: string
}

function mysqlFailure(error: unknown): Failure | null {
  if (!(error instanceof Error)) return null
  if (error instanceof UnusableBind) return { number: null, name: 'UNUSABLE_BIND', text: error.message }
  const name = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isServers = 'sqlState' in error && 'errno' in error && typeof error.errno === 'number'
  if (!isServers && !isDrivers(name)) return null
  // An address that stands for several has one error for each and no message of its own.
  const text = error.message === '' ? name : error.message
  return { number: isServers ? Number(error.errno) : null, name, text }
}

/** Errors of node's own checks (`ERR_INVALID_ARG_TYPE`) are faults of a program, not of the database. */
function isDrivers(name: string): boolean {
  return /^(PROTOCOL_|HANDSHAKE_|AUTH_|POOL_|E[A-Z]+$|EAI_|ERR_(TLS|SSL|OSSL)|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(
    name,
  )
}

function meaningOf({ number, name, text }: Failure): readonly [ErrorCode, string] {
  // Faults of the disk have the system's number in their text.
  const key = /No space left|errno: 28\b|error 28\b|Errcode: 28\b/.test(text) ? '1021' : String(number ?? name)
  const [, code, hint] = MEANINGS.find(([pattern]) => pattern.test(key)) ?? ['', 'STORAGE_FAILED', '']
  return [code, hint]
}

/** By the server's number, or the name that the driver or the network gives. */
const MEANINGS: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/^(1020|1205|1213|1412|1637)$/, 'STORAGE_BUSY', 'Another process is writing; try again.'],
  [
    /^(1969|3024|PROTOCOL_SEQUENCE_TIMEOUT)$/,
    'STORAGE_BUSY',
    'It took longer than storage.statementTimeoutMs; try again.',
  ],
  [/^(1021|1114)$/, 'STORAGE_FULL', "Free space on the server's disk; what waits is written as soon as there is some."],
  [
    /^(1053|1080|1152|1158|1159|1160|1161|1184|1317|1927|4031|PROTOCOL_CONNECTION_LOST|ECONNRESET|EPIPE)$/,
    'STORAGE_UNAVAILABLE',
    'The server ended the connection; try again.',
  ],
  [/^(1040|1203|1226)$/, 'STORAGE_UNAVAILABLE', "Raise the server's max_connections, or lower storage.poolSize."],
  [
    /^(1045|1129|1130|1251|1698|1820|1862|3118|3159|4151)$|^AUTH_/,
    'STORAGE_UNAVAILABLE',
    'Check storage.user and its password, and from where the user may connect.',
  ],
  [
    /^(1142|1143|1227|1290|1792|1836)$/,
    'STORAGE_READ_ONLY',
    'Name a server that takes writes, and a user that may select, insert, update and delete.',
  ],
  [
    /^(1034|1035|1194|1195|1712|1932)$/,
    'STORAGE_CORRUPT',
    'Restore the database from a backup, or import an export into a new one.',
  ],
  [/^1044$/, 'STORAGE_UNAVAILABLE', 'Check storage.database, and grant the user the rights to it.'],
  [
    /^1049$/,
    'STORAGE_UNAVAILABLE',
    'Check storage.database, or create the database first: the program does not create it.',
  ],
  [/^1047$/, 'STORAGE_UNAVAILABLE', 'The node is not part of the primary component of its Galera cluster; try again.'],
  [/^1071$/, 'INVALID_ARGUMENT', 'A key holds at most five texts; group by fewer.'],
  [/^1153$/, 'STORAGE_FAILED', "Raise the server's max_allowed_packet."],
  [
    /^(HANDSHAKE_(NO_SSL|SSL)|ERR_(TLS|SSL|OSSL)|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/,
    'STORAGE_UNAVAILABLE',
    'Check storage.tls and storage.caFile, and whether the server offers TLS.',
  ],
  [
    // A server that waits for its client to begin, as PostgreSQL does.
    /^ETIMEDOUT$/,
    'STORAGE_UNAVAILABLE',
    'Check that the server is running, and that storage.host and storage.port are right. Is it PostgreSQL?',
  ],
  [/^\D/, 'STORAGE_UNAVAILABLE', 'Check that the server is running, and that storage.host and storage.port are right.'],
]
