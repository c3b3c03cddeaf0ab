// A private server with a user who needs a password and a user who may only read, for tests of refused connections. Nothing
// of it is left when the test ends.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PrivateServer, startPrivateServer } from './private-server.js'
import type { Requirement } from './requires.js'
import { ask } from './server-connection.js'
import type { ServerKind } from './server-program.js'
import { serverProgram } from './server-programs.js'
import { until } from './until.js'

export interface LockedServer {
  readonly server: PrivateServer
  /** The URL of a database. `learner` and `reader` need the password, and `reader` may only read. */
  url(user: 'learner' | 'reader', password: string, database?: string): string
  /** Runs a statement in the log's database, as the administrator. */
  ask(sql: string): Promise<readonly Record<string, unknown>[]>
}

/** Name of the log's database, which is empty at first. */
const DATABASE = 'immersion'

export function privateServer(kind: ServerKind): Requirement {
  const program = serverProgram(kind)
  return { name: kind, missing: 'missing' in program ? program.missing : null }
}

export async function withLockedServer(
  kind: ServerKind,
  password: string,
  work: (locked: LockedServer) => Promise<void>,
): Promise<void> {
  const server = await startPrivateServer(kind)
  try {
    const inDatabase = new URL(server.url)
    inDatabase.pathname = `/${DATABASE}`
    const scheme = kind === 'postgres' ? 'postgres' : 'mysql'
    const locked: LockedServer = {
      server,
      url: (user, given, database = DATABASE) => {
        const credentials = given === '' ? user : `${user}:${encodeURIComponent(given)}`
        return `${scheme}://${credentials}@127.0.0.1:${server.port}/${database}`
      },
      ask: (sql) => ask(kind, inDatabase.href, sql),
    }
    await ask(kind, server.url, `create database ${DATABASE}`)
    await (kind === 'postgres' ? lockPostgres(locked, password) : lockMysql(locked, password))
    await work(locked)
  } finally {
    await server.remove()
  }
}

async function lockPostgres({ server, url, ask: run }: LockedServer, password: string): Promise<void> {
  await run(`create role learner login password '${password}'`)
  await run(`create role reader login password '${password}'`)
  await run(`alter database ${DATABASE} owner to learner`)
  // Tables that are created later are included.
  await run('grant pg_read_all_data to reader')
  const access = join(server.folder, 'data', 'pg_hba.conf')
  writeFileSync(access, `host all learner,reader 127.0.0.1/32 scram-sha-256\n${readFileSync(access, 'utf8')}`)
  await run('select pg_reload_conf()')
  await until('the server asks for a password', () =>
    ask('postgres', url('learner', ''), 'select 1').then(
      () => false,
      () => true,
    ),
  )
}

async function lockMysql({ ask: run }: LockedServer, password: string): Promise<void> {
  await run(`create user learner@127.0.0.1 identified by '${password}'`)
  await run(`create user reader@127.0.0.1 identified by '${password}'`)
  await run(`grant all on ${DATABASE}.* to learner@127.0.0.1`)
  await run(`grant select on ${DATABASE}.* to reader@127.0.0.1`)
}
