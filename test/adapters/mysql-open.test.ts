// How the MySQL adapter opens a database: what it makes and under which lock, what it sets for itself, and what it refuses.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import mysql from 'mysql2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter, openMysqlLog } from '../../adapters/mysql/adapter.js'
import { openConnection } from '../../adapters/mysql/connection.js'
import { MIGRATIONS } from '../../adapters/mysql/migrations.js'
import { serverOptions } from '../../adapters/server/options.js'
import {
  committed,
  contentOf,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  TABLES,
} from '../../src/contract/cases/contract-case.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { server, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import { ask, withServerConnection } from '../support/server-connection.js'

const test = suite('mysql: opening')
const withMysql = requires(test, server('mysql'))

const CHILD = fileURLToPath(new URL('./mysql-child.js', import.meta.url))
const SECRET = 'hush-hush'

function open(url: string, readOnly = false): Promise<EventLog> {
  return adapter.openEventLog({ storage: { url }, tables: TABLES, readOnly })
}

/** All that a reader could see of an error. */
function textOf(error: Error): string {
  return JSON.stringify([error.message, error, String(error.cause)])
}

async function tablesOf(url: string): Promise<readonly string[]> {
  const rows = await ask('mysql', url, 'show tables')
  return rows.flatMap((row) => Object.values(row).map(String)).sort()
}

test('a package that is not installed is DRIVER_MISSING, and says what to install', async () => {
  const storage = { url: `mysql://me:${SECRET}@127.0.0.1/immersion` }
  const load = () => Promise.reject(new Error("Cannot find package 'mysql2'"))
  const options = { storage, tables: TABLES, readOnly: false }
  const error = await refused(() => openMysqlLog(serverOptions('mysql', storage), options, { load }), 'DRIVER_MISSING')
  assert.match(error.hint, /npm install mysql2/)
})

test('a server that is not there is STORAGE_UNAVAILABLE, without the secret', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const port = typeof address === 'object' ? address?.port : undefined
  listener.close()
  await once(listener, 'close')
  const url = `mysql://me:${SECRET}@127.0.0.1:${port}/immersion`
  for (const work of [
    () => open(url),
    () => adapter.planMigrations({ storage: { url }, tables: [], readOnly: true }),
  ]) {
    const error = await refused(work, 'STORAGE_UNAVAILABLE')
    assert.is(error.details.mysqlCode, 'ECONNREFUSED')
    assert.not.match(textOf(error), SECRET)
  }
})

withMysql('a wrong password and a database that is missing say which, without the secret', async () => {
  await withTestDatabase('mysql', async ({ url, name }) => {
    const strange = new URL(url)
    strange.username = 'immersion_nobody'
    strange.password = SECRET
    const denied = await refused(() => open(strange.href), 'STORAGE_UNAVAILABLE')
    assert.is(denied.details.mysqlNumber, 1045)
    assert.match(denied.hint, 'storage.user')
    assert.not.match(textOf(denied), SECRET)
    const missing = await refused(() => open(url.replace(name, `${name}_not`)), 'STORAGE_UNAVAILABLE')
    assert.is(missing.details.mysqlNumber, 1049)
    assert.match(missing.hint, 'storage.database')
  })
})

withMysql('a database with tables of another program is refused, and nothing is made in it', async () => {
  await withTestDatabase('mysql', async ({ url }) => {
    await ask('mysql', url, 'create table videos (id int)')
    const error = await refused(() => open(url), 'INVALID_CONFIG')
    assert.equal(error.details.tables, ['videos'])
    assert.equal(await tablesOf(url), ['videos'])
  })
})

withMysql('a newer schema is refused by writers, readers and plans', async () => {
  await withTestDatabase('mysql', async ({ url }) => {
    await (await open(url)).close()
    await ask('mysql', url, `update immersion_schema set version = ${MIGRATIONS.length + 1}`)
    const plan = () => adapter.planMigrations({ storage: { url }, tables: TABLES, readOnly: false })
    for (const work of [() => open(url), () => open(url, true), plan]) {
      const error = await refused(work, 'SCHEMA_NEWER')
      assert.is(error.details.schemaVersion, MIGRATIONS.length + 1)
    }
  })
})

withMysql('a plan, and opening for reading only, change nothing; after opening nothing is left to do', async () => {
  await withTestDatabase('mysql', async ({ url }) => {
    const plan = () => adapter.planMigrations({ storage: { url }, tables: TABLES, readOnly: false })
    const before = await plan()
    assert.is(before.schemaVersion, 0)
    for (const [index, changes] of MIGRATIONS.entries()) {
      const texts = changes.map((change) => (typeof change === 'string' ? change : change.text))
      // Behind them stand the columns of measures that joined in the step.
      assert.equal(before.steps[index]?.statements.slice(0, texts.length), texts)
    }
    assert.is(before.tables.length, 4, 'two tables, and two indexes of one of them')
    await refused(() => open(url, true), 'STORAGE_UNAVAILABLE')
    assert.equal(await tablesOf(url), [])
    await (await open(url)).close()
    const latestVersion = MIGRATIONS.length
    assert.equal(await plan(), { schemaVersion: latestVersion, latestVersion, steps: [], tables: [] })
  })
})

withMysql('a first step that was cut off behind any of its statements is finished by the next start', async () => {
  const [first = []] = MIGRATIONS
  for (const done of first.keys()) {
    await withTestDatabase('mysql', async ({ url }) => {
      await withServerConnection('mysql', url, async (query) => {
        for (const statement of first.slice(0, done)) await query(String(statement))
      })
      const log = await open(url)
      try {
        await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
      } finally {
        await log.close()
      }
    })
  }
})

withMysql('ten processes that start at once on an empty database migrate it once', async () => {
  await withTestDatabase('mysql', async ({ url }) => {
    const children = Array.from({ length: 10 }, () => spawn(process.execPath, [CHILD, url], { stdio: 'inherit' }))
    const exits = await Promise.all(children.map((child) => once(child, 'exit')))
    assert.equal(
      exits.map(([code]) => code),
      children.map(() => 0),
    )
    assert.equal(await ask('mysql', url, 'select count(*) as count from migration_runs'), [{ count: 1 }])
    assert.equal(await ask('mysql', url, 'select name from profile_names'), [{ name: Buffer.from(PROFILE) }])
  })
})

withMysql('every table is of InnoDB and compares text by its bytes', async () => {
  await withTestDatabase('mysql', async ({ url }) => {
    await (await open(url)).close()
    const tables = await ask('mysql', url, 'show table status')
    assert.is(tables.length, 9 + TABLES.length)
    for (const table of tables) {
      assert.is(table.Engine, 'InnoDB', String(table.Name))
      assert.is(table.Collation, 'utf8mb4_bin', String(table.Name))
    }
  })
})

withMysql('a session has its own modes, waits and character set, whatever the server is configured to', async () => {
  await withTestDatabase('mysql', async ({ url }) => {
    const options = serverOptions('mysql', { url, statementTimeoutMs: 8000 })
    const connection = await openConnection(mysql, options)
    try {
      const { rows } = await connection.query(`select @@session.sql_mode, @@session.autocommit,
        @@session.innodb_lock_wait_timeout, @@session.lock_wait_timeout, @@session.character_set_client,
        @@session.collation_connection, version()`)
      const [mode, ...others] = rows[0] ?? []
      const version = String(others.pop())
      assert.is(mode, 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION')
      assert.equal(others, [1, 4, 4, 'utf8mb4', 'utf8mb4_bin'])
      const isMaria = version.includes('MariaDB')
      const [row] = (
        await connection.query(
          isMaria
            ? 'select @@session.tx_isolation, cast(@@session.max_statement_time * 1000 as signed)'
            : 'select @@session.transaction_isolation, @@session.max_execution_time',
        )
      ).rows
      assert.equal(row, ['READ-COMMITTED', 8000])
    } finally {
      await connection.end()
    }
  })
})

withMysql('what was written is the same for a second log that was opened by parts instead of a URL', async () => {
  await withTestDatabase('mysql', async ({ url, name }) => {
    const log = await open(url)
    const { hostname: host, port, username: user, password } = new URL(url)
    const parts = { host, port: Number(port || 3306), user, database: name, poolSize: 1 }
    const storage = password === '' ? parts : { ...parts, password: decodeURIComponent(password) }
    const other = await adapter.openEventLog({ storage, tables: TABLES, readOnly: true })
    try {
      await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
      assert.equal(await contentOf(other), await contentOf(log))
      assert.match((await other.stats()).location, new RegExp(`^mysql://${user}@${host}:\\d+/${name}$`))
    } finally {
      await Promise.all([log.close(), other.close()])
    }
  })
})

test.run()
