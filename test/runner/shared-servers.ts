// The database servers of one run of the tests: started when the first test file asks, given to all that ask afterwards,
// ended with the run. Test files ask over their channel to the test command (test/support/databases.ts); what they have
// left on a server that was given, because they were killed, is dropped at the end.

import { randomBytes } from 'node:crypto'
import { type PrivateServer, startPrivateServer } from '../support/private-server.js'
import { ask, dropDatabase, givenUrl } from '../support/server-connection.js'
import type { ServerKind } from '../support/server-program.js'

export interface ServerRequest {
  readonly server: ServerKind
}

export interface ServerAnswer {
  readonly kind: ServerKind
  /** Of a database that is there, with the right to make and drop others. */
  readonly url: string
  /** How the names of databases begin that this run makes. */
  readonly prefix: string
}

export interface SharedServers {
  answer(request: ServerRequest): Promise<ServerAnswer | { readonly kind: ServerKind; readonly failed: string }>
  /** Ends the private ones, and drops what is left of this run on given ones. */
  close(): Promise<void>
}

export function createSharedServers(): SharedServers {
  const prefix = `immersion_test_${randomBytes(4).toString('hex')}`
  const started = new Map<ServerKind, Promise<PrivateServer>>()
  const given = new Map<ServerKind, string>()

  async function urlOf(kind: ServerKind): Promise<string> {
    const url = givenUrl(kind)
    if (url !== undefined) {
      given.set(kind, url)
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
      for (const [kind, url] of given) await dropLeft(kind, url, prefix)
    },
  }
}

async function dropLeft(kind: ServerKind, url: string, prefix: string): Promise<void> {
  const listed = kind === 'postgres' ? 'select datname as name from pg_database' : 'show databases'
  const names = (await ask(kind, url, listed)).map((row) => String(Object.values(row)[0]))
  for (const name of names) if (name.startsWith(`${prefix}_`)) await dropDatabase(kind, url, name)
}
