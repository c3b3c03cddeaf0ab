// What is in the database: whose it is, which schema it has, what is still to be done to it, and doing that under a lock of
// the server's, so that of ten processes that start at once one migrates and nine find it done.

import { createHash } from 'node:crypto'
import { ImmersionError } from '../../src/events/errors.js'
import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import { rowTableName } from '../sql/columns.js'
import { checkRowTable, createRowTable, rowIndexes } from '../sql/row-tables.js'
import type { MysqlConnection } from './connection.js'
import { mysqlDialect } from './dialect.js'
import { SCHEMA_TABLE, TABLES } from './migrations.js'

/** The database and what it should hold. */
export interface WantedSchema {
  readonly database: string
  readonly location: string
  readonly migrations: readonly (readonly string[])[]
  readonly tables: readonly RowTable[]
}

/** Each attempt waits a second in the server: a minute, in which another process migrates. */
const LOCK_ATTEMPTS = 60

/** Makes what is missing. What is there already needs no lock, and no right but to look. */
export async function prepareSchema(connection: MysqlConnection, wanted: WantedSchema): Promise<void> {
  const plan = await planSchema(connection, wanted)
  if (plan.steps.length > 0 || plan.tables.length > 0)
    await underLock(connection, wanted, () => make(connection, wanted))
  await checkWritable(connection)
}

/** STORAGE_UNAVAILABLE where there is nothing to read yet. */
export async function checkReadable(connection: MysqlConnection, wanted: WantedSchema): Promise<void> {
  const { schemaVersion, steps } = await planSchema(connection, wanted)
  if (steps.length === 0) return
  throw new ImmersionError('STORAGE_UNAVAILABLE', `The database ${wanted.location} is not migrated yet.`, {
    hint: 'Open it once for writing.',
    details: { location: wanted.location, schemaVersion },
  })
}

/** Refuses what belongs to other programs, newer schemas, and read models whose tables have other columns. */
export async function planSchema(connection: MysqlConnection, wanted: WantedSchema): Promise<MigrationPlan> {
  const { migrations, tables } = wanted
  const schemaVersion = await checkOurs(connection, wanted)
  const stored = await storedTables(connection, wanted)
  return {
    schemaVersion,
    latestVersion: migrations.length,
    steps: migrations
      .slice(schemaVersion)
      .map((statements, index) => ({ version: schemaVersion + index + 1, statements })),
    tables: tables.flatMap((table) => missing(table, stored)),
  }
}

/** Binds: version. */
const NOTE_VERSION = `insert into ${SCHEMA_TABLE} (id, version) values (1, ?) on duplicate key update version = values(version)`

/** Asked again under the lock: another process may have made it since. */
async function make(connection: MysqlConnection, wanted: WantedSchema): Promise<void> {
  const { steps, tables } = await planSchema(connection, wanted)
  for (const { version, statements } of steps) {
    for (const statement of statements) await connection.query(statement)
    await connection.query(NOTE_VERSION, [version])
  }
  for (const statement of tables) await connection.query(statement)
}

/** The lock ends with the connection at the latest, which is not used again. */
async function underLock(connection: MysqlConnection, wanted: WantedSchema, work: () => Promise<void>): Promise<void> {
  // A lock's name is the whole server's, and shorter than a database's may be.
  const name = `immersion_${createHash('sha256').update(wanted.database).digest('hex').slice(0, 32)}`
  await connection.withoutLimits()
  for (let attempt = 1; ; attempt++) {
    const { rows } = await connection.query('select get_lock(?, 1)', [name])
    if (rows[0]?.[0] === 1) break
    if (attempt < LOCK_ATTEMPTS) continue
    throw new ImmersionError('STORAGE_BUSY', `Another process migrates the database ${wanted.location}.`, {
      hint: 'Try again when it is done.',
      details: { location: wanted.location },
    })
  }
  await work()
  await connection.query('do release_lock(?)', [name])
}

/** Answers the schema's version, 0 when nothing is there yet. */
async function checkOurs(connection: MysqlConnection, wanted: WantedSchema): Promise<number> {
  const { location, migrations } = wanted
  const names = [SCHEMA_TABLE, ...TABLES]
  const { rows } = await connection.query(
    `select table_name from information_schema.tables
      where table_schema = ? and table_name in (${names.map(() => '?').join(', ')})`,
    [wanted.database, ...names],
  )
  const found = rows.map(([name]) => String(name))
  if (!found.includes(SCHEMA_TABLE)) {
    if (found.length === 0) return 0
    throw new ImmersionError(
      'INVALID_CONFIG',
      `The database ${location} holds tables of another program: ${found[0]}.`,
      {
        hint: 'Give storage.database another one; nothing was changed in this one.',
        details: { key: 'storage.database', location, tables: found },
      },
    )
  }
  const [row] = (await connection.query(`select version from ${SCHEMA_TABLE} where id = 1`)).rows
  const version = row === undefined ? 0 : Number(row[0])
  if (version <= migrations.length) return version
  throw new ImmersionError('SCHEMA_NEWER', `The database ${location} has schema ${version}, newer than this program.`, {
    hint: `Update immersion-log; this version knows schemas up to ${migrations.length}.`,
    details: { location, schemaVersion: version, known: migrations.length },
  })
}

/** By name: the columns in their order, and the names of the indexes. */
type StoredTables = ReadonlyMap<string, { readonly columns: readonly string[]; readonly indexes: ReadonlySet<string> }>

async function storedTables(connection: MysqlConnection, { database, tables }: WantedSchema): Promise<StoredTables> {
  const names = tables.map(rowTableName)
  if (names.length === 0) return new Map()
  const these = `table_schema = ? and table_name in (${names.map(() => '?').join(', ')})`
  const binds = [database, ...names]
  const columns = await connection.query(
    `select table_name, column_name from information_schema.columns where ${these} order by table_name, ordinal_position`,
    binds,
  )
  const indexes = await connection.query(
    `select table_name, index_name from information_schema.statistics where ${these} and seq_in_index = 1`,
    binds,
  )
  const secondsOf = ({ rows }: typeof columns, name: string): string[] =>
    rows.filter(([table]) => table === name).map(([, second]) => String(second))
  return new Map(
    names
      .map((name) => [name, { columns: secondsOf(columns, name), indexes: new Set(secondsOf(indexes, name)) }] as const)
      .filter(([, table]) => table.columns.length > 0),
  )
}

/** Statements for the table and its indexes, where they are not there yet. */
function missing(table: RowTable, stored: StoredTables): readonly string[] {
  const there = stored.get(rowTableName(table))
  if (there) checkRowTable(table, there.columns)
  const indexes = rowIndexes(mysqlDialect, table).filter(({ name }) => !there?.indexes.has(name))
  return [...(there ? [] : [createRowTable(mysqlDialect, table)]), ...indexes.map(({ create }) => create)]
}

/** Fails where the server or the user's rights allow no writes: better said now than with the first batch. */
async function checkWritable(connection: MysqlConnection): Promise<void> {
  await connection.query('update profiles set revision = revision where profile_id = 0 and revision < 0')
}
