// The law with damage among its operations: after a generated history, which retention has pruned in part, one drawn cell
// changes, or the settings of the profile, on each database that keeps cells. Verify names it, or docs/reference/damage.md says why it does no harm. A rebuild
// from the log repairs it, so that the rows equal the naive recount, or names what it cannot repair.

import nodeAssert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Draw, pick } from '../../src/contract/law/draw.js'
import { drawHistory, OWN_PROJECTION_NAME, type Play } from '../../src/contract/law/history.js'
import { type OpenTables, openPrograms } from '../../src/contract/law/play.js'
import { recount } from '../../src/contract/law/recount.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import { hasCode, ImmersionError } from '../../src/events/errors.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { harmlessCells, SERVER_CELLS } from '../rebuild/changed-cells.js'
import { type Backend, type FreshLog, MYSQL, POSTGRES, SQLITE, withFreshLog } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { requires } from '../support/requires.js'
import { withServerConnection } from '../support/server-connection.js'
import { isWanted, parametersOf } from './histories.js'

const RUNS = 12
/** On a server each changed cell costs a database of its own. */
const SERVER_RUNS = 6
/** Cells that change in the log of one history, each in a copy of its own. */
const CELLS = 6
/** Long after every history. */
const CLOCK = { nowMs: () => Date.UTC(2028, 0, 1), utcOffsetMin: () => 0 }

const BROKEN_SETTINGS = [
  '',
  '{"dayStartsAtHour":4,',
  '{"dayStartsAtHour":99}',
  '{"dayStartsAtHour":4,"retention":{"detailMs":-5}}',
  '{"dayStartsAtHour":4,"retention":{"dailyDays":"x"}}',
  '{"dayStartsAtHour":5,"checksum":1}',
]

/** A rebuild says nothing of the head, which it does not examine, and verify goes on to name it. */
const STAYS_NAMED = /^(profiles|event_types)\./

type Cell = string | number | Buffer | null

interface Damaged {
  readonly play: Play
  /** Choices of a table, a row, a column, and settings. Each is taken modulo the number that there are. */
  readonly cells: readonly (readonly [table: number, row: number, column: number])[]
  readonly settings: string
}

function drawDamaged(draw: Draw): Damaged {
  const [play] = drawHistory(draw, 1) as [Play, ...Play[]]
  const any = () => draw(0, 9_999)
  const cells = Array.from({ length: CELLS }, () => [any(), any(), any()] as const)
  return { play, cells, settings: pick(draw, BROKEN_SETTINGS) }
}

const test = suite('law of damage')

if (isWanted(SQLITE)) {
  test('on SQLite a changed cell is named or harmless, and repaired or named as what cannot be repaired', () =>
    assertDamage(RUNS, ({ play, cells, settings }, count) =>
      withFreshLog(SQLITE, async ({ storage }) => {
        const path = String(storage.path)
        await played(play, openingOn(SQLITE, storage))
        for (const [number, cell] of cells.entries()) {
          const copy = `${path}.${number}`
          copyFileSync(path, copy)
          const changed = change(copy, cell)
          if (changed !== null) count(await outcomeOf(play, openingOn(SQLITE, { path: copy }), changed))
        }
        const query = async (sql: string) => {
          const database = new Database(path)
          try {
            const statement = database.prepare(sql)
            if (statement.reader) return statement.all() as Record<string, unknown>[]
            statement.run()
            return []
          } finally {
            database.close()
          }
        }
        await assertSettingsNamed(play, openingOn(SQLITE, storage), query, settings)
      }),
    ))
}

for (const backend of [POSTGRES, MYSQL].filter(isWanted)) {
  const provider = backend.provider as 'postgres' | 'mysql'
  const withBackend = requires(test, ...backend.requirements)
  withBackend(
    `on ${provider} a changed cell is named or harmless, and repaired or named as what cannot be repaired`,
    () =>
      assertDamage(SERVER_RUNS, ({ play, cells, settings }, count) =>
        withFreshLog(backend, async ({ storage }) => {
          const opening = openingOn(backend, storage)
          await played(play, opening)
          await withServerConnection(provider, String(storage.url), async (query) => {
            const changed = await changeOnServer(provider, query, cells)
            const outcome = changed === null ? 'refused' : await outcomeOf(play, opening, changed)
            count(outcome)
            // Other damage would be named beside that of the settings.
            if (outcome === 'repaired') await assertSettingsNamed(play, opening, query, settings)
          })
        }),
      ),
  )
}

test.run()

/** Plays histories, damages each, and prints what became of the changed cells. */
async function assertDamage(
  runs: number,
  damage: (damaged: Damaged, count: (outcome: string) => void) => Promise<void>,
): Promise<void> {
  const outcomes: Record<string, number> = {}
  const count = (outcome: string) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  const histories = fc.gen().map((choose) => drawDamaged((min, max) => choose(fc.integer, { min, max })))
  await fc.assert(
    fc.asyncProperty(histories, (damaged) => damage(damaged, count)),
    parametersOf(runs),
  )
  console.log(`changed cells: ${JSON.stringify(outcomes)}`)
  assert.ok((outcomes.repaired ?? 0) > 0, 'no change was repaired')
}

function openingOn(backend: Backend, storage: FreshLog['storage']): OpenTables {
  return async (tables) => (await backend.adapter()).openEventLog({ storage, tables, readOnly: false })
}

async function played(play: Play, opening: OpenTables): Promise<void> {
  const programs = await openPrograms(play, opening, 1)
  await programs.play()
  await programs.close()
}

/** The first of the drawn cells that there is. The row is any that has a value in the column. */
async function changeOnServer(
  provider: 'postgres' | 'mysql',
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
  cells: Damaged['cells'],
): Promise<string | null> {
  const sql = SERVER_CELLS[provider]
  await query(sql.unchecked)
  const names = (await query(sql.tables)).map(({ name }) => String(name)).sort()
  // A writer makes the row of the schema's version again; test/rebuild/changed-cells.test.ts opens a reader.
  const tables = names.filter((name) => !name.includes(OWN_PROJECTION_NAME) && name !== 'immersion_schema')
  for (const [tableNumber, , columnNumber] of cells) {
    const table = tables[tableNumber % tables.length] as string
    const columns = await query(sql.columns(table))
    const { name, type } = columns[columnNumber % columns.length] as Record<string, string>
    if (name === undefined || type === undefined) continue
    const [{ count } = {}] = await query(`select count(*) as count from ${table} where ${name} is not null`)
    if (Number(count) === 0) continue
    const changed = `update ${table} set ${name} = ${sql.changed(name, type)} ${sql.one(table, name)}`
    const isRefused = await query(changed).then(
      () => false,
      () => true,
    )
    if (!isRefused) return `${table}.${name}`
  }
  return null
}

/** Changes the cell, and answers its `table.column`. Null where there is no such cell, or the database refuses the change. */
function change(path: string, [tableNumber, rowNumber, columnNumber]: Damaged['cells'][number]): string | null {
  const database = new Database(path)
  try {
    database.pragma('foreign_keys = off')
    const tables = database.prepare("select name from sqlite_master where type = 'table' order by name").pluck().all()
    // The program that verifies does not know the program's own projection.
    const known = (tables as string[]).filter((name) => !name.includes(OWN_PROJECTION_NAME))
    const filled = known.filter((name) => database.prepare(`select 1 from ${name}`).get() !== undefined)
    const table = filled[tableNumber % filled.length] as string
    const rows = database.prepare(`select * from ${table}`).all() as Record<string, Cell>[]
    const row = rows[rowNumber % rows.length] as Record<string, Cell>
    const columns = Object.keys(row).filter((name) => row[name] !== null && row[name] !== '')
    const column = columns[columnNumber % columns.length] as string
    const same = Object.keys(row).map((name) => `${name} is ?`)
    database
      .prepare(`update ${table} set ${column} = ? where ${same.join(' and ')}`)
      .run(otherThan(row[column] as Cell), ...Object.values(row))
    return `${table}.${column}`
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) return null
    throw error
  } finally {
    database.close()
  }
}

function otherThan(cell: Cell): Cell {
  if (typeof cell === 'number') return cell + 1
  if (typeof cell === 'string') return `~${cell.slice(1)}`
  const copy = Buffer.from(cell as Buffer)
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1
  return copy
}

async function withEngine<T>(play: Play, opening: OpenTables, work: (engine: LogEngine) => Promise<T>): Promise<T> {
  const log = await opening(BUILT_IN_PROJECTIONS.map(rowTableOf))
  try {
    const { profile, settings } = play
    return await work(
      await createLogEngine({ log, profile, settings, projections: BUILT_IN_PROJECTIONS, clock: CLOCK }),
    )
  } finally {
    await log.close()
  }
}

/** What became of the change. Throws where it stays silent. */
async function outcomeOf(play: Play, opening: OpenTables, cell: string): Promise<string> {
  const named = await withEngine(play, opening, async (engine) => {
    if ((await engine.verify()).damage.length === 0) return harmlessCells().has(cell) ? 'harmless' : 'silent'
    const { unrepaired } = await engine.rebuild({ fromLog: true })
    const { damage } = await engine.verify()
    if (damage.length === 0) return 'repaired'
    if (unrepaired.length > 0 || STAYS_NAMED.test(cell)) return 'unrepaired'
    throw new Error(`${cell} is still damaged, and the rebuild does not name it: ${JSON.stringify(damage)}`)
  }).catch((error) => {
    if (error instanceof ImmersionError && error.code !== 'INTERNAL') return 'refused'
    throw error
  })
  assert.not.equal(named, 'silent', `verify does not name ${cell}`)
  if (named !== 'repaired') return named
  const programs = await openPrograms({ ...play, steps: [] }, opening, 1)
  try {
    nodeAssert.deepEqual(await programs.readRows(), recount(play).rows, `the rows after the repair of ${cell}`)
  } finally {
    await programs.close()
  }
  return named
}

/** Damaged settings are named, retention deletes nothing by them, and setting them again repairs them. */
async function assertSettingsNamed(
  play: Play,
  opening: OpenTables,
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
  settings: string,
): Promise<void> {
  const count = async () => Number((await query('select count(*) as count from events'))[0]?.count)
  await query(`update profiles set settings = '${settings}'`)
  const before = await count()
  await withEngine(play, opening, async (engine) => {
    assert.ok(
      (await engine.verify()).damage.some(({ kind }) => kind === 'head'),
      `${settings} is not named`,
    )
    for (let runs = 0; runs < 2; runs++)
      await nodeAssert.rejects(engine.retain({}), (error) => hasCode(error, 'STORAGE_CORRUPT'))
    assert.is(await count(), before, 'retention deleted events')
    await engine.configure(play.settings)
    assert.equal((await engine.verify()).damage, [])
  })
}
