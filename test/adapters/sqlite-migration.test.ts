// Migrations of a SQLite file: the plan before, the copy, and the file after a failure. A step after the newest is given here.
// What the steps that ship do to a log of schema 1: test/adapters/schema-2.test.ts.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/sqlite/adapter.js'
import { planMigrations } from '../../adapters/sqlite/connection.js'
import { copiesOf } from '../../adapters/sqlite/copies.js'
import { openSqliteLog } from '../../adapters/sqlite/log.js'
import { MIGRATIONS, SCHEMA_VERSION } from '../../adapters/sqlite/migrations.js'
import {
  committed,
  contentOf,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  TABLES,
  withLog,
} from '../../src/contract/cases/contract-case.js'
import { openFile, withDriver, withFile } from './sqlite-file.js'

const test = suite('sqlite: migrations')

const CHILD = fileURLToPath(new URL('./sqlite-child.js', import.meta.url))
const NEXT = 'create table notes (profile_id integer not null, note text not null) strict;'
const BROKEN = `${NEXT} insert into notes (profile_id, note) values (1, null);`

const withSteps = (file: string, ...added: string[]) => ({
  path: file,
  nativeBinding: undefined,
  migrations: [...MIGRATIONS, ...added.map((step) => [step])],
})
const openWith = (file: string, ...added: string[]) =>
  openSqliteLog(withSteps(file, ...added), { storage: {}, tables: TABLES, readOnly: false })

/** A file of the newest schema with something in it; returns what that is. */
async function filled(file: string): Promise<unknown> {
  return withLog(
    () => openFile(file),
    async (log) => {
      await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
      return contentOf(log)
    },
  )
}

const versionOf = (file: string) => withDriver(file, (database) => database.pragma('user_version', { simple: true }))

test('a plan says what would be done, and does nothing', async () => {
  await withFile(async (file) => {
    const nothingThere = await planMigrations(withSteps(file, NEXT), TABLES)
    assert.is(fs.readdirSync(path.dirname(file)).length, 0)
    assert.equal([nothingThere.schemaVersion, nothingThere.latestVersion], [0, SCHEMA_VERSION + 1])
    assert.equal(
      nothingThere.steps.map(({ version }) => version),
      [1, 2, SCHEMA_VERSION + 1],
    )
    assert.is(
      nothingThere.tables.filter((statement) => statement.startsWith('create table rows_')).length,
      TABLES.length,
    )

    await filled(file)
    const before = fs.readFileSync(file)
    const plan = await planMigrations(withSteps(file, NEXT), TABLES)
    assert.equal(plan, {
      schemaVersion: SCHEMA_VERSION,
      latestVersion: SCHEMA_VERSION + 1,
      steps: [{ version: SCHEMA_VERSION + 1, statements: [NEXT.slice(0, -1)] }],
      tables: [],
    })
    const options = { storage: { path: file }, tables: TABLES, readOnly: false }
    const nothing = { schemaVersion: SCHEMA_VERSION, latestVersion: SCHEMA_VERSION, steps: [], tables: [] }
    assert.equal(await adapter.planMigrations(options), nothing)
    assert.ok(before.equals(fs.readFileSync(file)))
    assert.equal(fs.readdirSync(path.dirname(file)), ['log.db'])
  })
})

test('the statements of a plan are those that make the schema', async () => {
  await withFile(async (file) => {
    await (await openFile(file)).close()
    const made = (database: Parameters<Parameters<typeof withDriver>[1]>[0]) =>
      database.prepare('select sql from sqlite_master where sql is not null order by name').pluck().all()
    const asOpened = withDriver(file, made)
    const plan = await planMigrations(withSteps(`${file}.none`), TABLES)
    const asPlanned = withDriver(`${file}.planned`, (database) => {
      for (const { statements } of plan.steps) for (const statement of statements) database.exec(statement)
      for (const statement of plan.tables) database.exec(statement)
      return made(database)
    })
    assert.equal(asPlanned, asOpened)
  })
})

test('a plan for a newer schema is refused', async () => {
  await withFile(async (file) => {
    await (await openWith(file, NEXT)).close()
    const options = { storage: { path: file }, tables: TABLES, readOnly: false }
    await refused(() => adapter.planMigrations(options), 'SCHEMA_NEWER')
  })
})

test('before a migration the file is copied as it is, for its owner only', async () => {
  await withFile(async (file) => {
    const content = await filled(file)
    await withLog(
      () => openWith(file, NEXT),
      async (log) => assert.equal(await contentOf(log), content),
    )
    assert.is(versionOf(file), SCHEMA_VERSION + 1)
    const [copy, ...others] = copiesOf(file)
    assert.ok(copy)
    assert.equal(others, [])
    assert.match(path.basename(copy), new RegExp(`^log\\.db\\.schema-${SCHEMA_VERSION}\\.\\d{8}T\\d{9}Z\\.copy$`))
    assert.is((fs.statSync(copy).mode & 0o777).toString(8), '600')
    assert.is(versionOf(copy), SCHEMA_VERSION)
    // The copy is a whole log of the schema before.
    await withLog(
      () => openFile(copy),
      async (log) => assert.equal(await contentOf(log), content),
    )
  })
})

test('what is still in the -wal of a process that was killed is in the copy', async () => {
  await withFile(async (file) => {
    const child = spawn(process.execPath, [CHILD, 'write', file], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok(fs.statSync(`${file}-wal`).size > 0)
    const content = await withLog(() => openWith(file, NEXT), contentOf)
    const [copy] = copiesOf(file)
    assert.ok(copy)
    assert.equal(await withLog(() => openFile(copy), contentOf), content)
  })
})

test('a new file is not copied, nor one that has the newest schema', async () => {
  await withFile(async (file) => {
    for (const _ of [1, 2]) await (await openWith(file, NEXT)).close()
    assert.equal(copiesOf(file), [])
  })
})

test('the last three copies are kept, and files of like names are left alone', async () => {
  await withFile(async (file) => {
    await filled(file)
    const old = ['20250101T000000000Z', '20250102T000000000Z', '20250103T000000000Z']
    for (const time of old) fs.writeFileSync(`${file}.schema-1.${time}.copy`, '')
    const alike = [`${file}.schema-1.copy`, `${file}.schema-x.20240101T000000000Z.copy`, `${file}2.copy`]
    for (const other of alike) fs.writeFileSync(other, '')
    fs.writeFileSync(`${file}.schema-1.20250104T000000000Z.copy.partial`, 'of a process that was killed')
    await (await openWith(file, NEXT)).close()
    const kept = copiesOf(file)
    assert.is(kept.length, 3)
    assert.equal(
      kept.slice(0, 2).map((copy) => copy.slice(file.length)),
      ['.schema-1.20250102T000000000Z.copy', '.schema-1.20250103T000000000Z.copy'],
    )
    for (const other of alike) assert.ok(fs.existsSync(other))
  })
})

test('a copy that fails stops the migration', async () => {
  await withFile(async (short) => {
    // A name that leaves room for what SQLite puts beside it, and none for the copy's.
    const file = path.join(path.dirname(short), 'l'.repeat(240))
    const content = await filled(file)
    const error = await refused(() => openWith(file, NEXT), 'STORAGE_FAILED')
    assert.match(error.message, /copy the database before its migration/)
    assert.is(versionOf(file), SCHEMA_VERSION)
    assert.equal(await withLog(() => openFile(file), contentOf), content)
  })
})

test('a migration that fails leaves the file as it was, and no copy', async () => {
  await withFile(async (file) => {
    const content = await filled(file)
    await refused(() => openWith(file, BROKEN), 'STORAGE_FAILED')
    assert.is(versionOf(file), SCHEMA_VERSION)
    assert.equal(copiesOf(file), [])
    assert.equal(await withLog(() => openFile(file), contentOf), content)
    const tables = withDriver(file, (database) =>
      database.prepare("select 1 from sqlite_master where name = 'notes'").all(),
    )
    assert.equal(tables, [])
  })
})

test('ten processes that start at once migrate once and make one copy', async () => {
  await withFile(async (file) => {
    await filled(file)
    const children = Array.from({ length: 10 }, () => spawn(process.execPath, [CHILD, 'open', file, NEXT]))
    const said = children.map(async (child) => {
      let errors = ''
      child.stderr.on('data', (chunk) => {
        errors += String(chunk)
      })
      const [code] = await once(child, 'exit')
      return code === 0 ? 'ok' : errors
    })
    assert.equal(
      await Promise.all(said),
      children.map(() => 'ok'),
    )
    assert.is(versionOf(file), SCHEMA_VERSION + 1)
    assert.is(copiesOf(file).length, 1)
  })
})

test.run()
