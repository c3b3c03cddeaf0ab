// `immersion migrate`: it says what it would change, changes it, and refuses a schema that it does not know.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SCHEMA_VERSION } from '../../adapters/sqlite/migrations.js'
import { type Home, inHome } from './home.js'

const test = suite('command migrate')

function withLog(
  work: (migrate: (...args: string[]) => ReturnType<Home['immersion']>, path: string) => void,
): Promise<void> {
  return inHome((home) => {
    const path = join(home.folder, 'log.sqlite')
    work((...args) => home.immersion(['--db', path, 'migrate', ...args]), path)
  })
}

function inFile(path: string, sql: string): void {
  const database = new Sqlite(path)
  database.exec(sql)
  database.close()
}

test('a dry run for a new database says what it would create, and creates nothing', () => {
  return withLog((run, path) => {
    const { status, stdout } = run('--dry-run', '--statements')
    assert.is(status, 0)
    assert.match(stdout, `Would bring a new database to schema ${SCHEMA_VERSION}`)
    assert.match(stdout, '-- step 1\ncreate table profiles (')
    assert.match(stdout, 'create table rows_daily_v1 (')
    assert.not.match(run('--dry-run').stdout, 'create table')
    assert.not(existsSync(path))
  })
})

test('migrate creates what is missing, once, and creates no profile', () => {
  return withLog((run, path) => {
    assert.match(run().stdout, `Brought a new database to schema ${SCHEMA_VERSION}`)
    for (const args of [[], ['--dry-run'], ['--statements']]) {
      const { status, stdout } = run(...args)
      assert.equal([status, stdout], [0, `Nothing to do: schema ${SCHEMA_VERSION} is the newest.\n`])
    }
    inFile(path, 'drop table rows_daily_v1')
    const dry = JSON.parse(run('--dry-run', '--json').stdout)
    assert.equal([dry.schemaVersion, dry.steps, dry.tables.length, dry.done], [SCHEMA_VERSION, [], 1, false])
    assert.match(run().stdout, 'Created 1 table or index of read models.')
    const database = new Sqlite(path, { readonly: true })
    assert.equal(database.prepare('select count(*) from rows_daily_v1').pluck().get(), 0)
    assert.equal(database.prepare('select count(*) from profiles').pluck().get(), 0)
    database.close()
  })
})

test('migrate ends with 1 at a newer schema, and leaves it as it is', () => {
  return withLog((run, path) => {
    run()
    inFile(path, `pragma user_version = ${SCHEMA_VERSION + 1}`)
    for (const args of [[], ['--dry-run']]) {
      const { status, stderr, stdout } = run(...args)
      assert.equal([status, stdout], [1, ''])
      assert.match(stderr, new RegExp(`schema ${SCHEMA_VERSION + 1}, newer than this program.*SCHEMA_NEWER`))
      assert.match(stderr, 'Update immersion-log')
    }
  })
})

test.run()
