// The schema, step by step. Each step is frozen once released: a change is a new step. They run in one transaction under an
// advisory lock that asks for the version again, so of ten processes that start at once one migrates and nine find it
// done. Tables of read models are not here: they follow from projections (adapters/sql/row-tables.ts). Every primary and
// unique key but those of profiles and event_types begins with profile_id, so that tables can be partitioned by it.

import type { Migrations } from '../server/schema.js'

const SUMS = `
  session_count bigint not null, watched_ms bigint not null, active_ms bigint not null, paused_ms bigint not null,
  line_count bigint not null, char_count bigint not null, word_count bigint not null, token_count bigint not null,
  card_count bigint not null, lookup_count bigint not null, lookup_hit_count bigint not null,
  pause_count bigint not null, seek_forward_count bigint not null, seek_backward_count bigint not null,
  buffer_count bigint not null`

/** Wide columns first: PostgreSQL pads a narrow one that stands before a wide one. */
export const MIGRATIONS: Migrations = [
  [
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
  counted_checksum bigint not null, ledger_checksum bigint not null, row_checksum bigint not null, first_position bigint not null,
  last_position bigint not null, revision bigint not null, profile_id integer not null, stream integer not null,
  uuid bytea not null, kind text collate "C" not null, video_key text collate "C", facts text not null, coverage text not null,
  primary key (profile_id, stream), unique (profile_id, uuid)
)`,
    `create index streams_by_kind on streams (profile_id, kind, video_key, stream)`,
    `create table ledger (
  profile_id integer not null, stream integer not null, quarter integer not null, utc_offset_min integer not null,${SUMS},
  primary key (profile_id, stream, quarter, utc_offset_min)
)`,
    `create table videos (
  first_seen_at_ms bigint not null, last_seen_at_ms bigint not null, profile_id integer not null,
  video_key text collate "C" not null, facts text not null,
  primary key (profile_id, video_key)
)`,
  ],
]
