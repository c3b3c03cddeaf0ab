// How the PostgreSQL adapter opens a log: what it makes, who waits for whom, and what it says of a server or a database that
// it cannot use.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as net from 'node:net'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/postgres/adapter.js'
import {
  committed,
  contentOf,
  DAILY,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  TABLES,
} from '../../src/contract/cases/contract-case.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { server, type TestDatabase, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'

const test = suite('postgres: opening')
const withPostgres = requires(test, server('postgres'))

const CHILD = fileURLToPath(new URL('./postgres-child.js', import.meta.url))
const PROCESSES = 10

function open(storage: Record<string, unknown>, readOnly = false): Promise<EventLog> {
  return adapter.openEventLog({ storage, tables: TABLES, readOnly })
}

function onDatabase(name: string, work: (database: TestDatabase) => Promise<void>): void {
  withPostgres(name, () => withTestDatabase('postgres', work))
}

onDatabase('ten processes that start at once migrate once, and all of them open', async ({ url }) => {
  const children = Array.from({ length: PROCESSES }, () => spawn(process.execPath, [CHILD, url], { stdio: 'inherit' }))
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  assert.equal(codes, Array(PROCESSES).fill(0))
  assert.equal(await ask('postgres', url, 'select schema_version from immersion_log'), [{ schema_version: 2 }])
  assert.equal(await ask('postgres', url, 'select name from profile_names'), [{ name: PROFILE }])
})

onDatabase('a plan names every step and table, changes nothing, and is empty once opened', async ({ storage }) => {
  const options = { storage, tables: TABLES, readOnly: false }
  const before = await adapter.planMigrations(options)
  assert.equal([before.schemaVersion, before.latestVersion, before.steps.length], [0, 2, 2])
  assert.match(before.steps[0]?.statements.join('\n') ?? '', /create table "public"\.events /)
  assert.match(before.tables.join('\n'), /create table "public"\.rows_daily_v1 /)
  assert.equal(await adapter.planMigrations(options), before)
  await (await open(storage)).close()
  assert.equal(await adapter.planMigrations(options), { schemaVersion: 2, latestVersion: 2, steps: [], tables: [] })
})

onDatabase('a newer schema is refused, for writing, reading and planning', async ({ storage, url }) => {
  await (await open(storage)).close()
  await ask('postgres', url, 'update immersion_log set schema_version = 99')
  for (const readOnly of [false, true]) {
    const error = await refused(() => open(storage, readOnly), 'SCHEMA_NEWER')
    assert.is(error.details.schemaVersion, 99)
  }
  await refused(() => adapter.planMigrations({ storage, tables: TABLES, readOnly: false }), 'SCHEMA_NEWER')
})

onDatabase('tables of another program are left alone', async ({ storage, url }) => {
  await ask('postgres', url, 'create table events (id int)')
  const error = await refused(() => open(storage), 'INVALID_CONFIG')
  assert.equal(error.details.tables, ['events'])
  const tables = await ask(
    'postgres',
    url,
    "select table_name from information_schema.tables where table_schema = 'public'",
  )
  assert.equal(tables, [{ table_name: 'events' }])
})

onDatabase('two schemas of one database are two logs, and neither needs a search_path', async ({ storage, url }) => {
  const [one, two] = [await open({ ...storage, schema: 'one' }), await open({ ...storage, schema: 'Two' })]
  try {
    const first = await committed(one, someOfEverything(await one.openProfile(PROFILE, SETTINGS)))
    assert.equal((await two.openProfile(PROFILE, SETTINGS)).revision, 0)
    await committed(one, someOfEverything(first))
    const { head } = (await contentOf(two)) as { head: { revision: number } }
    assert.is(head.revision, 0)
    assert.equal(await two.deleteProfile(PROFILE), true)
    assert.equal(await one.profiles(), [PROFILE])
    assert.ok((await one.stats()).totalBytes > 0)
  } finally {
    await one.close()
    await two.close()
  }
  const inPublic = await ask('postgres', url, "select 1 from information_schema.tables where table_schema = 'public'")
  assert.equal(inPublic, [])
})

onDatabase('who only reads makes nothing, and says that there is no log yet', async ({ storage, url }) => {
  await refused(() => open(storage, true), 'STORAGE_UNAVAILABLE')
  assert.equal(await ask('postgres', url, "select 1 from information_schema.tables where table_schema = 'public'"), [])
})

onDatabase('a read model that nobody has made yet is an unknown projection to a reader', async ({ storage }) => {
  const log = await adapter.openEventLog({ storage, tables: [DAILY], readOnly: false })
  await log.openProfile(PROFILE, SETTINGS)
  const reader = await open(storage, true)
  const ask = () => reader.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'sessions@1' }))
  await refused(ask, 'UNKNOWN_PROJECTION')
  await (await open(storage)).close()
  assert.equal(await ask(), [])
  await reader.close()
  await log.close()
})

onDatabase('a database that is read-only is read, and says so to who writes', async ({ storage, url, name }) => {
  const log = await open(storage)
  const head = await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
  await log.close()
  await ask('postgres', url, `alter database ${name} set default_transaction_read_only = on`)
  const error = await refused(() => open(storage), 'STORAGE_READ_ONLY')
  assert.match(error.hint, /read-only/)
  const reader = await open(storage, true)
  try {
    assert.equal(await reader.openProfile(PROFILE, SETTINGS), head)
    await refused(() => reader.openProfile('new', SETTINGS), 'STORAGE_READ_ONLY')
  } finally {
    await reader.close()
  }
})

onDatabase('a database or a user that does not exist is named, with what to do', async ({ url }) => {
  const missing = new URL(url)
  missing.pathname = '/immersion_test_nowhere'
  const noDatabase = await refused(() => open({ url: missing.href }), 'STORAGE_UNAVAILABLE')
  assert.is(noDatabase.details.sqlState, '3D000')
  assert.match(noDatabase.hint, /storage\.database/)
  const nobody = new URL(url)
  nobody.username = 'immersion_test_nobody'
  const noUser = await refused(() => open({ url: nobody.href }), 'STORAGE_UNAVAILABLE')
  assert.match(noUser.hint, /storage\.(user|password)/)
})

test('a server that is not there is unavailable, and its password is in no part of the error', async () => {
  const port = await withListener(
    () => {},
    async (free) => free,
  )
  const storage = { host: '127.0.0.1', port, user: 'me', password: 'geheim', database: 'log' }
  const error = await refused(() => open(storage), 'STORAGE_UNAVAILABLE')
  assert.match(String(error.details.location), `@127.0.0.1:${port}/log`)
  assert.not.match(JSON.stringify([error.message, error.hint, error.details, String(error.cause)]), /geheim/)
})

/** What servers answer to a connection that they refuse: SQLSTATE, and what the hint is about. */
const REFUSALS: readonly (readonly [string, RegExp])[] = [
  ['28P01', /password/],
  ['53300', /max_connections/],
  ['57P03', /starting/],
]

for (const [sqlState, hint] of REFUSALS) {
  test(`a server that refuses a connection with ${sqlState} is unavailable, with what to do`, async () => {
    await withListener(
      (socket) => socket.once('data', () => socket.end(errorAnswer(sqlState, 'refused by the test'))),
      async (port) => {
        const storage = { host: '127.0.0.1', port, user: 'me', password: 'geheim', database: 'log' }
        const error = await refused(() => open(storage), 'STORAGE_UNAVAILABLE')
        assert.is(error.details.sqlState, sqlState)
        assert.match(error.hint, hint)
        assert.not.match(JSON.stringify([error.message, error.hint, error.details]), /geheim/)
      },
    )
  })
}

test('a server that accepts and says nothing is given up after connectTimeoutMs', async () => {
  await withListener(
    () => {},
    async (port) => {
      const storage = { host: '127.0.0.1', port, user: 'me', database: 'log', connectTimeoutMs: 100 }
      await refused(() => open(storage), 'STORAGE_UNAVAILABLE')
    },
  )
})

onDatabase('a pooler that refuses settings of a session is used without them', async ({ url }) => {
  const target = new URL(url)
  let refusedOnce = false
  const pooler = (socket: net.Socket): void => {
    socket.once('data', (startup) => {
      if (startup.includes('statement_timeout')) {
        refusedOnce = true
        socket.end(errorAnswer('08P01', 'unsupported startup parameter: statement_timeout'))
        return
      }
      const behind = net.connect(Number(target.port || 5432), target.hostname)
      behind.on('error', () => socket.destroy())
      socket.on('error', () => behind.destroy())
      behind.write(startup)
      socket.pipe(behind).pipe(socket)
    })
  }
  await withListener(pooler, async (port) => {
    const through = new URL(url)
    through.port = String(port)
    const log = await open({ url: through.href })
    await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
    await log.close()
  })
  assert.ok(refusedOnce)
})

/** A server of the test on a free port, for as long as `work` takes. */
async function withListener<T>(onSocket: (socket: net.Socket) => void, work: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<net.Socket>()
  const listener = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  try {
    return await work((listener.address() as net.AddressInfo).port)
  } finally {
    for (const socket of sockets) socket.destroy()
    listener.close()
    await once(listener, 'close')
  }
}

/** An ErrorResponse of the protocol. */
function errorAnswer(sqlState: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`)
  const answer = Buffer.alloc(5)
  answer.write('E')
  answer.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([answer, fields])
}

test.run()
