// The floor of appending to a server: the bare driver, one round trip a batch, with the texts and values of every batch made
// before the clock runs. PostgreSQL takes a batch as one prepared statement, MySQL as one text of several statements.

import mysql2 from 'mysql2'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { mysqlDialect } from '../../adapters/mysql/dialect.js'
import { MysqlWriter } from '../../adapters/mysql/writer.js'
import { createPostgresDialect } from '../../adapters/postgres/dialect.js'
import { PostgresWriter } from '../../adapters/postgres/writer.js'
import type { ServerWrites } from '../../adapters/server/database.js'
import type { SqlDialect } from '../../adapters/sql/dialect.js'
import { singleRows } from '../../adapters/sql/single-rows.js'
import { rowTablesOf, tableWrites } from '../../adapters/sql/table-writes.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import type { LogWrites } from '../../src/ports/event-log.js'
import { BUILT_IN_PROJECTIONS } from '../../test/support/built-in-projections.js'
import type { ServerKind } from '../../test/support/server-program.js'

export interface ServerAppendFloor {
  append(index: number): Promise<void>
  close(): Promise<void>
}

const ROW_TABLES = rowTablesOf(BUILT_IN_PROJECTIONS.map(rowTableOf))
/** No batch of a benchmark is longer. */
const PACKET_BYTES = 16 * 1_024 * 1_024
const TYPES: string[] = []

/** On a profile that the product has opened, so that its head is where the first batch expects it. */
export function openServerAppendFloor(
  kind: ServerKind,
  url: string,
  profileId: number,
  writes: readonly LogWrites[],
): Promise<ServerAppendFloor> {
  return kind === 'postgres' ? onPostgres(url, profileId, writes) : onMysql(url, profileId, writes)
}

async function onPostgres(url: string, profileId: number, writes: readonly LogWrites[]): Promise<ServerAppendFloor> {
  const dialect = createPostgresDialect('public')
  const writer = new PostgresWriter(dialect)
  const names = new Map<string, string>()
  const batches = writes.map((batch) => {
    const { text, binds } = writer.statement(bound(dialect, profileId, batch))
    const name = names.get(text) ?? `batch_${names.size}`
    names.set(text, name)
    return { name, text, values: [...binds], rowMode: 'array' as const }
  })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    async append(index) {
      const batch = batches[index]
      if (batch === undefined) throw new RangeError(`there is no batch ${index}`)
      const { rows } = await client.query(batch)
      if (rows.length !== 1) throw new Error('the head is not where the batch expects it: the figure would lie')
    },
    close: () => client.end(),
  }
}

async function onMysql(url: string, profileId: number, writes: readonly LogWrites[]): Promise<ServerAppendFloor> {
  const writer = new MysqlWriter((text, binds) => mysql2.format(text, [...binds]))
  const batches = writes.map((batch) =>
    ['start transaction', ...writer.statements(bound(mysqlDialect, profileId, batch), PACKET_BYTES), 'commit'].join(
      ';',
    ),
  )
  const connection = await mysql.createConnection({ uri: url, multipleStatements: true, charset: 'utf8mb4_bin' })
  return {
    async append(index) {
      const batch = batches[index]
      if (batch === undefined) throw new RangeError(`there is no batch ${index}`)
      await connection.query(batch)
    },
    close: () => connection.end(),
  }
}

function bound(dialect: SqlDialect, profileId: number, writes: LogWrites): ServerWrites {
  const stored = { profileId, head: writes.head, hasNegativeSums: false }
  const parts = singleRows(tableWrites(dialect, ROW_TABLES, profileId, writes, typeIdOf))
  return { stored, head: writes.head, parts }
}

/** Numbers as small as the product's. */
function typeIdOf(type: string): number {
  if (!TYPES.includes(type)) TYPES.push(type)
  return TYPES.indexOf(type) + 1
}
