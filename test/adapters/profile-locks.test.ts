// On a database server the profiles have nothing to wait for in each other: while a transaction holds one profile, others
// are written. Looked at with the server's own list of who waits for a lock, which also shows that the same does wait
// within one profile.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SETTINGS, someOfEverything, TABLES } from '../../src/contract/cases/contract-case.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { adapterOf } from '../support/backends.js'
import { server, type TestDatabase, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'
import type { ServerKind } from '../support/server-program.js'
import { until } from '../support/until.js'

const COMMITS = 20
/** InnoDB's list of transactions stays as it is while it is read more often than every 100 ms. */
const LOOK_EVERY_MS = 200

const WAITING: Readonly<Record<ServerKind, (database: string) => string>> = {
  postgres: (database) =>
    `select count(*) as count from pg_stat_activity where datname = '${database}' and wait_event_type = 'Lock'`,
  mysql: (database) =>
    `select count(*) as count from information_schema.innodb_trx transactions
     join information_schema.processlist processes on processes.id = transactions.trx_mysql_thread_id
     where processes.db = '${database}' and transactions.trx_state = 'LOCK WAIT'`,
}

for (const kind of ['postgres', 'mysql'] as const) {
  const test = suite(`locks of profiles: ${kind}`)
  const withServer = requires(test, server(kind))

  withServer('appends to one profile do not wait for a transaction that holds another', () =>
    withTestDatabase(kind, async (database) => {
      const [holder, writer] = [await open(kind, database), await open(kind, database)]
      const waiting = async () => {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
        return Number((await ask(kind, database.url, WAITING[kind](database.name)))[0]?.count)
      }
      try {
        for (const log of [holder, writer])
          for (const profile of ['held', 'free']) await log.openProfile(profile, SETTINGS)
        const held = await holding(holder, 'held')

        let head = await writer.openProfile('free', SETTINGS)
        for (let turn = 0; turn < COMMITS; turn++) {
          const writes = someOfEverything(head)
          assert.is(await writer.commit('free', writes), 'committed')
          head = writes.head
        }
        const added = await writer.update('free', async (snapshot) => ({
          writes: someOfEverything(await snapshot.head()),
          answer: 'updated',
        }))
        assert.is(added, 'updated')
        assert.is(await waiting(), 0)

        // The same in the profile that is held does wait, and goes on when it is free.
        const writes = someOfEverything(await writer.openProfile('held', SETTINGS))
        const late = writer.commit('held', writes)
        await until('the server lists who waits', async () => (await waiting()) === 1)
        held.release()
        assert.is(await late, 'committed')
        await held.ended
      } finally {
        await holder.close()
        await writer.close()
      }
    }),
  )

  test.run()
}

async function open(kind: ServerKind, database: TestDatabase): Promise<EventLog> {
  return (await adapterOf(kind)).openEventLog({ storage: { url: database.url }, tables: TABLES, readOnly: false })
}

/** Holds the lock of a profile's head until it is released. Resolves once it is held. */
async function holding(log: EventLog, profile: string): Promise<{ release(): void; readonly ended: Promise<unknown> }> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let ended: Promise<unknown> = Promise.resolve()
  await new Promise<void>((held) => {
    ended = log.update(profile, async () => {
      held()
      await released
      return { writes: null, answer: null }
    })
  })
  return { release, ended }
}
