// SQLite's dialect, see adapters/sql/dialect.ts. Text compares by bytes by default.

import type { SqlDialect } from '../sql/dialect.js'
import { firstEventId, POSITIONS_PER_PROFILE } from './migrations.js'

export const sqliteDialect: SqlDialect = {
  text: (sql) => sql,
  columnType: (type) => (type === 'text' ? 'text not null' : 'integer not null'),
  // Rows are found by key and are few: one tree instead of two.
  rowTableOptions: ' strict, without rowid',
  upsert: (key, assignments) => ` on conflict (${key.join(', ')}) do update set ${assignments.join(', ')}`,
  inserted: (column) => `excluded.${column}`,
  sum: (column) => `coalesce(sum(${column}), 0)`,
  // Without statistics, which nothing here gathers, SQLite prefers the primary key's order to the index that finds the rows.
  // The streams of a kind need more than unlikely(), which stands for 0.0625: they still have to be sorted.
  selective: (condition) => `likelihood(${condition}, 0.01)`,
  eventKey: {
    columns: ['event_id'],
    push: (binds, profileId, position) => binds.push(firstEventId(profileId) + position),
    range: 'event_id > ? and event_id <= ?',
    order: 'event_id',
    rangeBinds: (profileId, after, through) =>
      [after, Math.min(through, POSITIONS_PER_PROFILE - 1)].map((position) => firstEventId(profileId) + position),
    // An answer's row id is a number, as the schema says.
    positionOf: (row) => (row[0] as number) % POSITIONS_PER_PROFILE,
  },
  nameMaxLength: 120,
}
