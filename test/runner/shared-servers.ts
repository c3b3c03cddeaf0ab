// The database servers of one run of the tests. A server starts at the first request of a test file, answers all later requests,
// and ends with the run. Requests come over the channel between the test file and the test command (test/support/databases.ts).
// Databases that killed tests have left on a named server are dropped at the end.

import { randomBytes } from 'node:crypto'
import { type PrivateServer, startPrivateServer } from '../support/private-server.js'
import { ask, dropDatabase, givenUrl } from '../support/server-connection.js'
import type { ServerKind } from '../support/server-program.js'

export interface ServerRequest {
  readonly server: ServerKind
}

export interface ServerAnswer {
  readonly kind: ServerKind
  /** The URL of an existing database, for a user who may create and drop others. */
  readonly url: string
  /** The names of this run's databases begin with this. */
  readonly prefix: string
}

export interface SharedServers {
  answer(request: ServerRequest): Promise<ServerAnswer | { readonly kind: ServerKind; readonly failed: string }>
  /** Ends the private servers, and drops this run's databases on named servers. */
  close(): Promise<void>
}

export function createSharedServers(): SharedServers {
  const prefix = `immersion_test_${randomBytes(4).toString('hex')}`
  const started = new Map<ServerKind, Promise<PrivateServer>>()
  const named = new Map<ServerKind, string>()

  async function urlOf(kind: ServerKind): Promise<string> {
    const url = givenUrl(kind)
    if (url !== undefined) {
      named.set(kind, url)
      return url
    }
    const starting = started.get(kind) ?? startPrivateServer(kind)
    started.set(kind, starting)
    return (await starting).url
  }

  return {
    async answer({ server }) {
      try {
        return { kind: server, url: await urlOf(server), prefix }
      } catch (error) {
        return { kind: server, failed: error instanceof Error ? error.message : String(error) }
      }
    },
    async close() {
      for (const starting of started.values()) await (await starting.catch(() => null))?.remove()
      for (const [kind, url] of named) await dropLeft(kind, url, prefix)
    },
  }
}

async function dropLeft(kind: ServerKind, url: string, prefix: string): Promise<void> {
  const listed = kind === 'postgres' ? 'select datname as name from pg_database' : 'show databases'
  const names = (await ask(kind, url, listed)).map((row) => String(Object.values(row)[0]))
  for (const name of names) if (name.startsWith(`${prefix}_`)) await dropDatabase(kind, url, name)
}
