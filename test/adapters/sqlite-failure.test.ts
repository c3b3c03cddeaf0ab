// What the SQLite adapter does when things go wrong: kill -9, a full disk, damage in the file, another process that holds
// the lock.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteLog } from '../../adapters/sqlite/log.js'
import {
  committed,
  contentOf,
  eventRow,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  TABLES,
  withLog,
  writesAfter,
} from '../../src/contract/cases/contract-case.js'
import { MEASURE_INDEX } from '../../src/events/measures.js'
import type { EventLog, Head } from '../../src/ports/event-log.js'
import { openFile, withDriver, withFile } from './sqlite-file.js'

const test = suite('sqlite: failures')

const CHILD = fileURLToPath(new URL('./sqlite-child.js', import.meta.url))
const KILLS = 20
/** As many as the child does. */
const UPDATES = 40

/** Lets a program write until it has said a few revisions, kills it, and answers the last revision it said. */
async function writeAndKill(file: string, revisions: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, 'write', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let last = 0
  let count = 0
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    count++
    if (count === revisions) child.kill('SIGKILL')
  }
  await exited
  return last
}

test('kill -9 in the middle of commits, twenty times, loses nothing that was committed', async () => {
  await withFile(async (file) => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const said = await writeAndKill(file, 3 + ((kill * 7) % 20))
      await withLog(
        () => openFile(file),
        async (log) => {
          const head = await log.openProfile(PROFILE, SETTINGS)
          assert.ok(head.revision >= said, `revision ${head.revision} after ${said} was said`)
          await assertWhole(log, head)
        },
      )
      assert.is(
        withDriver(file, (database) => database.pragma('integrity_check', { simple: true })),
        'ok',
      )
    }
  })
})

test('three processes that write at once lose nothing and give every position once', async () => {
  await withFile(async (file) => {
    const children = [1, 2, 3].map(() => spawn(process.execPath, [CHILD, 'update', file], { stdio: 'inherit' }))
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
    assert.equal(codes, [0, 0, 0])
    await withLog(
      () => openFile(file),
      async (log) => {
        const head = await log.openProfile(PROFILE, SETTINGS)
        assert.is(head.revision, 3 * UPDATES)
        await assertWhole(log, head)
      },
    )
  })
})

/** Each commit of the child writes one stream, two events and two lines, so everything follows from the revision. */
async function assertWhole(log: EventLog, head: Head): Promise<void> {
  assert.equal([head.position, head.streamCount], [2 * head.revision, head.revision])
  await log.read(PROFILE, async (snapshot) => {
    assert.is((await snapshot.streams({})).length, head.revision)
    assert.is((await snapshot.events({ after: 0, limit: 1_000_000 })).length, 2 * head.revision)
    const ledger = await snapshot.ledger({})
    assert.is(ledger.length, head.revision)
    const [total] = await snapshot.rows({ projection: 'daily@1', groupBy: [] })
    assert.is(total?.measures[MEASURE_INDEX.lines], 2 * head.revision)
  })
}

test('a full disk refuses the commit whole, and the log goes on when there is room', async () => {
  await withFile(async (file) => {
    const options = { storage: { path: file }, tables: TABLES, readOnly: false }
    const log = await openSqliteLog({ path: file, nativeBinding: undefined, maxPages: 60 }, options)
    let head = await log.openProfile(PROFILE, SETTINGS)
    try {
      head = await committed(log, someOfEverything(head))
      const before = await contentOf(log)
      const large = Array.from({ length: 60 }, (_, index) =>
        eventRow(head.position + index + 1, { payload: 'x'.repeat(8000) }),
      )
      const error = await refused(() => log.commit(PROFILE, writesAfter(head, { events: large })), 'STORAGE_FULL')
      assert.is(error.details.path, file)
      assert.is.not(error.hint, '')
      const update = () =>
        log.update(PROFILE, async () => ({ writes: writesAfter(head, { events: large }), answer: 1 }))
      await refused(update, 'STORAGE_FULL')
      assert.equal(await contentOf(log), before)
      head = await committed(log, someOfEverything(head))
    } finally {
      await log.close()
    }
    await withLog(
      () => openFile(file),
      async (again) => assertWhole(again, head),
    )
  })
})

test('an event that the database itself refuses is named, wherever in a batch it stands', async () => {
  await withFile(async (file) => {
    await withLog(
      () => openFile(file),
      async (log) => {
        const head = await log.openProfile(PROFILE, SETTINGS)
        const before = await contentOf(log)
        for (const place of [1, 17, 25, 28, 33]) {
          const events = Array.from({ length: 33 }, (_, index) => eventRow(index + 1))
          // Bytes are no text, which only the table's strictness notices.
          const payload = Buffer.from('x') as unknown as string
          events[place - 1] = eventRow(place, { payload })
          const error = await refused(() => log.commit(PROFILE, writesAfter(head, { events })), 'EVENT_REFUSED')
          assert.is(error.details.version, place)
        }
        assert.equal(await contentOf(log), before)
      },
    )
  })
})

test('a damaged page is reported as corrupt, by reads and by commits', async () => {
  await withFile(async (file) => {
    let head: Head | undefined
    await withLog(
      () => openFile(file),
      async (log) => {
        head = await log.openProfile(PROFILE, SETTINGS)
        for (let turn = 0; turn < 50; turn++) head = await committed(log, someOfEverything(head))
      },
    )
    const [root, pageBytes] = withDriver(file, (database) => [
      Number(database.prepare("select rootpage from sqlite_master where name = 'events'").pluck().get()),
      Number(database.pragma('page_size', { simple: true })),
    ])
    const handle = fs.openSync(file, 'r+')
    fs.writeSync(handle, Buffer.alloc(64, 0xff), 0, 64, ((root ?? 1) - 1) * (pageBytes ?? 0))
    fs.closeSync(handle)
    await withLog(
      () => openFile(file),
      async (log) => {
        const read = () => log.read(PROFILE, (snapshot) => snapshot.events({ after: 0, limit: 10 }))
        const error = await refused(read, 'STORAGE_CORRUPT')
        assert.is(error.details.path, file)
        await refused(() => log.commit(PROFILE, someOfEverything(head as Head)), 'STORAGE_CORRUPT')
        assert.is((await log.openProfile(PROFILE, SETTINGS)).revision, 50)
      },
    )
  })
})

test('a commit waits for another process, then says that the file is busy, and works once it is free', async () => {
  await withFile(async (file) => {
    await withLog(
      () => openFile(file),
      async (log) => {
        const head = await log.openProfile(PROFILE, SETTINGS)
        const other = new Database(file)
        try {
          other.exec('begin immediate')
          const startedMs = performance.now()
          await refused(() => log.commit(PROFILE, someOfEverything(head)), 'STORAGE_BUSY')
          assert.ok(performance.now() - startedMs > 2000)
          assert.equal(await log.read(PROFILE, (snapshot) => snapshot.head()), head)
          other.exec('rollback')
          await committed(log, someOfEverything(head))
        } finally {
          other.close()
        }
      },
    )
  })
})

test.run()
