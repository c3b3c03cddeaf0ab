// Tests of the database servers that other tests use: their databases, their private servers, and the clean-up afterwards.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { server, testDatabase } from '../support/databases.js'
import { type PrivateServer, startPrivateServer } from '../support/private-server.js'
import { requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'
import { until } from '../support/until.js'
import { createSharedServers } from './shared-servers.js'

const CHILD = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fixtures', 'with-private-server.js')

for (const kind of ['postgres', 'mysql'] as const) {
  const test = suite(`test databases: ${kind}`)
  const withServer = requires(test, server(kind))

  const namesOn = async (url: string) => {
    const column = kind === 'postgres' ? 'datname' : 'schema_name'
    const table = kind === 'postgres' ? 'pg_database' : 'information_schema.schemata'
    return (await ask(kind, url, `select ${column} as name from ${table}`)).map((row) => row.name)
  }
  const countOf = async (url: string, table: string) =>
    Number((await ask(kind, url, `select count(*) as count from ${table}`))[0]?.count)
  const isDown = (url: string) =>
    ask(kind, url, 'select 1').then(
      () => false,
      () => true,
    )
  const isGone = async (one: Pick<PrivateServer, 'url' | 'folder'>) =>
    (await isDown(one.url)) && !fs.existsSync(one.folder)

  withServer('each call creates a database of its own, which drop removes', async () => {
    const one = await testDatabase(kind)
    const other = await testDatabase(kind)
    await ask(kind, one.url, 'create table only_here (number int)')
    assert.is(await countOf(one.url, 'only_here'), 0)
    assert.is(await countOf(other.url, 'only_here').catch(() => 'refused'), 'refused')
    assert.ok((await namesOn(other.url)).includes(one.name))
    await one.drop()
    assert.not.ok((await namesOn(other.url)).includes(one.name))
    await other.drop()
  })

  withServer('a private server keeps its committed rows and its port through a kill and a stop', async () => {
    const own = await startPrivateServer(kind)
    try {
      await ask(kind, own.url, 'create table kept (number int)')
      await ask(kind, own.url, 'insert into kept (number) values (1)')
      await own.kill()
      assert.ok(await isDown(own.url))
      await own.start()
      await ask(kind, own.url, 'insert into kept (number) values (2)')
      await own.stop()
      assert.ok(await isDown(own.url))
      await own.start()
      assert.is(await countOf(own.url, 'kept'), 2)
    } finally {
      await own.remove()
    }
    assert.ok(await isGone(own))
  })

  withServer('a private server ends with the process that started it, even when that is killed', async () => {
    const child = fork(CHILD, [kind])
    const [own] = (await once(child, 'message')) as [Pick<PrivateServer, 'url' | 'folder'>]
    assert.not.ok(await isGone(own))
    child.kill('SIGKILL')
    await until('its server and its folder are gone', () => isGone(own))
  })

  withServer('a run has one server of each kind, which ends with the run', async () => {
    const servers = createSharedServers()
    const [first, second] = await Promise.all([servers.answer({ server: kind }), servers.answer({ server: kind })])
    assert.equal(first, second)
    if ('failed' in first) throw new Error(first.failed)
    const name = `${first.prefix}_left`
    await ask(kind, first.url, `create database ${name}`)
    await servers.close()
    const names: readonly unknown[] = await namesOn(first.url).catch(() => [])
    assert.not.ok(names.includes(name), 'a database that a killed test has left is dropped with the run')
  })

  test.run()
}
