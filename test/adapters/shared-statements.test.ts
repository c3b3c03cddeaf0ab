// The shared statements in the forms that PostgreSQL and MySQL read: numbered or plain places for binds, their upserts,
// two columns as the key of the log. Nothing here needs a server; it shows that no statement is SQLite's alone.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SqlDialect } from '../../adapters/sql/dialect.js'
import { planRowQuery } from '../../adapters/sql/row-query.js'
import { createRowTable, rowIndexes } from '../../adapters/sql/row-tables.js'
import * as sql from '../../adapters/sql/statements.js'
import { EVENTS, LEDGER, rowTable, STREAMS, VIDEOS } from '../../adapters/sql/tables.js'
import { DAILY } from '../../src/contract/cases/contract-case.js'

const test = suite('shared statements')

const eventKey: SqlDialect['eventKey'] = {
  columns: ['profile_id', 'position'],
  push: (binds, profileId, position) => binds.push(profileId, position),
  range: 'profile_id = ? and position > ? and position <= ?',
  order: 'position',
  rangeBinds: (profileId, after, through) => [profileId, after, through],
  positionOf: (row) => Number(row[1]),
}

const postgres: SqlDialect = {
  text: (text) => {
    let place = 0
    return text.replaceAll('?', () => `$${++place}`)
  },
  columnType: (type) => (type === 'text' ? 'text collate "C" not null' : 'bigint not null'),
  rowTableOptions: '',
  upsert: (key, assignments) => ` on conflict (${key.join(', ')}) do update set ${assignments.join(', ')}`,
  inserted: (column) => `excluded.${column}`,
  sum: (column) => `coalesce(sum(${column}), 0)::bigint`,
  eventKey,
  selective: (condition) => condition,
  nameMaxLength: 63,
}

const mysql: SqlDialect = {
  text: (text) => text,
  columnType: (type) => (type === 'text' ? 'varbinary(512) not null' : 'bigint not null'),
  rowTableOptions: ' engine = innodb',
  upsert: (_key, assignments) => ` on duplicate key update ${assignments.join(', ')}`,
  inserted: (column) => `values(${column})`,
  sum: (column) => `cast(coalesce(sum(${column}), 0) as signed)`,
  eventKey,
  selective: (condition) => condition,
  nameMaxLength: 64,
}

test('PostgreSQL numbers its binds in the order in which they are documented', () => {
  assert.is(
    sql.selectEvents(postgres, true),
    'select profile_id, position, stream, version, type_id, payload_version, occurred_at_ms, utc_offset_min, measure1, ' +
      'measure2, measure3, more_measures, payload, checksum from events where profile_id = $1 and position > $2 and ' +
      'position <= $3 and stream = $4 order by position limit $5',
  )
  assert.match(
    sql.writeRows(postgres, { table: EVENTS, how: 'insert' }, 2),
    /values \(\$1, \$2, .*\$14\), \(\$15, .*\$28\)$/,
  )
  assert.match(
    sql.writeRows(postgres, { table: rowTable(DAILY), how: 'add' }),
    /\$\d+\) on conflict \(profile_id, local_day, video_key, language\) do update/,
  )
  assert.match(
    sql.writeRows(postgres, { table: rowTable(DAILY), how: 'add' }),
    /watched_ms = rows_daily_v1\.watched_ms \+ excluded\.watched_ms/,
  )
  const query = { projection: 'daily@1', equals: { language: 'ja' }, groupBy: ['videoKey'], limit: 3 }
  const { text } = planRowQuery(postgres, DAILY, query)
  assert.match(text, /^select video_key, coalesce\(sum\(session_count\), 0\)::bigint, /)
  assert.match(text, /where profile_id = \$1 and language = \$2 group by video_key order by video_key limit \$3$/)
})

test('MySQL gets its own upsert, without an alias and without RETURNING', () => {
  const text = sql.writeRows(mysql, { table: LEDGER, how: 'add' })
  assert.match(text, / on duplicate key update session_count = ledger\.session_count \+ values\(session_count\), /)
  assert.not.match(text, /excluded|returning| as new/)
  assert.match(sql.writeRows(mysql, { table: VIDEOS, how: 'put' }), /on duplicate key update facts = values\(facts\)/)
})

test('a table of rows is made of the types of each database, its key by profile first', () => {
  assert.match(
    createRowTable(postgres, DAILY),
    /video_key text collate "C" not null, language text collate "C" not null/,
  )
  assert.match(createRowTable(mysql, DAILY), /video_key varbinary\(512\) not null.*\) engine = innodb$/)
  for (const dialect of [postgres, mysql]) {
    assert.match(createRowTable(dialect, DAILY), /primary key \(profile_id, local_day, video_key, language\)/)
  }
})

test('an index whose name would be too long gets a short one', () => {
  const indexes = [['localDay'], ['videoKey', 'localDay', 'language']]
  const long = { ...DAILY, name: 'a_name_of_forty_letters_is_the_longest_1', indexes }
  assert.equal(
    rowIndexes(postgres, long).map(({ name }) => name),
    [
      'rows_a_name_of_forty_letters_is_the_longest_1_v1_by_local_day',
      'rows_a_name_of_forty_letters_is_the_longest_1_v1_index2',
    ],
  )
})

test('no table, column or statement uses a word that a database reserves', () => {
  // Reserved in MariaDB, MySQL or PostgreSQL, and likely to be taken for a column here.
  const reserved = /\b(lines|position_|rank|window|groups|system|key|keys|row|rows|interval|usage)\b/
  const texts = [
    sql.writeRows(mysql, { table: EVENTS, how: 'insert' }, 2),
    sql.writeRows(mysql, { table: STREAMS, how: 'put' }),
    sql.writeRows(mysql, { table: LEDGER, how: 'add' }),
    sql.writeRows(mysql, { table: VIDEOS, how: 'put' }),
    sql.writeRows(mysql, { table: rowTable(DAILY), how: 'add' }),
  ].map((text) => text.replace('on duplicate key update', ''))
  for (const text of texts) assert.not.match(text, reserved)
})

test.run()
