// The floor of verify on a server: pages of raw rows by the bare driver, payloads decoded, measures added to a Map of stream
// and quarter hour. No checksum, no comparison. The same work as fold-floor.ts does on SQLite.

import mysql from 'mysql2/promise'
import pg from 'pg'
import { unpackPayload } from '../../adapters/sql/payload-text.js'
import type { ServerKind } from '../../test/support/server-program.js'
import { addToFold, createFold } from './fold-floor.js'

const PAGE_EVENTS = 5_000
const COLUMNS = 'position, stream, occurred_at_ms, measure1, measure2, measure3, payload'

type Row = readonly [position: number, stream: number, occurredAtMs: number, ...rest: unknown[]]
type ReadPage = (after: number) => Promise<readonly Row[]>

/** Answers how many entries there are, so that nothing is left out as unused. */
export function foldServerLog(kind: ServerKind, url: string): Promise<number> {
  return kind === 'postgres' ? onPostgres(url) : onMysql(url)
}

async function fold(readPage: ReadPage): Promise<number> {
  const folded = createFold()
  for (let after = 0; ; ) {
    const rows = await readPage(after)
    for (const [, stream, occurredAtMs, measure1, measure2, measure3, payload] of rows) {
      addToFold(folded, stream, occurredAtMs, [Number(measure1), Number(measure2), Number(measure3)])
      const text = unpackPayload(payload as string | null)
      if (text !== null && JSON.parse(text) !== null) folded.decoded++
    }
    if (rows.length < PAGE_EVENTS) return folded.entries.size + folded.decoded
    after = rows[rows.length - 1]?.[0] ?? after
  }
}

async function onPostgres(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // As text a bigint would have to be turned into a number by each row's reader.
  const types = {
    getTypeParser: (oid: number, format?: 'text') => (oid === BIGINT ? Number : pg.types.getTypeParser(oid, format)),
  }
  const text = `select ${COLUMNS} from events where profile_id = 1 and position > $1 order by position limit ${PAGE_EVENTS}`
  const page = { name: 'page', text, rowMode: 'array' as const, types: types as pg.CustomTypesConfig }
  try {
    return await fold(
      async (after) => (await client.query({ ...page, values: [after] })).rows as unknown as readonly Row[],
    )
  } finally {
    await client.end()
  }
}

const BIGINT = 20

async function onMysql(url: string): Promise<number> {
  const connection = await mysql.createConnection({ uri: url, charset: 'utf8mb4_bin', rowsAsArray: true })
  const text = `select ${COLUMNS} from events where profile_id = 1 and position > ? order by position limit ${PAGE_EVENTS}`
  try {
    return await fold(async (after) => (await connection.query(text, [after]))[0] as unknown as readonly Row[])
  } finally {
    await connection.end()
  }
}
