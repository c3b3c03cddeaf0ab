// The floor of analytics on a server: the statements of query-statements.ts by the bare driver, as arrays, prepared where
// the driver prepares; in one read transaction where a query takes more than one.

import mysql from 'mysql2/promise'
import pg from 'pg'
import type { ServerKind } from '../../test/support/server-program.js'
import type { QueryContext, QueryName } from '../queries.js'
import { type FloorDialect, statementsOf } from './query-statements.js'

const EVENTS_OF_STREAM =
  'join events e on e.profile_id = 1 and e.position between t.first_position and t.last_position and e.stream = t.stream'

const DIALECTS: Readonly<Record<ServerKind, FloorDialect>> = {
  postgres: { uuidOf: (text) => `decode(replace(${text}, '-', ''), 'hex')`, eventsOfStream: EVENTS_OF_STREAM },
  mysql: { uuidOf: (text) => `unhex(replace(${text}, '-', ''))`, eventsOfStream: EVENTS_OF_STREAM },
}

export interface ServerQueryFloor {
  /** Answers how many rows came. */
  run(query: QueryName): Promise<number>
  close(): Promise<void>
}

interface Connection {
  begin(): Promise<unknown>
  commit(): Promise<unknown>
  /** Answers how many rows came. */
  rows(text: string, binds: readonly unknown[]): Promise<number>
  close(): Promise<void>
}

export async function openServerQueryFloor(
  kind: ServerKind,
  url: string,
  context: QueryContext,
): Promise<ServerQueryFloor> {
  const connection = kind === 'postgres' ? await onPostgres(url) : await onMysql(url)
  return {
    async run(query) {
      const statements = statementsOf(query, context, DIALECTS[kind])
      if (statements.length > 1) await connection.begin()
      let rows = 0
      for (const { text, binds } of statements) rows += await connection.rows(text, binds)
      if (statements.length > 1) await connection.commit()
      return rows
    },
    close: () => connection.close(),
  }
}

async function onPostgres(url: string): Promise<Connection> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const prepared = new Map<string, { readonly name: string; readonly text: string }>()
  return {
    begin: () => client.query('begin isolation level repeatable read read only'),
    commit: () => client.query('commit'),
    async rows(text, binds) {
      let statement = prepared.get(text)
      if (statement === undefined) {
        let count = 0
        statement = { name: `floor_${prepared.size}`, text: text.replaceAll('?', () => `$${++count}`) }
        prepared.set(text, statement)
      }
      return (await client.query({ ...statement, values: [...binds], rowMode: 'array' })).rows.length
    },
    close: () => client.end(),
  }
}

async function onMysql(url: string): Promise<Connection> {
  const connection = await mysql.createConnection({ uri: url, charset: 'utf8mb4_bin', rowsAsArray: true })
  return {
    begin: () => connection.query('start transaction with consistent snapshot, read only'),
    commit: () => connection.query('commit'),
    async rows(text, binds) {
      const [rows] = await connection.query(text, [...binds])
      return (rows as readonly unknown[]).length
    },
    close: () => connection.end(),
  }
}
