// One changed cell in each column of each table, with detail and after retention: verify names it, or docs/reference/damage.md
// says why it does no harm. On SQLite one bit flips in a copy of the file; on a server a cell changes and is put back.

import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFolder } from '../store/with-store.js'
import { MYSQL, POSTGRES, withFreshLog } from '../support/backends.js'
import { idOf } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'
import { ask, withServerConnection } from '../support/server-connection.js'
import { fill, harmlessCells, outcomeOf, SERVER_CELLS, withEngine } from './changed-cells.js'

const test = suite('changed cells')

type Cell = string | number | Buffer

/** Undefined for a cell without a bit to flip. */
function flipped(cell: unknown): Cell | undefined {
  // XOR works on 32 bits only.
  if (typeof cell === 'number') return cell % 2 === 0 ? cell + 1 : cell - 1
  if (typeof cell === 'string' && cell !== '') {
    const middle = Math.floor(cell.length / 2)
    return cell.slice(0, middle) + String.fromCharCode(cell.charCodeAt(middle) ^ 1) + cell.slice(middle + 1)
  }
  if (!Buffer.isBuffer(cell)) return undefined
  const copy = Buffer.from(cell)
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1
  return copy
}

/** The last two are for a reader, which makes neither a profile nor a schema, where their rows are not found. */
const NAMED = [
  'named',
  'STORAGE_CORRUPT',
  'SCHEMA_NEWER',
  'refused by the database',
  'STORAGE_READ_ONLY',
  'STORAGE_UNAVAILABLE',
]

/** What was not named must be on the page. `outcomes` are by `table.column`. */
function compareWithPage(outcomes: ReadonlyMap<string, readonly string[]>): void {
  const harmless = harmlessCells()
  for (const [cell, found] of outcomes) {
    for (const outcome of found) {
      if (!harmless.has(cell)) assert.ok(NAMED.includes(outcome), `${cell}: ${outcome}`)
    }
  }
}

for (const isPruned of [false, true]) {
  test(`sqlite: one flipped bit in each column of each table, ${isPruned ? 'after retention' : 'with detail'}`, () =>
    withFolder(async (folder) => {
      const base = join(folder, 'base.sqlite')
      await fill('sqlite', { path: base }, isPruned)
      assert.is(await outcomeOf('sqlite', { path: base }), 'silent', 'the log is sound before')
      const outcomes = new Map<string, string[]>()
      const source = new Database(base)
      const tables = source.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[]
      for (const table of tables) {
        const rows = source.prepare(`select * from ${table}`).all() as Record<string, Cell | null>[]
        // In every row of a stream, because it is never made again from anything else.
        const tried = table === 'streams' ? rows : [...new Set([rows[0], rows.at(-1)])]
        for (const row of tried) {
          for (const [column, cell] of Object.entries(row ?? {})) {
            const other = flipped(cell)
            if (row === undefined || other === undefined) continue
            const path = join(folder, 'changed.sqlite')
            copyFileSync(base, path)
            const outcome = flip(path, table, column, other, row) ?? (await outcomeOf('sqlite', { path }))
            for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
            outcomes.set(`${table}.${column}`, [...(outcomes.get(`${table}.${column}`) ?? []), outcome])
          }
        }
      }
      source.close()
      // 26 columns of log, streams and videos, and the sums of the ledger and of six read models.
      assert.ok(outcomes.size > 150, `only ${outcomes.size} columns`)
      compareWithPage(outcomes)
    }))
}

/** Answers what the database says against it, or null. */
function flip(path: string, table: string, column: string, other: Cell, row: Record<string, unknown>): string | null {
  const database = new Database(path)
  try {
    database.pragma('foreign_keys = off')
    const same = Object.keys(row).map((name) => `${name} is ?`)
    const sql = `update ${table} set ${column} = ? where ${same.join(' and ')}`
    assert.is(database.prepare(sql).run(other, ...Object.values(row)).changes, 1)
    return null
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) {
      return 'refused by the database'
    }
    throw error
  } finally {
    database.close()
  }
}

for (const backend of [POSTGRES, MYSQL]) {
  const provider = backend.provider as 'postgres' | 'mysql'
  const withBackend = requires(test, ...backend.requirements)
  const sql = SERVER_CELLS[provider]

  for (const isPruned of [false, true]) {
    withBackend(`${provider}: one changed cell in each column, ${isPruned ? 'after retention' : 'with detail'}`, () =>
      withFreshLog(backend, async ({ storage }) => {
        await fill(provider, storage, isPruned)
        assert.is(await outcomeOf(provider, storage, 'reader'), 'silent', 'the log is sound before')
        const outcomes = new Map<string, string[]>()
        await withServerConnection(provider, String(storage.url), async (query) => {
          await query(sql.unchecked)
          for (const { name: table } of (await query(sql.tables)) as { name: string }[]) {
            await query(`create table saved as select * from ${table}`)
            for (const { name, type } of (await query(sql.columns(table))) as { name: string; type: string }[]) {
              const changed = `update ${table} set ${name} = ${sql.changed(name, type)} ${sql.one(table, name)}`
              const refused = await query(changed).then(
                () => null,
                () => 'refused by the database',
              )
              outcomes.set(`${table}.${name}`, [refused ?? (await outcomeOf(provider, storage, 'reader'))])
              await query(`delete from ${table}`)
              await query(`insert into ${table} select * from saved`)
            }
            await query('drop table saved')
          }
        })
        assert.is(await outcomeOf(provider, storage, 'reader'), 'silent', 'everything was put back')
        assert.ok(outcomes.size > 150, `only ${outcomes.size} columns`)
        compareWithPage(outcomes)
        await ask(provider, String(storage.url), 'update profile_names set profile_id = profile_id + 1')
        assert.is(await outcomeOf(provider, storage), 'STORAGE_CORRUPT')
      }),
    )
  }
}

const A = idOf(1)

/** A log on SQLite after retention, with one cell of the first session's row changed. */
function damaged(change: string, work: (storage: { readonly path: string }) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const path = join(folder, 'log.sqlite')
    await fill('sqlite', { path }, true)
    const database = new Database(path)
    assert.is(database.prepare(`update streams set ${change} where stream = 1`).run().changes, 1)
    database.close()
    await work({ path })
  })
}

for (const [change, named] of [
  ["video_key = 'local:/x'", 'videoKey is local:/x, should be local:/a'],
  ["kind = 'unknown'", 'kind is unknown, should be session'],
  ['first_at_ms = first_at_ms - 1', 'do not have the checksum'],
  ['last_at_ms = last_at_ms + 1', 'do not have the checksum'],
  ['ledger_checksum = ledger_checksum + 1', 'but its ledger adds up to'],
  ["facts = replace(facts, 'First', 'Birst')", 'facts is '],
] as const) {
  test(`after retention ${change} is named by verify and repaired by rebuild --from-log`, () =>
    damaged(change, (storage) =>
      withEngine('sqlite', storage, async (engine) => {
        const { damage } = await engine.verify()
        assert.ok(
          damage.some(({ what }) => what.includes(named)),
          JSON.stringify(damage),
        )
        assert.equal((await engine.rebuild({ fromLog: true })).unrepaired, [])
        assert.equal((await engine.verify()).damage, [])
      }),
    ))
}

for (const change of [
  "coverage = '1-7'",
  'counted_checksum = counted_checksum + 1',
  'row_checksum = row_checksum + 1',
]) {
  test(`after retention ${change} cannot be repaired, and rebuild --from-log names it`, () =>
    damaged(change, (storage) =>
      withEngine('sqlite', storage, async (engine) => {
        const { unrepaired } = await engine.rebuild({ fromLog: true })
        assert.equal(
          unrepaired.map((one) => one.kind === 'stream' && one.streamId),
          [A],
        )
        assert.equal((await engine.verify()).damage, unrepaired)
      }),
    ))
}

test('a video is erased although the key in the row of its session was changed', () =>
  damaged("video_key = 'local:/x'", (storage) =>
    withEngine('sqlite', storage, async (engine) => {
      const request = { method: 'eraseVideo', args: ['local:/a'], correctionId: idOf(99) } as const
      // The session and its adjustment.
      assert.is((await engine.correct(request)).correctionIds.length, 2)
      const { videos } = await engine.analyze('videos')
      assert.equal(
        videos.map(({ videoKey }) => videoKey),
        ['local:/b'],
      )
    }),
  ))

test('erasing a video of which nothing is stored says so', () =>
  damaged('stream = 1', (storage) =>
    withEngine('sqlite', storage, async (engine) => {
      const database = new Database(storage.path)
      database.exec("insert into videos values (1, 'local:/gone', '{}', 0, 0)")
      database.close()
      const request = { method: 'eraseVideo', args: ['local:/gone'], correctionId: idOf(99) } as const
      const error = await engine.correct(request).catch((failure: unknown) => failure)
      assert.match(String(error), 'there is no video local:/gone')
    }),
  ))

test.run()
