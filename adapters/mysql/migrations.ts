// The schema, step by step. Each step is frozen once released: a change is a new step. A statement that changes a table
// commits by itself in MySQL, so a step may be cut off between two of them: each statement can be run again. Tables of read
// models are not here: they follow from projections (adapters/sql/row-tables.ts).

import { TABLE_OPTIONS } from './dialect.js'

/** Says which steps are done, in its one row. */
export const VERSION_TABLE = 'immersion_schema'

const SUMS = `session_count bigint not null, watched_ms bigint not null, active_ms bigint not null,
  paused_ms bigint not null, line_count bigint not null, char_count bigint not null, word_count bigint not null,
  token_count bigint not null, card_count bigint not null, lookup_count bigint not null, lookup_hit_count bigint not null,
  pause_count bigint not null, seek_forward_count bigint not null, seek_backward_count bigint not null,
  buffer_count bigint not null`

export const MIGRATIONS: readonly (readonly string[])[] = [
  [
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
  profile_id int unsigned not null, stream int unsigned not null, uuid binary(16) not null, kind varbinary(16) not null, video_key varbinary(512),
  facts mediumtext not null, coverage mediumtext not null, first_at_ms bigint not null, last_at_ms bigint not null,
  held_count bigint not null, held_checksum bigint not null, counted_checksum bigint not null,
  ledger_checksum bigint not null, row_checksum bigint not null, first_position bigint not null, last_position bigint not null,
  revision bigint not null,
  primary key (profile_id, stream), unique key streams_by_uuid (profile_id, uuid),
  key streams_by_kind (profile_id, kind, video_key, stream))${TABLE_OPTIONS}`,

    `create table if not exists ledger (
  profile_id int unsigned not null, stream int unsigned not null, quarter int not null, utc_offset_min smallint not null,
  ${SUMS},
  primary key (profile_id, stream, quarter, utc_offset_min))${TABLE_OPTIONS}`,

    `create table if not exists videos (
  profile_id int unsigned not null, video_key varbinary(512) not null, facts mediumtext not null,
  first_seen_at_ms bigint not null, last_seen_at_ms bigint not null,
  primary key (profile_id, video_key))${TABLE_OPTIONS}`,
  ],
]

/** Tables that a database of another program may have as well; the schema table tells ours from theirs. */
export const TABLES: readonly string[] = ['profiles', 'event_types', 'events', 'streams', 'ledger', 'videos']
