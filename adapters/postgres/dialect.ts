// PostgreSQL's answers to what differs between databases, see adapters/sql/dialect.ts. Tables are named with their schema in
// every statement: a search_path is state of a session, which a pooler in transaction mode does not keep.

import type { SqlDialect } from '../sql/dialect.js'

/** Where a statement names a table or a partition of one, `events_3`; columns are never called so. */
const TABLE =
  /\b(from|into|update|table|on|join) (profiles|event_types|immersion_log|(?:events|streams|ledger|videos|rows)(?:_\w+)?)\b/g

/** `schema` has letters, digits and underscores only. */
export function createPostgresDialect(schema: string): SqlDialect {
  const texts = new Map<string, string>()

  function text(sql: string): string {
    let place = 0
    return sql.replaceAll('?', () => `$${++place}`).replaceAll(TABLE, `$1 "${schema}".$2`)
  }

  return {
    // Statements are as many as shapes of them, so what is remembered here does not grow.
    text: (sql) => {
      let known = texts.get(sql)
      if (known === undefined) {
        known = text(sql)
        texts.set(sql, known)
      }
      return known
    },
    columnType: (type) => (type === 'text' ? 'text collate "C" not null' : 'bigint not null'),
    rowTableOptions: '',
    upsert: (key, assignments) => ` on conflict (${key.join(', ')}) do update set ${assignments.join(', ')}`,
    inserted: (column) => `excluded.${column}`,
    // The sum of bigints is numeric.
    sum: (column) => `coalesce(sum(${column}), 0)::bigint`,
    selective: (condition) => condition,
    eventKey: {
      columns: ['profile_id', 'position'],
      push: (binds, profileId, position) => void binds.push(profileId, position),
      range: 'profile_id = ? and position > ? and position <= ?',
      order: 'position',
      pushRange: (binds, profileId, after, through) => void binds.push(profileId, after, through),
      // An answer's position is a number, as the schema says.
      positionOf: (row) => row[1] as number,
    },
    nameMaxLength: 63,
  }
}
