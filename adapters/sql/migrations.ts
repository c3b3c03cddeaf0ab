// How a schema is made, whatever the database: in numbered steps that are frozen once released, so that a change is a new
// step. Each adapter's migrations.ts lists its own changes by step. The columns of measures follow from measure-columns.ts,
// and the tables and indexes of read models from the projections (row-tables.ts).

import type { MigrationPlan, RowTable } from '../../src/ports/event-log.js'
import type { SqlDialect } from './dialect.js'
import { MEASURES, type MeasureColumn } from './measure-columns.js'
import { addMeasure, isRowTable, missingOfRowTable, type StoredSchema } from './row-tables.js'

/** A statement in the shared form; or code, with a text that shows what it does: the statement that it runs, or a comment (`-- …`). */
export type Change<Connection> =
  | string
  | { readonly text: string; readonly run: (connection: Connection, dialect: SqlDialect) => Promise<void> | void }

/** The changes of step 1, step 2, and so on. */
export type Migrations<Connection> = readonly (readonly Change<Connection>[])[]

/** Everything that opening the log for writing has to do, in this order. */
export interface DueChanges<Connection> {
  readonly steps: readonly { readonly version: number; readonly changes: readonly Change<Connection>[] }[]
  /** Statements for tables, columns and indexes of read models. */
  readonly tables: readonly string[]
}

export function latestVersion<Connection>(
  migrations: Migrations<Connection>,
  measures: readonly MeasureColumn[] = MEASURES,
): number {
  return Math.max(migrations.length, ...measures.map(({ since }) => since))
}

/** Throws where a read model's table has other keys than its projection declares. */
export function dueChanges<Connection>(
  dialect: SqlDialect,
  migrations: Migrations<Connection>,
  stored: StoredSchema,
  tables: readonly RowTable[],
  measures: readonly MeasureColumn[] = MEASURES,
): DueChanges<Connection> {
  const steps = []
  for (let version = stored.version + 1; version <= latestVersion(migrations, measures); version++) {
    const joined = measures.filter(({ since }) => since === version && since > 1)
    const own = (migrations[version - 1] ?? []).map((change) =>
      typeof change === 'string' ? dialect.text(change) : change,
    )
    steps.push({ version, changes: [...own, ...addedColumns(dialect, joined, stored)] })
  }
  return { steps, tables: tables.flatMap((table) => missingOfRowTable(dialect, table, stored, measures)) }
}

/** The ledger gets the columns, and so does every read model's table, also of projections that this program does not know. */
function addedColumns(
  dialect: SqlDialect,
  measures: readonly MeasureColumn[],
  { columns }: StoredSchema,
): readonly string[] {
  const rowTables = [...columns].filter(([name, stored]) => isRowTable(name, stored)).map(([name]) => name)
  return ['ledger', ...rowTables].flatMap((table) =>
    measures.flatMap(({ column }) =>
      columns.get(table)?.includes(column) ? [] : [addMeasure(dialect, table, column)],
    ),
  )
}

/** As planMigrations answers it. Throws as dueChanges. */
export function planOf<Connection>(
  dialect: SqlDialect,
  migrations: Migrations<Connection>,
  stored: StoredSchema,
  rowTables: readonly RowTable[],
): MigrationPlan {
  const { steps, tables } = dueChanges(dialect, migrations, stored, rowTables)
  return {
    schemaVersion: stored.version,
    latestVersion: latestVersion(migrations),
    steps: steps.map(({ version, changes }) => ({ version, statements: changes.flatMap(shown) })),
    tables,
  }
}

/** Statement by statement, for people to read: none has a semicolon within it. */
function shown<Connection>(change: Change<Connection>): readonly string[] {
  const text = typeof change === 'string' ? change : change.text
  return text
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
