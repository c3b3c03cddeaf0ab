// The schema, step by step. Each step is frozen once released: a change is a new step (adapters/sql/migrations.ts). A
// statement that changes a table commits by itself in MySQL, so a step may be cut off between two of them: each change can
// be run again.

import type { ServerConnection } from '../server/connection.js'
import { renewStreams } from '../server/renew-streams.js'
import type { ServerMigrations } from '../server/schema.js'
import type { Change } from '../sql/migrations.js'
import { NO_KIND } from '../sql/stream-step.js'
import { TABLE_OPTIONS } from './dialect.js'

/** Says which steps are done, in its one row. */
export const VERSION_TABLE = 'immersion_schema'

const SUMS = `session_count bigint not null, watched_ms bigint not null, active_ms bigint not null,
  paused_ms bigint not null, line_count bigint not null, char_count bigint not null, word_count bigint not null,
  token_count bigint not null, card_count bigint not null, lookup_count bigint not null, lookup_hit_count bigint not null,
  pause_count bigint not null, seek_forward_count bigint not null, seek_backward_count bigint not null,
  buffer_count bigint not null`

/** Frozen. */
const STEP_1 = [
  `create table if not exists ${VERSION_TABLE} (id tinyint not null primary key, version int not null)${TABLE_OPTIONS}`,

  `create table if not exists profiles (
  profile_id int unsigned not null primary key, name varbinary(512) not null, revision bigint not null,
  position bigint not null, stream_count bigint not null, settings text not null, projections text not null,
  has_negative_sums tinyint not null, unique key profiles_by_name (name))${TABLE_OPTIONS}`,

  `create table if not exists event_types (
  type_id int not null primary key, type varbinary(255) not null, unique key event_types_by_type (type))${TABLE_OPTIONS}`,

  `insert into event_types (type_id, type) values
  (1, 'session.started'), (2, 'session.described'), (3, 'session.ended'), (4, 'video.described'),
  (5, 'subtitle.shown'), (6, 'lookup.performed'), (7, 'card.mined'), (8, 'playback.paused'),
  (9, 'playback.resumed'), (10, 'playback.seeked'), (11, 'playback.buffered'), (12, 'telemetry.sampled')
  on duplicate key update type = values(type)`,

  `create table if not exists events (
  profile_id int unsigned not null, position bigint not null, stream int unsigned not null, version bigint not null,
  type_id int not null, payload_version smallint unsigned not null, occurred_at_ms bigint not null,
  utc_offset_min smallint not null, measure1 bigint not null, measure2 bigint not null, measure3 bigint not null,
  more_measures text, payload mediumtext, checksum int not null,
  primary key (profile_id, position))${TABLE_OPTIONS}`,

  `create table if not exists streams (
  profile_id int unsigned not null, stream int unsigned not null, uuid binary(16) not null, video_key varbinary(512),
  facts mediumtext not null, coverage mediumtext not null, first_at_ms bigint not null, last_at_ms bigint not null,
  held_count bigint not null, held_checksum bigint not null, counted_checksum bigint not null,
  ledger_checksum bigint not null, first_position bigint not null, last_position bigint not null,
  revision bigint not null,
  primary key (profile_id, stream), unique key streams_by_uuid (profile_id, uuid),
  key streams_of_video (profile_id, video_key, stream))${TABLE_OPTIONS}`,

  `create table if not exists ledger (
  profile_id int unsigned not null, stream int unsigned not null, quarter int not null, utc_offset_min smallint not null,
  ${SUMS},
  primary key (profile_id, stream, quarter, utc_offset_min))${TABLE_OPTIONS}`,

  `create table if not exists videos (
  profile_id int unsigned not null, video_key varbinary(512) not null, facts mediumtext not null,
  first_seen_at_ms bigint not null, last_seen_at_ms bigint not null,
  primary key (profile_id, video_key))${TABLE_OPTIONS}`,
]

/**
 * Heads are keyed by profile_id alone; names and the number given last have tables of their own, no longer row 0 of profiles.
 * `folded_projections` has another name than before, and gets it first, so that a program of schema 1 that is still running
 * writes no batch from here on. profile_id gets in the tables of read models the type that it has in all others.
 */
const STEP_2: ServerMigrations[number] = [
  onlyIf(
    hasColumn('profiles', 'projections'),
    'alter table profiles change column projections folded_projections text not null',
  ),
  `create table if not exists profile_names (
  profile_id int unsigned not null primary key, name varbinary(512) not null,
  unique key profile_names_by_name (name))${TABLE_OPTIONS}`,
  onlyIf(
    hasColumn('profiles', 'name'),
    `insert into profile_names (profile_id, name) select profile_id, name from profiles where profile_id > 0
  on duplicate key update name = values(name)`,
  ),
  `create table if not exists profile_counter (
  id tinyint not null primary key, last_profile_id int unsigned not null)${TABLE_OPTIONS}`,
  `insert into profile_counter (id, last_profile_id)
  select 1, coalesce(max(case when profile_id = 0 then position else profile_id end), 0) from profiles
  on duplicate key update last_profile_id = greatest(last_profile_id, values(last_profile_id))`,
  'delete from profiles where profile_id = 0',
  onlyIf(hasColumn('profiles', 'name'), 'alter table profiles drop column name'),
  onlyIf(
    `not ${hasColumn('streams', 'kind')}`,
    `alter table streams add column kind varbinary(16) not null default '${NO_KIND}',
  add column row_checksum bigint not null default 0`,
  ),
  {
    text: '-- for every stream its kind, its facts by their new names, and the checksum of its row',
    async run(connection, dialect) {
      await connection.query('start transaction')
      await renewStreams(connection, dialect)
      await connection.query('commit')
    },
  },
  onlyIf(
    `exists (select 1 from information_schema.statistics
      where table_schema = database() and table_name = 'streams' and index_name = 'streams_of_video')`,
    'alter table streams drop key streams_of_video, add key streams_by_kind (profile_id, kind, video_key, stream)',
  ),
  { text: '-- in the tables of read models: modify column profile_id int unsigned not null', run: narrowProfileIds },
]

export const MIGRATIONS: ServerMigrations = [STEP_1, STEP_2]

/** Where the step was cut off behind the statement, its condition is not true any more. */
function onlyIf(condition: string, statement: string): Change<ServerConnection> {
  return {
    text: statement,
    async run(connection) {
      const [row] = (await connection.query(`select ${condition}`)).rows
      if (row?.[0] === 1) await connection.query(statement)
    },
  }
}

function hasColumn(table: string, column: string): string {
  return `exists (select 1 from information_schema.columns
    where table_schema = database() and table_name = '${table}' and column_name = '${column}')`
}

/** Answers: name. */
const WIDE_ROW_TABLES = `select table_name from information_schema.columns
  where table_schema = database() and table_name like 'rows\\_%' and column_name = 'profile_id' and data_type = 'bigint'`

async function narrowProfileIds(connection: ServerConnection): Promise<void> {
  for (const [table] of (await connection.query(WIDE_ROW_TABLES)).rows) {
    await connection.query(`alter table ${String(table)} modify column profile_id int unsigned not null`)
  }
}
