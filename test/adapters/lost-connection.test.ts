// A connection that the server ends between two statements of one piece of work. The driver reports the loss to a listener of
// the connection, and then refuses each later statement with an error of its own that says nothing about the reason.

import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  committed,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  TABLES,
} from '../../src/contract/cases/contract-case.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { adapterOf } from '../support/backends.js'
import { server, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'

const test = suite('a lost connection')

/** Every connection to the database but the one that asks. */
const OTHERS = {
  postgres: 'select pid as id from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  mysql: 'select id from information_schema.processlist where db = database() and id <> connection_id()',
}
const END = {
  postgres: (id: unknown) => `select pg_terminate_backend(${id})`,
  mysql: (id: unknown) => `kill ${id}`,
}
const SAID = {
  postgres: /terminating connection due to administrator command/,
  mysql: /^(?!.*closed state).*(Connection was killed|The server closed the connection|ECONNRESET)/,
}
/** Until the end of the connection has arrived here. */
const ARRIVAL_MS = 200

for (const kind of ['postgres', 'mysql'] as const) {
  const withServer = requires(test, server(kind))

  withServer(`${kind}: what the server said when it ended the connection is the reason of the next failure`, () =>
    withTestDatabase(kind, async ({ storage, url }) => {
      const end = async () => {
        for (const { id } of await ask(kind, url, OTHERS[kind])) await ask(kind, url, END[kind](id))
        await delay(ARRIVAL_MS)
      }
      const adapter = await adapterOf(kind)
      const log: EventLog = await adapter.openEventLog({ storage, tables: TABLES, readOnly: false })
      try {
        const head = await log.openProfile(PROFILE, SETTINGS)
        const update = () =>
          log.update(PROFILE, async (snapshot) => {
            await snapshot.head()
            await end()
            return { writes: someOfEverything(head), answer: null }
          })
        const read = () =>
          log.read(PROFILE, async (snapshot) => {
            await end()
            return snapshot.streams({})
          })
        for (const work of [update, read]) {
          const error = await refused(work, 'STORAGE_UNAVAILABLE')
          assert.match(error.message, SAID[kind])
          assert.match((error.cause as Error).message, SAID[kind])
        }
        await committed(log, someOfEverything(head))
      } finally {
        await log.close()
      }
    }),
  )
}

test.run()
