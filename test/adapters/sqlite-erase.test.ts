// A profile that is deleted leaves no byte behind: not in the pages of the file, not in its -wal, not in a copy.

import * as fs from 'node:fs'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/sqlite/adapter.js'
import { openSqliteLog } from '../../adapters/sqlite/log.js'
import {
  committed,
  contentOf,
  dailyRow,
  eventRow,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamRow,
  videoRow,
  withLog,
  writesAfter,
} from '../../src/contract/cases/contract-case.js'
import type { EventLog } from '../../src/ports/event-log.js'
import { openFile, withDriver, withFile } from './sqlite-file.js'

const test = suite('sqlite: deleting a profile')

const OTHER = 'her-secret-name'
/** Spread over what the profile stores: its name, a title, a key, a payload's text. */
const TRACES = [OTHER, 'secret-title', 'secret-key', 'secret-text', 'secret-facts']

/** Enough of it to fill many pages, written over and partly removed again, so that stale bytes are about in them. */
async function fillWithTraces(log: EventLog, commits = 60): Promise<void> {
  let head = await log.openProfile(OTHER, SETTINGS)
  for (let turn = 0; turn < commits; turn++) {
    const stream = head.streamCount + 1
    const events = Array.from({ length: 25 }, (_, index) =>
      eventRow(head.position + 1 + index, { stream, payload: `{"json":{"text":"secret-text ${turn} ${index}"}}` }),
    )
    const videoKey = `local:/secret-key-${turn % 7}.mkv`
    const writes = writesAfter(head, {
      streams: [streamRow(stream, { videoKey, facts: '{"x":"secret-facts"}' }), streamRow(1, { facts: `${turn}` })],
      events,
      rows: [{ projection: 'daily@1', rows: [dailyRow(19_700 + turn, videoKey, { lines: 25 })] }],
      videos: [videoRow(videoKey, { facts: `{"title":"secret-title ${'x'.repeat(turn * 10)}"}` })],
      removedPositions: turn > 0 ? [[head.position - 20, head.position - 10]] : [],
      removedVideoKeys: turn % 5 === 4 ? [videoKey] : [],
    })
    head = await committed(log, writes, OTHER)
  }
}

function traces(file: string): readonly string[] {
  return fs.readdirSync(path.dirname(file)).flatMap((name) => {
    const bytes = fs.readFileSync(path.join(path.dirname(file), name))
    return TRACES.filter((trace) => bytes.includes(trace)).map((trace) => `${trace} in ${name}`)
  })
}

test('no byte of it is left, while the log is open and after', async () => {
  await withFile(async (file) => {
    await withLog(
      () => openFile(file),
      async (log) => {
        await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
        await fillWithTraces(log)
        const ours = await contentOf(log)
        assert.is(new Set(traces(file).map((found) => found.split(' ')[0])).size, TRACES.length)
        assert.is(await log.deleteProfile(OTHER), true)
        assert.equal(traces(file), [])
        assert.equal(await contentOf(log), ours)
      },
    )
    assert.equal(traces(file), [])
    const whole = withDriver(file, (database) => database.pragma('integrity_check', { simple: true }))
    assert.is(whole, 'ok')
    assert.is(
      withDriver(file, (database) => database.pragma('auto_vacuum', { simple: true })),
      2,
    )
  })
})

test('copies from before a migration go with it', async () => {
  await withFile(async (file) => {
    await withLog(() => openFile(file), fillWithTraces)
    const migrations = [
      ...(await import('../../adapters/sqlite/migrations.js')).MIGRATIONS,
      ['create table notes (note text);'],
    ]
    const migrated = () =>
      openSqliteLog({ path: file, nativeBinding: undefined, migrations }, { storage: {}, tables: [], readOnly: false })
    await withLog(migrated, async (log) => {
      assert.ok(traces(file).some((found) => found.includes('.copy')))
      await log.deleteProfile(OTHER)
    })
    assert.equal(traces(file), [])
    assert.equal(fs.readdirSync(path.dirname(file)), ['log.db'])
  })
})

test('a reader of another program keeps it in the file; the next to open the file erases it', async () => {
  await withFile(async (file) => {
    const reader = await withLog(
      () => openFile(file),
      async (log) => {
        await committed(log, someOfEverything(await log.openProfile(PROFILE, SETTINGS)))
        await fillWithTraces(log)
        const other = new (await import('better-sqlite3')).default(file, { readonly: true })
        other.exec('begin')
        other.prepare('select count(*) from events').get()
        const error = await refused(() => log.deleteProfile(OTHER), 'STORAGE_BUSY')
        assert.is(error.details.deleted, true)
        assert.equal(await log.profiles(), [PROFILE])
        return other
      },
    )
    assert.ok(traces(file).length > 0)
    reader.close()
    await (await openFile(file)).close()
    assert.equal(traces(file), [])
  })
})

test('the highest id is not given out again, nor after the file was opened anew', async () => {
  await withFile(async (file) => {
    const ids = () =>
      withDriver(file, (database) =>
        database.prepare('select name, profile_id from profile_names order by profile_id').raw().all(),
      )
    for (const name of ['a', 'b', 'c']) {
      await withLog(
        () => openFile(file),
        async (log) => void (await log.openProfile(name, SETTINGS)),
      )
    }
    for (const name of ['a', 'c', 'b']) {
      await withLog(
        () => adapter.openEventLog({ storage: { path: file }, tables: [], readOnly: false }),
        async (log) => assert.is(await log.deleteProfile(name), true),
      )
    }
    await withLog(
      () => openFile(file),
      async (log) => void (await log.openProfile('d', SETTINGS)),
    )
    assert.equal(ids(), [['d', 4]])
  })
})

test.run()
