// A backup is the log as of one moment, made while somebody tracks into it; a restore is checked first, and keeps what it
// replaces. What is refused changes nothing.

import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import type { NewEvent } from '../../src/events/types.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import type { StoreConfig } from '../../src/store/config.js'
import { backUp, restoreBackup } from '../../src/store/database.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { withFolder } from './with-store.js'

const test = suite('backup and restore')

interface Place {
  readonly config: StoreConfig
  readonly path: string
  readonly backup: string
  readonly folder: string
}

function withPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  return withFolder((folder) => {
    const path = join(folder, 'immersion.sqlite')
    return work({ folder, path, backup: join(folder, 'kept.backup'), config: { storage: { path } } })
  })
}

async function inStore<T>(config: StoreConfig, work: (store: ImmersionTrackingStore) => Promise<T>): Promise<T> {
  const store = await openImmersionTrackingStore(config)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function watch(store: ImmersionTrackingStore, lines: number, videoKey = 'local:/tv/猫.mkv'): Promise<void> {
  const session = store.tracker.startSession({ videoKey, targetLanguage: 'ja' })
  for (let line = 1; line <= lines; line++)
    session.line({ text: `${line} 行目`, startMs: line * 1000, endMs: line * 1000 + 900 })
  session.end()
  return store.flush()
}

async function exported(store: ImmersionTrackingStore): Promise<readonly NewEvent[]> {
  const events: NewEvent[] = []
  for await (const page of store.maintenance.exportEvents()) events.push(...page)
  return events
}

/** Their number alone is known: a session that takes a millisecond has a heartbeat too. */
function linesIn(events: readonly NewEvent[]): number {
  return events.filter(({ type }) => type === 'subtitle.shown').length
}

function contentOf(config: StoreConfig): Promise<{ readonly events: readonly NewEvent[]; readonly ok: boolean }> {
  return inStore(config, async (store) => ({
    events: await exported(store),
    ok: (await store.maintenance.verify()).ok,
  }))
}

async function refusal(work: Promise<unknown>): Promise<ImmersionError> {
  try {
    await work
  } catch (error) {
    if (error instanceof ImmersionError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('a restore brings back every profile as it was, and keeps what it replaces', () =>
  withPlace(async ({ config, path, backup, folder }) => {
    const kai = { ...config, profile: 'kai' }
    await inStore(config, (store) => watch(store, 5))
    await inStore(kai, async (store) => {
      await store.maintenance.configure({ dayStartsAtHour: 7 })
      await watch(store, 3)
    })
    const before = [await contentOf(config), await contentOf(kai)]
    const { bytes } = await backUp(config, backup)
    assert.is(bytes, statSync(backup).size)
    assert.is(statSync(backup).mode & 0o777, 0o600)

    await inStore(config, (store) => watch(store, 40))
    const replaced = await contentOf(config)
    const answer = await restoreBackup(config, backup)
    assert.equal(answer.profiles, ['default', 'kai'])
    assert.is(
      answer.events,
      before.reduce((sum, { events }) => sum + events.length, 0),
    )
    assert.equal([await contentOf(config), await contentOf(kai)], before)
    assert.is((await inStore(kai, (store) => store.maintenance.settings())).dayStartsAtHour, 7)

    assert.ok(answer.keptAside)
    assert.equal(await contentOf({ storage: { path: answer.keptAside ?? '' } }), replaced)
    assert.ok(existsSync(path))
    assert.equal(
      readdirSync(folder).filter((name) => name.includes('restoring')),
      [],
      'nothing else is left',
    )
  }))

test('a backup of a log that is being written is complete, and of one moment', () =>
  withPlace(({ config, folder }) =>
    inStore(config, async (store) => {
      const session = store.tracker.startSession({ videoKey: 'local:/tv/a.mkv' })
      let line = 0
      const writing = setInterval(() => {
        for (let more = 0; more < 20; more++) session.line({ text: `line ${++line}` })
      }, 2)
      try {
        const held: number[] = []
        for (let turn = 1; turn <= 4; turn++) {
          await store.flush()
          const file = join(folder, `backup ${turn}`)
          await backUp(config, file)
          const restored = { storage: { path: join(folder, `restored ${turn}`) } }
          await restoreBackup(restored, file)
          const { events, ok } = await contentOf(restored)
          assert.ok(ok)
          // One writer, so of one moment means: the stream's versions from 1 to some last one.
          assert.equal(
            events.map(({ version }) => version),
            events.map((_event, index) => index + 1),
          )
          held.push(events.length)
        }
        assert.ok(
          held.every((count, turn) => count > (held[turn - 1] ?? 0)),
          String(held),
        )
      } finally {
        clearInterval(writing)
      }
    }),
  ))

test('a backup never takes the place of a file, and there is none of a log that is not there', () =>
  withPlace(async ({ config, backup, path }) => {
    assert.is((await refusal(backUp(config, backup))).code, 'STORAGE_UNAVAILABLE')
    assert.not(existsSync(path))
    assert.not(existsSync(backup))
    await inStore(config, (store) => watch(store, 1))
    writeFileSync(backup, 'letters')
    const { code, hint } = await refusal(backUp(config, backup))
    assert.is(code, 'INVALID_ARGUMENT')
    assert.match(hint, 'another name')
    assert.is(readFileSync(backup, 'utf8'), 'letters')
  }))

test('while a program has the log open nothing is restored over it', () =>
  withPlace(({ config, backup, folder }) =>
    inStore(config, async (store) => {
      await watch(store, 2)
      await backUp(config, backup)
      await watch(store, 9)
      const before = await exported(store)
      const { code, hint } = await refusal(restoreBackup(config, backup))
      assert.is(code, 'STORAGE_BUSY')
      assert.match(hint, 'End what tracks')
      await watch(store, 1)
      const after = await exported(store)
      assert.equal(after.slice(0, before.length), before)
      assert.is(linesIn(after), linesIn(before) + 1)
      assert.equal(
        readdirSync(folder).filter((name) => /restor/.test(name)),
        [],
      )
    }),
  ))

const DAMAGE: readonly (readonly [name: string, damage: (file: string) => void, code: string])[] = [
  [
    'a row that says something else',
    (file) => inFile(file, 'update rows_daily_v1 set line_count = line_count + 1'),
    'STORAGE_CORRUPT',
  ],
  [
    'an event that was changed',
    (file) => inFile(file, 'update events set measure1 = measure1 + 1 where version = 2'),
    'STORAGE_CORRUPT',
  ],
  ['its end missing', (file) => truncateSync(file, 20_000), 'STORAGE_CORRUPT'],
  ['something else than a database', (file) => writeFileSync(file, 'x'.repeat(5000)), 'STORAGE_CORRUPT'],
  ['the file of another program', (file) => inFile(file, 'pragma application_id = 7'), 'INVALID_CONFIG'],
  ['a newer schema', (file) => inFile(file, 'pragma user_version = 99'), 'SCHEMA_NEWER'],
]

function inFile(file: string, sql: string): void {
  const database = new Sqlite(file)
  database.exec(sql)
  database.close()
}

for (const [name, damage, code] of DAMAGE) {
  test(`a backup with ${name} is refused, and the log stays`, () =>
    withPlace(async ({ config, backup, folder }) => {
      await inStore(config, (store) => watch(store, 30))
      await backUp(config, backup)
      await inStore(config, (store) => watch(store, 2))
      const before = await contentOf(config)
      damage(backup)
      assert.is((await refusal(restoreBackup(config, backup))).code, code)
      assert.equal(await contentOf(config), before)
      assert.equal(
        readdirSync(folder).filter((one) => /restor/.test(one)),
        [],
      )
    }))
}

test('a log that cannot be read any more steps aside for its backup', () =>
  withPlace(async ({ config, backup, path }) => {
    await inStore(config, (store) => watch(store, 30))
    const before = await contentOf(config)
    await backUp(config, backup)
    writeFileSync(path, 'not a database any more '.repeat(400))
    const { keptAside } = await restoreBackup(config, backup)
    assert.match(readFileSync(keptAside ?? '', 'utf8'), 'not a database')
    assert.equal(await contentOf(config), before)
  }))

test('deleting a profile takes what a restore kept aside with it', () =>
  withPlace(async ({ config, backup }) => {
    const kai = { ...config, profile: 'kai' }
    await inStore(config, (store) => watch(store, 1))
    await inStore(kai, (store) => watch(store, 1))
    await backUp(config, backup)
    const { keptAside } = await restoreBackup(config, backup)
    assert.ok(existsSync(keptAside ?? ''))
    await inStore(config, (store) => store.maintenance.deleteProfile('kai'))
    assert.not(existsSync(keptAside ?? ''))
  }))

test('a database that is not one file says how it is backed up', () =>
  withPlace(async ({ backup }) => {
    for (const storage of [{ provider: 'memory' }, 'postgres://nobody@127.0.0.1:1/none']) {
      const { code, hint } = await refusal(backUp({ storage }, backup))
      assert.is(code, 'INVALID_ARGUMENT')
      assert.match(hint, 'pg_dump')
    }
  }))

test.run()
