// Databases for tests. Each call creates a new one, on a server that all tests of a run share. It is the server of
// IMMERSION_TEST_POSTGRES_URL or IMMERSION_TEST_MYSQL_URL, or a private one that starts with the first test that needs it
// (test/runner/shared-servers.ts). Other databases of a named server are not touched. A test that stops a server or cuts its
// connections uses private-server.ts.

import { randomBytes } from 'node:crypto'
import type { ServerAnswer, ServerRequest } from '../runner/shared-servers.js'
import { startPrivateServer } from './private-server.js'
import type { Requirement } from './requires.js'
import { ask, dropDatabase, givenUrl, URL_VARIABLES } from './server-connection.js'
import type { ServerKind } from './server-program.js'
import { serverProgram } from './server-programs.js'

export interface TestDatabase {
  /** `storage` of a configuration: the provider, and the URL of an empty database. */
  readonly storage: { readonly provider: ServerKind; readonly url: string }
  readonly url: string
  readonly name: string
  /** Ends the open connections and drops the database. */
  drop(): Promise<void>
}

/** For `requires`: a server of this kind is named by its variable, or can be started here. */
export function server(kind: ServerKind): Requirement {
  if (givenUrl(kind) !== undefined) return { name: kind, missing: null }
  const program = serverProgram(kind)
  const missing = 'missing' in program ? `${program.missing}, and ${URL_VARIABLES[kind]} is not set` : null
  return { name: kind, missing }
}

/** A new database, which the caller drops. Throws where `server(kind)` says that the server is missing. */
export async function testDatabase(kind: ServerKind): Promise<TestDatabase> {
  return databaseOn(kind, await sharedServer(kind))
}

/** A new database on this server. */
export async function databaseOn(kind: ServerKind, at: ServerAnswer): Promise<TestDatabase> {
  const name = `${at.prefix}_${randomBytes(6).toString('hex')}`
  await ask(kind, at.url, `create database ${name}`)
  const url = new URL(at.url)
  url.pathname = `/${name}`
  return {
    storage: { provider: kind, url: url.href },
    url: url.href,
    name,
    drop: () => dropDatabase(kind, at.url, name),
  }
}

/** Runs `work` with a new database, and drops it afterwards. */
export async function withTestDatabase<T>(kind: ServerKind, work: (database: TestDatabase) => Promise<T>): Promise<T> {
  const database = await testDatabase(kind)
  try {
    return await work(database)
  } finally {
    await database.drop()
  }
}

const servers = new Map<ServerKind, Promise<ServerAnswer>>()

function sharedServer(kind: ServerKind): Promise<ServerAnswer> {
  const known = servers.get(kind)
  if (known !== undefined) return known
  const requested = process.send === undefined ? ownServer(kind) : runServer(kind)
  servers.set(kind, requested)
  return requested
}

/** The server of the test command, which starts it at the first request. */
function runServer(kind: ServerKind): Promise<ServerAnswer> {
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: ServerAnswer | { readonly kind: ServerKind; readonly failed: string }) => {
      if (answer.kind !== kind) return
      // Without a listener, the channel no longer keeps this process alive.
      process.off('message', onAnswer)
      if ('failed' in answer) reject(new Error(answer.failed))
      else resolve(answer)
    }
    process.on('message', onAnswer)
    process.send?.({ server: kind } satisfies ServerRequest)
  })
}

/** The server of a test file that runs by itself, without the test command. */
async function ownServer(kind: ServerKind): Promise<ServerAnswer> {
  const url = givenUrl(kind) ?? (await startPrivateServer(kind)).url
  return { kind, url, prefix: 'immersion_test' }
}
