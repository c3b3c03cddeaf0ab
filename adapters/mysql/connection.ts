// One connection to the server: its session's settings, values as text, answers as rows of numbers, texts and bytes. Every
// setting that the server's own configuration could change (modes, isolation, character set, waits) is set here, in one
// round trip. pool.ts holds several connections and lends them.

import type Mysql2 from 'mysql2'
import type { ServerAnswer, ServerConnection } from '../server/connection.js'
import { type ServerOptions, serverLocation, tlsOptions } from '../server/options.js'
import type { Row } from '../sql/dialect.js'
import { type Driver, formatted } from './driver.js'
import { endedByServer, leavesConnectionUsable, severalWriters } from './errors.js'

export interface MysqlConnection extends ServerConnection {
  /** Bytes that one text may have. */
  readonly packetMaxBytes: number
  /** Whether the server is a node of a Galera cluster. */
  readonly isOfCluster: boolean
  /** False once it has failed, or while it is within a transaction. */
  isUsable(): boolean
  /** Whether the server answers within this time. */
  answers(withinMs: number): Promise<boolean>
  end(): Promise<void>
  destroy(): void
}

/** A server that is stuck cannot report a time-out: then the driver does, this much later. */
const DRIVER_GRACE_MS = 5000
/** Waiting for a lock ends at half the statement's time, which tells it from a statement that takes too long. */
const LOCK_WAIT_PART = 0.5
/** Of the status in an answer. */
const IN_TRANSACTION = 1

const BEGINS_TRANSACTION = /^(start|set) transaction/

/** A column of bytes in the protocol's terms: character set `binary`; of these only `binary(n)` is meant as bytes. */
const BINARY_CHARACTER_SET = 63
const TYPE_FIXED_LENGTH = 254
/** Blob of any size, varbinary. */
const TYPES_OF_TEXT_AS_BYTES: ReadonlySet<number> = new Set([15, 249, 250, 251, 252, 253])

/** Whatever the settings of the connection: rows are lists, and integers are numbers. */
const PLAIN_ANSWERS = {
  rowsAsArray: true,
  typeCast: true,
  supportBigNumbers: false,
  bigNumberStrings: false,
  nestTables: false,
} as const

export async function openConnection(driver: Driver, options: ServerOptions): Promise<MysqlConnection> {
  return beginSession(driver, await connect(driver, options), options)
}

/** Sets up the session of a connection that is open. It is destroyed when that fails. */
export async function beginSession(
  driver: Driver,
  opened: Mysql2.Connection,
  options: ServerOptions,
): Promise<MysqlConnection> {
  const connection = new OpenConnection(driver, opened, options)
  try {
    await connection.begin(options)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

class OpenConnection implements MysqlConnection {
  readonly #driver: Driver
  readonly #connection: Mysql2.Connection
  #isBroken = false
  /** The first failure after which the connection cannot be used; the driver's later ones do not say why. */
  #loss: Error | null = null
  #isInTransaction = false
  #isWithoutLimits = false
  #limitMs: number | undefined
  packetMaxBytes = 0
  isOfCluster = false

  constructor(driver: Driver, connection: Mysql2.Connection, { statementTimeoutMs }: ServerOptions) {
    this.#driver = driver
    this.#connection = connection
    this.#limitMs = statementTimeoutMs + DRIVER_GRACE_MS
    // A failure while no query runs reaches nobody else.
    connection.on('error', (error) => this.#lost(error))
    connection.on('end', () => {
      this.#isBroken = true
    })
  }

  /** STORAGE_UNSUPPORTED for a cluster to which several nodes may write. */
  async begin(options: ServerOptions): Promise<void> {
    const { rows } = await this.#send(sessionText(options), this.#limitMs)
    const variables = new Map(rows.map(([name, value]) => [name, value]))
    this.packetMaxBytes = Number(variables.get('max_allowed_packet'))
    this.isOfCluster = variables.get('wsrep_on') === 'ON'
    if (this.isOfCluster && !options.singleWriter) throw severalWriters(serverLocation('mysql', options))
  }

  async query(sql: string, binds: Row = []): Promise<ServerAnswer> {
    // A node of a cluster ends a transaction that lost to one of another node, at any moment.
    if (sql === 'commit' && !this.#isInTransaction) throw endedByServer()
    return this.#send(binds.length === 0 ? sql : formatted(this.#driver, sql, binds), this.#limitMs)
  }

  isUsable(): boolean {
    return !this.#isBroken && !this.#isInTransaction && !this.#isWithoutLimits
  }

  answers(withinMs: number): Promise<boolean> {
    return this.#send('do 0', withinMs).then(
      () => true,
      () => false,
    )
  }

  /** Such a connection is not lent again. */
  async withoutLimits(): Promise<void> {
    this.#isWithoutLimits = true
    this.#limitMs = undefined
    await this.query('set session lock_wait_timeout = 3600 /*M!100100 , max_statement_time = 0 */')
  }

  end(): Promise<void> {
    return new Promise((resolve) => this.#connection.end(() => resolve()))
  }

  destroy(): void {
    this.#isBroken = true
    this.#connection.destroy()
  }

  /** The reason of the loss. */
  #lost(error: Error): Error {
    this.#isBroken = true
    this.#loss ??= error
    return this.#loss
  }

  #send(sql: string, timeoutMs: number | undefined): Promise<ServerAnswer> {
    return new Promise((resolve, reject) => {
      const limit = timeoutMs === undefined ? {} : { timeout: timeoutMs }
      this.#connection.query({ sql, ...PLAIN_ANSWERS, ...limit }, (error, results, fields) => {
        if (error) {
          // How far a text of several statements came is not known; a rollback's answer will show it.
          this.#isInTransaction ||= BEGINS_TRANSACTION.test(sql)
          reject(withoutStatement(leavesConnectionUsable(error) ? error : this.#lost(error)))
          return
        }
        const header = headerOf(results)
        if (header) this.#isInTransaction = (header.serverStatus & IN_TRANSACTION) !== 0
        resolve(header ? { rows: [], changes: header.affectedRows } : answerOf(results, fields))
      })
    })
  }
}

function connect(driver: Driver, options: ServerOptions): Promise<Mysql2.Connection> {
  return new Promise((resolve, reject) => {
    const connection = driver.createConnection(connectionOptions(options))
    connection.once('error', reject)
    connection.connect((error) => {
      if (error) {
        connection.destroy()
        reject(error)
      } else {
        resolve(connection)
      }
    })
  })
}

function connectionOptions(options: ServerOptions): Mysql2.ConnectionOptions {
  const { host, port, user, password, database, connectTimeoutMs } = options
  const ssl = tlsOptions(options)
  return {
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    user,
    ...(password === undefined ? {} : { password }),
    database,
    ...(ssl === undefined ? {} : { ssl }),
    connectTimeout: connectTimeoutMs,
    charset: 'utf8mb4_bin',
    // A batch goes out as one text of several statements; its values are escaped by the driver's own `format`.
    multipleStatements: true,
    // A server could otherwise request files of this machine.
    flags: ['-LOCAL_FILES'],
  }
}

/**
 * Strict, so that a value which does not fit is refused and not cut; without backslashes changed, because the driver's
 * escapes use them. A `/*M!` comment is run by MariaDB alone, a `/*!80003` comment by MySQL 8: each has its own time limit.
 */
function sessionText({ statementTimeoutMs }: ServerOptions): string {
  const lockWaitSeconds = Math.max(1, Math.floor((statementTimeoutMs * LOCK_WAIT_PART) / 1000))
  return [
    'set names utf8mb4 collate utf8mb4_bin',
    `set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1, sql_safe_updates = 0,
      innodb_lock_wait_timeout = ${lockWaitSeconds}, lock_wait_timeout = ${lockWaitSeconds}
      /*M!100100 , max_statement_time = ${statementTimeoutMs / 1000} */
      /*!80003 , max_execution_time = ${statementTimeoutMs}, information_schema_stats_expiry = 0 */`,
    'set session transaction isolation level read committed',
    "show global variables where variable_name in ('max_allowed_packet', 'wsrep_on')",
  ].join(';\n')
}

function withoutStatement(error: Error): Error {
  if ('sql' in error) delete error.sql
  return error
}

/** Of a statement that answers no rows; of several in one text, of the last. */
function headerOf(results: unknown): Mysql2.ResultSetHeader | null {
  const last = isSeveral(results) ? results.at(-1) : results
  // The driver answers with rows or with a header, and only rows are a list.
  return Array.isArray(last) ? null : (last as Mysql2.ResultSetHeader)
}

/** Several answers are a list that begins with a header; each text of ours that has several begins with a `set` or a `start`. */
function isSeveral(results: unknown): results is readonly unknown[] {
  return Array.isArray(results) && results.length > 0 && !Array.isArray(results[0])
}

function answerOf(results: unknown, fields: unknown): ServerAnswer {
  const several = isSeveral(results)
  // With rowsAsArray each row is a list; the cast is where the driver's untyped rows enter.
  const rows = (several ? results.at(-1) : results) as unknown[][]
  const columns = (several && Array.isArray(fields) ? fields.at(-1) : fields) as Mysql2.FieldPacket[]
  const texts = columns.flatMap((column, index) => (isTextAsBytes(column) ? [index] : []))
  if (texts.length > 0) for (const row of rows) for (const index of texts) row[index] = decoded(row[index])
  return { rows, changes: rows.length }
}

function isTextAsBytes({ columnType, characterSet }: Mysql2.FieldPacket): boolean {
  return (
    characterSet === BINARY_CHARACTER_SET &&
    columnType !== TYPE_FIXED_LENGTH &&
    TYPES_OF_TEXT_AS_BYTES.has(Number(columnType))
  )
}

function decoded(value: unknown): unknown {
  return Buffer.isBuffer(value) ? value.toString('utf8') : value
}
