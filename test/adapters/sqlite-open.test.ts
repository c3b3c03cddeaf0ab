// How the SQLite adapter opens a file: what it makes, what it sets, and which files and settings it refuses.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/sqlite/adapter.js'
import { openForReading, openForWriting } from '../../adapters/sqlite/connection.js'
import { SCHEMA_VERSION } from '../../adapters/sqlite/migrations.js'
import {
  committed,
  contentOf,
  DAILY,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  TABLES,
  withLog,
} from '../../src/contract/cases/contract-case.js'
import { openFile, withDriver, withFile } from './sqlite-file.js'

const test = suite('sqlite: opening')

const CHILD = fileURLToPath(new URL('./sqlite-child.js', import.meta.url))

test('file and side files are for their owner only, and missing directories are made so', async () => {
  await withFile(async (file) => {
    const deep = path.join(path.dirname(file), 'a', 'b', 'log.db')
    const log = await openFile(deep)
    try {
      await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
      const modeOf = (place: string) => (fs.statSync(place).mode & 0o777).toString(8)
      for (const suffix of ['', '-wal', '-shm']) assert.is(modeOf(deep + suffix), '600', `mode of ${suffix}`)
      assert.is(modeOf(path.dirname(deep)), '700')
      assert.is(modeOf(path.dirname(path.dirname(deep))), '700')
    } finally {
      await log.close()
    }
    assert.equal(fs.readdirSync(path.dirname(deep)), ['log.db'])
  })
})

test('the pragmas of the contract are in force on both connections', async () => {
  await withFile(async (file) => {
    const writing = await openForWriting({ path: file, nativeBinding: undefined }, TABLES)
    const reading = await openForReading({ path: file, nativeBinding: undefined }, TABLES)
    try {
      for (const database of [writing, reading]) {
        const pragma = (name: string) => database.pragma(name, { simple: true })
        assert.is(pragma('journal_mode'), 'wal')
        assert.is(pragma('synchronous'), 1)
        assert.is(pragma('foreign_keys'), 1)
        assert.is(pragma('busy_timeout'), 2500)
        assert.is(pragma('auto_vacuum'), 2)
        assert.is(pragma('wal_autocheckpoint'), 4000)
      }
      assert.is(reading.readonly, true)
      const tables = writing.prepare("select name from pragma_table_list where schema = 'main' and strict = 0").pluck()
      assert.equal(
        tables.all().filter((name) => !String(name).startsWith('sqlite_')),
        [],
      )
    } finally {
      reading.close()
      writing.close()
    }
  })
})

test('the log has no index but its row id', async () => {
  await withFile(async (file) => {
    await (await openFile(file)).close()
    const indexes = withDriver(file, (database) => database.pragma('index_list(events)'))
    assert.equal(indexes, [])
  })
})

test('ten processes that start at once migrate once and all get the profile', async () => {
  await withFile(async (file) => {
    const children = Array.from({ length: 10 }, () => spawn(process.execPath, [CHILD, 'open', file]))
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
    await withLog(
      () => openFile(file),
      async (log) => assert.equal(await log.profiles(), [PROFILE]),
    )
  })
})

test('a newer schema is refused and the file is left as it is', async () => {
  await withFile(async (file) => {
    await (await openFile(file)).close()
    withDriver(file, (database) => database.pragma(`user_version = ${SCHEMA_VERSION + 1}`))
    const before = fs.readFileSync(file)
    const error = await refused(() => openFile(file), 'SCHEMA_NEWER')
    assert.is(error.details.schemaVersion, SCHEMA_VERSION + 1)
    await refused(() => openFile(file, { readOnly: true }), 'SCHEMA_NEWER')
    assert.ok(before.equals(fs.readFileSync(file)))
  })
})

test("another program's database is refused and left as it is", async () => {
  await withFile(async (file) => {
    withDriver(file, (database) => database.exec('create table imm_sessions (id integer primary key)'))
    const before = fs.readFileSync(file)
    await refused(() => openFile(file), 'INVALID_CONFIG')
    await refused(() => openFile(file, { readOnly: true }), 'INVALID_CONFIG')
    assert.ok(before.equals(fs.readFileSync(file)))
  })
})

test('a file that is no database is refused as corrupt and left as it is', async () => {
  await withFile(async (file) => {
    fs.writeFileSync(file, 'subtitles, not a database\n'.repeat(400))
    await refused(() => openFile(file), 'STORAGE_CORRUPT')
    assert.is(fs.readFileSync(file, 'utf8'), 'subtitles, not a database\n'.repeat(400))
  })
})

test('reading only makes nothing: a missing file is unavailable, and so is one not migrated', async () => {
  await withFile(async (file) => {
    await refused(() => openFile(file, { readOnly: true }), 'STORAGE_UNAVAILABLE')
    assert.not(fs.existsSync(file))
    fs.writeFileSync(file, '')
    await refused(() => openFile(file, { readOnly: true }), 'STORAGE_UNAVAILABLE')
    assert.is(fs.statSync(file).size, 0)
  })
})

test('a reader that opens a log without the table of a projection is told so when it asks', async () => {
  await withFile(async (file) => {
    const writer = await openFile(file, { tables: [DAILY] })
    try {
      await writer.openProfile(PROFILE, SETTINGS)
      const reader = await openFile(file, { readOnly: true })
      const ask = () => reader.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'sessions@1' }))
      await withLog(
        async () => reader,
        async () => void (await refused(ask, 'UNKNOWN_PROJECTION')),
      )
    } finally {
      await writer.close()
    }
  })
})

test('a projection that changed its key without a new version is refused', async () => {
  await withFile(async (file) => {
    await (await openFile(file)).close()
    const changed = [{ ...DAILY, key: [{ name: 'localDay', type: 'integer' as const }] }]
    await refused(() => openFile(file, { tables: changed }), 'INVALID_ARGUMENT')
  })
})

test('a projection that declares another index gets it on the table that is there', async () => {
  await withFile(async (file) => {
    const indexesOf = () =>
      withDriver(file, (database) => {
        const names = database.prepare("select name from sqlite_master where type = 'index' and tbl_name = ?").pluck()
        return names.all('rows_daily_v1').map(String).sort()
      })
    await (await openFile(file)).close()
    assert.equal(indexesOf(), [])
    const indexes = [['videoKey', 'localDay']]
    for (const _ of [1, 2]) await (await openFile(file, { tables: [{ ...DAILY, indexes }] })).close()
    assert.equal(indexesOf(), ['rows_daily_v1_by_video_key_and_local_day'])
  })
})

test('names that could be SQL are refused as names of a projection or a key column', async () => {
  await withFile(async (file) => {
    const key = [{ name: 'day integer); drop table events; --', type: 'integer' as const }]
    await refused(() => openFile(file, { tables: [{ ...DAILY, key }] }), 'INVALID_ARGUMENT')
    await refused(() => openFile(file, { tables: [{ ...DAILY, name: 'x; --' }] }), 'INVALID_ARGUMENT')
    await refused(() => openFile(file, { tables: [{ ...DAILY, version: 0 }] }), 'INVALID_ARGUMENT')
    const indexes = [['videoKey', 'none']]
    await refused(() => openFile(file, { tables: [{ ...DAILY, name: 'other', indexes }] }), 'INVALID_ARGUMENT')
  })
})

test('settings that are wrong are refused by name', async () => {
  await withFile(async (file) => {
    const open = (storage: Record<string, unknown>) =>
      refused(() => adapter.openEventLog({ storage, tables: TABLES, readOnly: false }), 'INVALID_CONFIG')
    assert.is((await open({})).details.key, 'storage.path')
    assert.match((await open({ path: ':memory:' })).hint, /memory/)
    assert.is((await open({ path: 7 })).details.key, 'storage.path')
    assert.is((await open({ path: file, pth: file })).details.key, 'storage.pth')
    assert.not(fs.existsSync(file))
  })
})

test('a path through a file, or to a directory, is unavailable', async () => {
  await withFile(async (file) => {
    fs.writeFileSync(file, '')
    await refused(() => openFile(path.join(file, 'log.db')), 'STORAGE_UNAVAILABLE')
    await refused(() => openFile(path.dirname(file)), 'STORAGE_UNAVAILABLE')
  })
})

test('the driver may be given by path, and one that cannot be loaded is said to be missing', async () => {
  await withFile(async (file) => {
    const folder = path.dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'))
    const nativeBinding = path.join(folder, 'build', 'Release', 'better_sqlite3.node')
    await (await openFile(file, { storage: { path: file, nativeBinding } })).close()
    const missing = { path: file, nativeBinding: `${nativeBinding}.none` }
    await refused(() => openFile(file, { storage: missing }), 'DRIVER_MISSING')
  })
})

test('opening again changes nothing in the file', async () => {
  await withFile(async (file) => {
    const log = await openFile(file)
    await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
    const content = await contentOf(log)
    await log.close()
    const before = fs.readFileSync(file)
    await withLog(
      () => openFile(file),
      async (again) => assert.equal(await contentOf(again), content),
    )
    assert.ok(before.equals(fs.readFileSync(file)))
  })
})

test.run()
