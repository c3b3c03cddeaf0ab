// The floor of appending to a server: the bare driver, one round trip a batch, with the texts and values of every batch made
// before the clock runs. PostgreSQL takes a batch as one prepared statement, MySQL as one text of several statements.

import mysql2 from 'mysql2'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { createWriteTexts } from '../../adapters/mysql/writer.js'
import { createPostgresDialect } from '../../adapters/postgres/dialect.js'
import { createWriteAtOnce } from '../../adapters/postgres/writer.js'
import { BUILT_IN_TYPE_IDS } from '../../adapters/sql/event-types.js'
import { BUILT_IN_PROJECTIONS, rowTableOf } from '../../src/engine/built-in-projections.js'
import type { LogWrites } from '../../src/ports/event-log.js'
import type { ServerKind } from '../../test/support/server-program.js'

export interface ServerAppendFloor {
  append(index: number): Promise<void>
  close(): Promise<void>
}

const TABLES = BUILT_IN_PROJECTIONS.map(rowTableOf)
/** No batch of a benchmark is longer. */
const PACKET_BYTES = 16 * 1_024 * 1_024
const TYPE_IDS: ReadonlyMap<string, number> = new Map(Object.entries(BUILT_IN_TYPE_IDS))

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
  const writeAtOnce = createWriteAtOnce(createPostgresDialect('public'), TABLES)
  const names = new Map<string, string>()
  const batches = writes.map((batch) => {
    const stored = { profileId, head: batch.head, hasNegativeSums: false }
    const { text, binds } = writeAtOnce(stored, batch, codeOf)
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
  const texts = createWriteTexts(TABLES, (text, binds) => mysql2.format(text, [...binds]))
  const batches = writes.map((batch) =>
    ['start transaction', ...texts.statements(profileId, batch, codeOf, PACKET_BYTES), 'commit'].join(';'),
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

function codeOf(type: string): number {
  const code = TYPE_IDS.get(type)
  if (code === undefined) throw new RangeError(`${type} is not a built-in type`)
  return code
}
