// One connection to the server: its session's settings, values as text, answers as rows of numbers, texts and bytes. All
// that the server's own configuration could decide otherwise (modes, isolation, character set, waits) is set here, in one
// round trip. connections.ts holds several and lends them.

import type Mysql2 from 'mysql2'
import type { ServerAnswer, ServerConnection } from '../server/database.js'
import type { ServerOptions } from '../server/options.js'
import { connectionOptions, type Driver, formatted } from './driver.js'
import { leavesConnectionUsable } from './errors.js'

export interface MysqlConnection extends ServerConnection {
  /** Bytes that one text may have. */
  readonly packetMaxBytes: number
  /** False once it has failed, or while it is within a transaction. */
  readonly isUsable: () => boolean
  /** Whether the server answers within this time. */
  readonly answers: (withinMs: number) => Promise<boolean>
  /** From here on statements may take as long as they do: for migrations. Such a connection is not lent again. */
  readonly withoutLimits: () => Promise<void>
  readonly end: () => Promise<void>
  readonly destroy: () => void
}

/** A server that is stuck cannot say that the time is over: then the driver says so, this much later. */
const DRIVER_GRACE_MS = 5000
/** Waiting for a lock ends at half the statement's time: it is to be told apart from a statement that takes too long. */
const LOCK_WAIT_PART = 0.5
/** Of the status in an answer. */
const IN_TRANSACTION = 1

const BEGINS_TRANSACTION = /^(start|set) transaction/

/** A column of bytes as the protocol says it: character set `binary`; of these only `binary(n)` is meant as bytes. */
const BINARY_CHARACTER_SET = 63
const TYPE_FIXED_LENGTH = 254
/** Blob of any size, varbinary. */
const TYPES_OF_TEXT_AS_BYTES: ReadonlySet<number> = new Set([15, 249, 250, 251, 252, 253])

export async function openConnection(driver: Driver, options: ServerOptions): Promise<MysqlConnection> {
  const connection = await connect(driver, options)
  let isBroken = false
  let isInTransaction = false
  let isWithoutLimits = false
  let limitMs: number | undefined = options.statementTimeoutMs + DRIVER_GRACE_MS
  const breakDown = (): void => {
    isBroken = true
  }
  // What fails while nothing is asked has nobody else to be told to.
  connection.on('error', breakDown)
  connection.on('end', breakDown)

  function send(sql: string, timeoutMs: number | undefined): Promise<ServerAnswer> {
    return new Promise((resolve, reject) => {
      const limit = timeoutMs === undefined ? {} : { timeout: timeoutMs }
      connection.query({ sql, ...limit }, (error, results, fields) => {
        if (error) {
          if (!leavesConnectionUsable(error)) isBroken = true
          // How far a text of several statements came is not known; a rollback's answer will tell.
          isInTransaction ||= BEGINS_TRANSACTION.test(sql)
          reject(withoutStatement(error))
          return
        }
        const header = headerOf(results)
        if (header) isInTransaction = (header.serverStatus & IN_TRANSACTION) !== 0
        resolve(header ? { rows: [], changes: header.affectedRows } : answerOf(results, fields))
      })
    })
  }

  const query: MysqlConnection['query'] = async (sql, binds = []) => {
    return send(binds.length === 0 ? sql : formatted(driver, sql, binds), limitMs)
  }

  const destroy = (): void => {
    isBroken = true
    connection.destroy()
  }

  try {
    const { rows } = await send(sessionText(options), limitMs)
    return {
      query,
      packetMaxBytes: Number(rows[0]?.[0]),
      isUsable: () => !isBroken && !isInTransaction && !isWithoutLimits,
      answers: (withinMs) =>
        send('do 0', withinMs).then(
          () => true,
          () => false,
        ),
      async withoutLimits() {
        isWithoutLimits = true
        limitMs = undefined
        await query('set session lock_wait_timeout = 3600 /*M!100100 , max_statement_time = 0 */')
      },
      end: () => new Promise((resolve) => connection.end(() => resolve())),
      destroy,
    }
  } catch (error) {
    destroy()
    throw error
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

/**
 * Strict, so that a value which does not fit is refused and not cut; without backslashes changed, because the driver's
 * escapes are such. The comments are statements for one of the two servers only: each stops a statement by itself then.
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
    'select @@max_allowed_packet',
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
  // With rowsAsArray each row is a list; the cast is the one door between the driver's rows and ours.
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
