// The dialect of MySQL and MariaDB, see adapters/sql/dialect.ts. Text that is a key is kept
// as its bytes of UTF-8, because every collation that both servers know takes `a` and `a ` for one key.

import { type ColumnType, type SqlDialect, TWO_COLUMN_KEY } from '../sql/dialect.js'

/**
 * Longest text in a key, in bytes: as long as the longest video key (BACKEND_DEFAULTS.videoKeyMaxBytes). An index of
 * InnoDB holds 3072, so five texts and some integers fit into the key of a read model.
 */
export const KEY_TEXT_MAX_BYTES = 512

/** The row format is named because it allows those 3072 bytes, and a server may have another one as its default. */
export const TABLE_OPTIONS = ' engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin'

const COLUMN_TYPES: Readonly<Record<ColumnType, string>> = {
  text: `varbinary(${KEY_TEXT_MAX_BYTES})`,
  integer: 'bigint',
  measure: 'bigint',
  profile: 'int unsigned',
}

export const mysqlDialect: SqlDialect = {
  text: (sql) => sql,
  columnType: (type) => `${COLUMN_TYPES[type]} not null`,
  rowTableOptions: TABLE_OPTIONS,
  upsert: (_key, assignments) => ` on duplicate key update ${assignments.join(', ')}`,
  // MySQL's `as new` is unknown to MariaDB; this form is known to both.
  inserted: (column) => `values(${column})`,
  // A sum of integers is a decimal, which the driver gives back as text.
  sum: (column) => `cast(coalesce(sum(${column}), 0) as signed)`,
  selective: (condition) => condition,
  eventKey: TWO_COLUMN_KEY,
  nameMaxLength: 64,
}
