// Makes the schema and its tables, under an advisory lock of the transaction: of processes that start at once one does it and
// the others find it done. The lock's key is of this schema, so that logs in other schemas do not wait.

import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import type { ServerConnection } from '../server/database.js'
import {
  checkMigrated,
  checkSchema,
  type Migrations,
  missingTables,
  planOf,
  readSchema,
  type SchemaQuestions,
  UPDATE_VERSION,
} from '../server/schema.js'

/** Binds: schema. */
export const SELECT_INDEXES = 'select indexname from pg_catalog.pg_indexes where schemaname = ?'

/** `IMLG` in the first half of the key, so that it meets no other program's. Binds: schema. */
const LOCK = `select pg_advisory_xact_lock(${0x494d4c47}, hashtext(?))`

/** Binds: schema. */
const SCHEMA_EXISTS = 'select 1 from pg_catalog.pg_namespace where nspname = ?'

/** Changes no row, and is refused where rows may not be changed. */
const WRITE_NOTHING = 'update profiles set revision = revision where profile_id = 0 and revision < 0'

/** Migrates and makes the tables where need be. A schema that is ready is only looked at. */
export async function prepareSchema(
  connection: ServerConnection,
  questions: SchemaQuestions,
  migrations: Migrations,
  tables: readonly RowTable[],
): Promise<void> {
  const { dialect } = questions
  if (isReady(await planSchema(connection, questions, migrations, tables))) {
    // A server or a user that allows no writes: better said now than with the first batch.
    await connection.query(dialect.text(WRITE_NOTHING))
    return
  }
  await connection.query('begin')
  try {
    await connection.query(dialect.text(LOCK), [questions.schema])
    await makeSchema(connection, questions)
    // Asked again under the lock: another process may have done it since.
    const plan = await planSchema(connection, questions, migrations, tables)
    for (const { statements } of plan.steps) for (const statement of statements) await connection.query(statement)
    if (plan.steps.length > 0) await connection.query(dialect.text(UPDATE_VERSION), [plan.latestVersion])
    for (const statement of plan.tables) await connection.query(statement)
    await connection.query('commit')
  } catch (error) {
    await connection.query('rollback').catch(() => {})
    throw error
  }
}

/** Changes nothing. Statements name the schema, and making that comes first where it is missing. */
export async function planSchema(
  connection: ServerConnection,
  questions: SchemaQuestions,
  migrations: Migrations,
  tables: readonly RowTable[],
): Promise<MigrationPlan> {
  const named = migrations.map((step) => step.map(questions.dialect.text))
  return planOf(await readSchema(connection, questions), questions, named, tables)
}

/** For who only reads. */
export async function checkReady(
  connection: ServerConnection,
  questions: SchemaQuestions,
  migrations: Migrations,
  tables: readonly RowTable[],
): Promise<void> {
  const stored = await readSchema(connection, questions)
  checkSchema(stored, migrations.length, questions)
  checkMigrated(stored, migrations.length, questions)
  // Throws where a table has other columns than its projection declares.
  missingTables(stored, questions, tables)
}

async function makeSchema(connection: ServerConnection, { dialect, schema }: SchemaQuestions): Promise<void> {
  // Not by `if not exists`, which asks for the right to create one even where there is one.
  const found = await connection.query(dialect.text(SCHEMA_EXISTS), [schema])
  if (found.rows.length === 0) await connection.query(`create schema "${schema}"`)
}

function isReady({ steps, tables }: MigrationPlan): boolean {
  return steps.length === 0 && tables.length === 0
}
