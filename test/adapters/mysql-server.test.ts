// The MySQL adapter on a server that is configured against it, that lends few rights, that takes no writes, and that dies:
// a private one, since all of this is the whole server's.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/mysql/adapter.js'
import {
  committed,
  contentOf,
  eventRow,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamRow,
  TABLES,
  writesAfter,
} from '../../src/contract/cases/contract-case.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { startPrivateServer } from '../support/private-server.js'
import { requires } from '../support/requires.js'
import { withServerConnection } from '../support/server-connection.js'
import { serverProgram } from '../support/server-programs.js'

const test = suite('mysql: servers')
const program = serverProgram('mysql')
const withPrivate = requires(test, { name: 'mariadbd', missing: 'missing' in program ? program.missing : null })

const SECRET = 'hush-hush'
const DIFFICULT_TEXT = `{"json":{"text":"it's \\\\ \\" \u0000 ; -- % 😀\\\\'"}}`

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>

interface Given {
  readonly query: Query
  readonly start: () => Promise<void>
  readonly kill: () => Promise<void>
  readonly url: string
  open(user: string, readOnly?: boolean): Promise<EventLog>
}

/** A private server with an empty database `learner`. */
async function withServer(work: (given: Given) => Promise<void>): Promise<void> {
  const server = await startPrivateServer('mysql')
  try {
    await withServerConnection('mysql', server.url, (query) => query('create database learner'))
    const url = new URL(server.url)
    url.pathname = '/learner'
    await work({
      query: (sql) => withServerConnection('mysql', server.url, (query) => query(sql)),
      start: server.start,
      kill: server.kill,
      url: url.href,
      open(user, readOnly = false) {
        const own = new URL(url)
        if (user !== '') {
          own.username = user
          own.password = SECRET
        }
        return adapter.openEventLog({ storage: { url: own.href }, tables: TABLES, readOnly })
      },
    })
  } finally {
    await server.remove()
  }
}

withPrivate(
  'a server that is lax, serializable and reads backslashes otherwise changes nothing of what is stored',
  async () => {
    await withServer(async ({ query, open }) => {
      await query("set global sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,NO_AUTO_VALUE_ON_ZERO'")
      await query("set global tx_isolation = 'SERIALIZABLE'")
      await query('set global autocommit = 0')
      await query("set global character_set_server = 'latin1'")
      await query("set global time_zone = '+05:45'")
      const log = await open('')
      try {
        const head = await log.openProfile(PROFILE, SETTINGS)
        const event = eventRow(1, { payload: DIFFICULT_TEXT })
        const next = await committed(log, writesAfter(head, { streams: [streamRow(1)], events: [event] }))
        const held = await log.read(PROFILE, (snapshot) => snapshot.events({ after: 0, limit: 10 }))
        assert.equal(held, [event])
        const tooFar = eventRow(2, { utcOffsetMin: 40_000 })
        await refused(() => log.commit(PROFILE, writesAfter(next, { events: [tooFar] })), 'EVENT_REFUSED')
        await committed(log, someOfEverything(next))
      } finally {
        await log.close()
      }
    })
  },
)

withPrivate('rights decide: all migrates, four rights write, one reads, and less is said at once', async () => {
  await withServer(async ({ query, open }) => {
    const rights = { writer: 'select, insert, update, delete', reader: 'select' }
    for (const [user, granted] of Object.entries(rights)) {
      await query(`create user ${user} identified by '${SECRET}'`)
      await query(`grant ${granted} on learner.* to ${user}`)
    }
    await query(`create user stranger identified by '${SECRET}'`)
    const cannotMigrate = await refused(() => open('writer'), 'STORAGE_READ_ONLY')
    assert.not.match(JSON.stringify([cannotMigrate.message, cannotMigrate, String(cannotMigrate.cause)]), SECRET)
    await (await open('')).close()

    const [writer, reader] = [await open('writer'), await open('reader', true)]
    try {
      await committed(writer, someOfEverything(await writer.openProfile(PROFILE, SETTINGS)))
      assert.is(await writer.deleteProfile(PROFILE), true)
      await committed(writer, someOfEverything(await writer.openProfile(PROFILE, SETTINGS)))
      assert.equal(await contentOf(reader), await contentOf(writer))
    } finally {
      await Promise.all([writer.close(), reader.close()])
    }
    await refused(() => open('reader'), 'STORAGE_READ_ONLY')
    const stranger = await refused(() => open('stranger', true), 'STORAGE_UNAVAILABLE')
    assert.is(stranger.details.mysqlNumber, 1044)

    await query('set global read_only = 1')
    await refused(() => open('writer'), 'STORAGE_READ_ONLY')
    await (await open('writer', true)).close()
  })
})

withPrivate(
  'a server that is killed is STORAGE_UNAVAILABLE until it is back, and then nothing is missing',
  async () => {
    await withServer(async ({ open, kill, start }) => {
      const log = await open('')
      try {
        const first = await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
        const before = await contentOf(log)
        await kill()
        const lost = await refused(() => log.commit(PROFILE, someOfEverything(first)), 'STORAGE_UNAVAILABLE')
        assert.match(lost.message, /^MySQL failed to commit: /)
        await refused(() => log.read(PROFILE, (snapshot) => snapshot.head()), 'STORAGE_UNAVAILABLE')
        await start()
        assert.equal(await contentOf(log), before)
        await committed(log, someOfEverything(first))
      } finally {
        await log.close()
      }
    })
  },
)

test.run()
