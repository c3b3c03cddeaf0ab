// Databases for tests: each call makes a fresh one, on a server that the whole run shares. That server is the one that
// IMMERSION_TEST_POSTGRES_URL or IMMERSION_TEST_MYSQL_URL gives, else a private one, started when the first test asks
// (test/runner/shared-servers.ts). On a server that is given, nothing is touched but the databases made here.
// A test that stops or cuts a server uses private-server.ts.

import { randomBytes } from 'node:crypto'
import type { ServerAnswer, ServerRequest } from '../runner/shared-servers.js'
import { startPrivateServer } from './private-server.js'
import type { Requirement } from './requires.js'
import { ask, dropDatabase, givenUrl, URL_VARIABLES } from './server-connection.js'
import type { ServerKind } from './server-program.js'
import { serverProgram } from './server-programs.js'

export interface TestDatabase {
  /** What a configuration's `storage` names: the provider and the URL of a database that is empty. */
  readonly storage: { readonly provider: ServerKind; readonly url: string }
  readonly url: string
  readonly name: string
  /** Ends the connections that are left and drops it. */
  drop(): Promise<void>
}

/** For `requires`: a server of this kind is given, or can be started here. */
export function server(kind: ServerKind): Requirement {
  if (givenUrl(kind) !== undefined) return { name: kind, missing: null }
  const program = serverProgram(kind)
  const missing = 'missing' in program ? `${program.missing}, and ${URL_VARIABLES[kind]} is not set` : null
  return { name: kind, missing }
}

/** A fresh database; whoever asks drops it. Throws where `server(kind)` says that it is missing. */
export async function testDatabase(kind: ServerKind): Promise<TestDatabase> {
  return databaseOn(kind, await sharedServer(kind))
}

/** A fresh database on this server. */
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

/** Runs `work` with a fresh database that is dropped afterwards. */
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
  const asked = process.send === undefined ? ownServer(kind) : runServer(kind)
  servers.set(kind, asked)
  return asked
}

/** Of the test command, which starts it for the first who asks. */
function runServer(kind: ServerKind): Promise<ServerAnswer> {
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: ServerAnswer | { readonly kind: ServerKind; readonly failed: string }) => {
      if (answer.kind !== kind) return
      // With no listener left, the channel holds this process no longer.
      process.off('message', onAnswer)
      if ('failed' in answer) reject(new Error(answer.failed))
      else resolve(answer)
    }
    process.on('message', onAnswer)
    process.send?.({ server: kind } satisfies ServerRequest)
  })
}

/** For a file that runs by itself, without the test command. */
async function ownServer(kind: ServerKind): Promise<ServerAnswer> {
  const url = givenUrl(kind) ?? (await startPrivateServer(kind)).url
  return { kind, url, prefix: 'immersion_test' }
}
