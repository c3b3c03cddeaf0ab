// The schema, step by step. Each step is frozen once released: a change is a new step (adapters/sql/migrations.ts). All steps
// run in one transaction under an advisory lock that reads the version again, so of ten processes that start at once one
// migrates and nine find it done. Every primary and unique key but those of profile_names, event_types and immersion_log
// begins with profile_id, so that tables can be partitioned by it, and a head beside the rows of its profile.

import type { ServerConnection } from '../server/connection.js'
import { renewStreams } from '../server/renew-streams.js'
import type { ServerMigrations } from '../server/schema.js'
import type { SqlDialect } from '../sql/dialect.js'
import { NO_KIND } from '../sql/stream-step.js'

const SUMS = `
  session_count bigint not null, watched_ms bigint not null, active_ms bigint not null, paused_ms bigint not null,
  line_count bigint not null, char_count bigint not null, word_count bigint not null, token_count bigint not null,
  card_count bigint not null, lookup_count bigint not null, lookup_hit_count bigint not null,
  pause_count bigint not null, seek_forward_count bigint not null, seek_backward_count bigint not null,
  buffer_count bigint not null`

/** Frozen. Wide columns first: PostgreSQL pads a narrow one that stands before a wide one. */
const STEP_1 = [
  `create table immersion_log (schema_version integer not null)`,
  `insert into immersion_log (schema_version) values (0)`,
  `create table profiles (
  revision bigint not null, position bigint not null, profile_id integer primary key, stream_count integer not null,
  has_negative_sums smallint not null, name text collate "C" not null unique, settings text not null,
  projections text not null
)`,
  `create table event_types (type_id integer primary key, type text collate "C" not null unique)`,
  `insert into event_types (type_id, type) values
  (1, 'session.started'), (2, 'session.described'), (3, 'session.ended'), (4, 'video.described'),
  (5, 'subtitle.shown'), (6, 'lookup.performed'), (7, 'card.mined'), (8, 'playback.paused'),
  (9, 'playback.resumed'), (10, 'playback.seeked'), (11, 'playback.buffered'), (12, 'telemetry.sampled')`,
  `create table events (
  position bigint not null, version bigint not null, occurred_at_ms bigint not null, measure1 bigint not null,
  measure2 bigint not null, measure3 bigint not null, profile_id integer not null, stream integer not null,
  type_id integer not null, checksum integer not null, payload_version integer not null,
  utc_offset_min integer not null, more_measures text, payload text,
  primary key (profile_id, position)
)`,
  `create table streams (
  first_at_ms bigint not null, last_at_ms bigint not null, held_count bigint not null, held_checksum bigint not null,
  counted_checksum bigint not null, ledger_checksum bigint not null, first_position bigint not null,
  last_position bigint not null, revision bigint not null, profile_id integer not null, stream integer not null,
  uuid bytea not null, video_key text collate "C", facts text not null, coverage text not null,
  primary key (profile_id, stream), unique (profile_id, uuid)
)`,
  `create index streams_of_video on streams (profile_id, video_key, stream) where video_key is not null`,
  `create table ledger (
  profile_id integer not null, stream integer not null, quarter integer not null, utc_offset_min integer not null,${SUMS},
  primary key (profile_id, stream, quarter, utc_offset_min)
)`,
  `create table videos (
  first_seen_at_ms bigint not null, last_seen_at_ms bigint not null, profile_id integer not null,
  video_key text collate "C" not null, facts text not null,
  primary key (profile_id, video_key)
)`,
]

/**
 * Heads are keyed by profile_id alone; names and the number given last have tables of their own, no longer row 0 of profiles.
 * `folded_projections` has another name than before so that a program of schema 1 that is still running writes no batch any
 * more. profile_id becomes an integer in the tables of read models, as it is in all others; a table that was partitioned
 * by it keeps the wider type, since PostgreSQL changes no column of a partition key.
 */
const STEP_2: ServerMigrations[number] = [
  'alter table profiles rename column projections to folded_projections',
  'create table profile_names (profile_id integer primary key, name text collate "C" not null unique)',
  'insert into profile_names (profile_id, name) select profile_id, name from profiles where profile_id > 0',
  'create table profile_counter (last_profile_id integer not null)',
  `insert into profile_counter (last_profile_id)
  select coalesce(max(case when profile_id = 0 then position else profile_id end), 0) from profiles`,
  'delete from profiles where profile_id = 0',
  'alter table profiles drop column name',
  `alter table streams add column kind text collate "C" not null default '${NO_KIND}',
  add column row_checksum bigint not null default 0`,
  {
    text: '-- for every stream its kind, its facts by their new names, and the checksum of its row',
    run: renewStreams,
  },
  'drop index streams_of_video',
  'create index streams_by_kind on streams (profile_id, kind, video_key, stream)',
  { text: '-- in the tables of read models: alter column profile_id type integer', run: narrowProfileIds },
]

export const MIGRATIONS: ServerMigrations = [STEP_1, STEP_2]

/** immersion_log has one row, which says in which schema all the tables are. Answers: name. */
const WIDE_ROW_TABLES = `select wide.relname from pg_catalog.pg_class wide
  join pg_catalog.pg_attribute a on a.attrelid = wide.oid and a.attname = 'profile_id' and a.atttypid = 'bigint'::regtype
  join pg_catalog.pg_class own on own.oid = (select tableoid from immersion_log)
  where wide.relnamespace = own.relnamespace and wide.relkind = 'r' and not wide.relispartition
  and wide.relname ~ '^rows_'`

async function narrowProfileIds(connection: ServerConnection, { text }: SqlDialect): Promise<void> {
  for (const [table] of (await connection.query(text(WIDE_ROW_TABLES))).rows) {
    await connection.query(text(`alter table ${String(table)} alter column profile_id type integer`))
  }
}
