// A private server with a user who needs a password, and one who may only read: for what a server says to those whom it
// does not let in. Nothing of it is left when the test ends.

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
  /** The URL of this database; `learner` needs the password, `reader` has the same and may only read. */
  url(user: 'learner' | 'reader', password: string, database?: string): string
  /** As the user who may do everything, in the log's database. */
  ask(sql: string): Promise<readonly Record<string, unknown>[]>
}

/** Name of the database that is there, empty at first. */
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

async function lockPostgres({ server, url, ask: tell }: LockedServer, password: string): Promise<void> {
  await tell(`create role learner login password '${password}'`)
  await tell(`create role reader login password '${password}'`)
  await tell(`alter database ${DATABASE} owner to learner`)
  // Whatever tables are made later.
  await tell('grant pg_read_all_data to reader')
  const access = join(server.folder, 'data', 'pg_hba.conf')
  writeFileSync(access, `host all learner,reader 127.0.0.1/32 scram-sha-256\n${readFileSync(access, 'utf8')}`)
  await tell('select pg_reload_conf()')
  await until('the server asks for a password', () =>
    ask('postgres', url('learner', ''), 'select 1').then(
      () => false,
      () => true,
    ),
  )
}

async function lockMysql({ ask: tell }: LockedServer, password: string): Promise<void> {
  await tell(`create user learner@127.0.0.1 identified by '${password}'`)
  await tell(`create user reader@127.0.0.1 identified by '${password}'`)
  await tell(`grant all on ${DATABASE}.* to learner@127.0.0.1`)
  await tell(`grant select on ${DATABASE}.* to reader@127.0.0.1`)
}
