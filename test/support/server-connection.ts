// Single statements to a server of the tests, by the drivers alone and without the product: to see whether it accepts
// connections, to create and drop databases, and to see what another connection waits for.

import mysql from 'mysql2/promise'
import pg from 'pg'
import type { ServerKind } from './server-program.js'

/** The variables that name a server. Where one is set, no server is started. */
export const URL_VARIABLES: Readonly<Record<ServerKind, string>> = {
  postgres: 'IMMERSION_TEST_POSTGRES_URL',
  mysql: 'IMMERSION_TEST_MYSQL_URL',
}

const CONNECT_TIMEOUT_MS = 5_000

export function givenUrl(kind: ServerKind): string | undefined {
  const url = process.env[URL_VARIABLES[kind]]
  return url === '' ? undefined : url
}

/** Whether the server on this machine accepts connections. */
export async function probe(kind: ServerKind, at: { readonly port: number; readonly user: string }): Promise<boolean> {
  try {
    await ask(kind, serverUrl(kind, at), 'select 1')
    return true
  } catch {
    return false
  }
}

export function serverUrl(kind: ServerKind, at: { readonly port: number; readonly user: string }): string {
  return kind === 'postgres'
    ? `postgresql://${at.user}@127.0.0.1:${at.port}/postgres`
    : `mysql://${at.user}@127.0.0.1:${at.port}/mysql`
}

/** Rows as objects, over a connection that is closed afterwards. */
export function ask(kind: ServerKind, url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  return withServerConnection(kind, url, (query) => query(sql))
}

/** A connection of the driver for as long as `work` takes. */
export async function withServerConnection<T>(
  kind: ServerKind,
  url: string,
  work: (query: (sql: string) => Promise<readonly Record<string, unknown>[]>) => Promise<T>,
): Promise<T> {
  if (kind === 'postgres') {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
    // A server that ends emits an error here too. The caller hears of it by the rejected query.
    client.on('error', () => {})
    try {
      await client.connect()
      return await work(async (sql) => (await client.query(sql)).rows)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  const connection = await mysql.createConnection({ uri: url, connectTimeout: CONNECT_TIMEOUT_MS })
  connection.on('error', () => {})
  try {
    return await work(async (sql) => (await connection.query(sql))[0] as unknown as Record<string, unknown>[])
  } finally {
    connection.destroy()
  }
}

export async function dropDatabase(kind: ServerKind, url: string, name: string): Promise<void> {
  await ask(kind, url, `drop database if exists ${name}${kind === 'postgres' ? ' with (force)' : ''}`)
}
