// PostgreSQL's dialect, see adapters/sql/dialect.ts. Tables are named with their schema in
// every statement: a search_path is state of a session, which a pooler in transaction mode does not keep.

import { type ColumnType, type SqlDialect, TWO_COLUMN_KEY } from '../sql/dialect.js'
import { LOG_TABLES } from '../sql/tables.js'

const COLUMN_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text collate "C"',
  integer: 'bigint',
  measure: 'bigint',
  profile: 'integer',
}

/** Where a statement names a table, a partition of one (`events_3`) or an index to drop; columns have no such names. */
const TABLE = new RegExp(
  `\\b(from|into|update|table|on|join|drop index) ((?:immersion_log|${LOG_TABLES.join('|')}|rows)(?:_\\w+)?)\\b`,
  'g',
)

/** `schema` has letters, digits and underscores only. */
export function createPostgresDialect(schema: string): SqlDialect {
  const texts = new Map<string, string>()

  function text(sql: string): string {
    let place = 0
    return sql.replaceAll('?', () => `$${++place}`).replaceAll(TABLE, `$1 "${schema}".$2`)
  }

  return {
    // Statements have few shapes, so the texts that are remembered here stay few.
    text: (sql) => {
      let known = texts.get(sql)
      if (known === undefined) {
        known = text(sql)
        texts.set(sql, known)
      }
      return known
    },
    columnType: (type) => `${COLUMN_TYPES[type]} not null`,
    rowTableOptions: '',
    upsert: (key, assignments) => ` on conflict (${key.join(', ')}) do update set ${assignments.join(', ')}`,
    inserted: (column) => `excluded.${column}`,
    // The sum of bigints is numeric.
    sum: (column) => `coalesce(sum(${column}), 0)::bigint`,
    selective: (condition) => condition,
    eventKey: TWO_COLUMN_KEY,
    nameMaxLength: 63,
  }
}
