// The differences between the databases that share the statements of this folder. Each SQL adapter defines one SqlDialect;
// everything else about its SQL is the same text everywhere: lower case, snake_case, `?` for a bind.

import type { KeyColumnType } from '../../src/ports/projection.js'

/** A value for a statement. UUIDs are bytes. */
export type Bind = string | number | null | Buffer
/** The values of one row, in the order of its table's columns. */
export type Row = readonly Bind[]

export type ColumnType = KeyColumnType | 'profile' | 'measure'

export interface SqlDialect {
  /** Turns a text with `?` for each bind into the form of the driver (`$1`, `$2` … for PostgreSQL). */
  readonly text: (sql: string) => string
  /**
   * The type of a column of a read model's table, `not null` included. Text must compare by bytes; `profile` is the type that
   * profile_id has in every table.
   */
  readonly columnType: (type: ColumnType) => string
  /** Text behind the closing bracket of `create table` for a read model. */
  readonly rowTableOptions: string
  /** The clause that makes an insert an upsert: ` on conflict (…) do update set …` or ` on duplicate key update …`. */
  readonly upsert: (key: readonly string[], assignments: readonly string[]) => string
  /** The value that the insert would have put into this column: `excluded.x` or `values(x)`. */
  readonly inserted: (column: string) => string
  /** The sum of a column as an integer that the driver gives back as a number; 0 where there are no rows. */
  readonly sum: (column: string) => string
  /** Says of a condition that few rows meet it, where the database would not know: it leads an index, which is to be used. */
  readonly selective: (condition: string) => string
  /** How an event is keyed: SQLite packs profile and position into its row id, the others keep two columns. */
  readonly eventKey: {
    /** Columns that the key takes in an insert and in an answer. */
    readonly columns: readonly string[]
    /** Binds of one profile and position for those columns, appended to `binds` in their order. */
    readonly push: (binds: Bind[], profileId: number, position: number) => void
    /** Condition for positions above one bind and up to another, in one profile, and the order by position. */
    readonly range: string
    readonly order: string
    readonly rangeBinds: (profileId: number, after: number, through: number) => number[]
    /** Position from the answer's key columns. */
    readonly positionOf: (row: readonly unknown[]) => number
  }
  /** Longest name of a table or an index. */
  readonly nameMaxLength: number
}

export const TWO_COLUMN_KEY: SqlDialect['eventKey'] = {
  columns: ['profile_id', 'position'],
  push: (binds, profileId, position) => binds.push(profileId, position),
  range: 'profile_id = ? and position > ? and position <= ?',
  order: 'position',
  rangeBinds: (profileId, after, through) => [profileId, after, through],
  // An answer's position is a number, as the schema says.
  positionOf: (row) => row[1] as number,
}
