// The schema, step by step. Each step is frozen once released: a change is a new step (adapters/sql/migrations.ts). All steps
// run in one immediate transaction that reads the version again under the lock, so of ten processes that start at once one
// migrates and nine find it done.

import { latestVersion, type Migrations } from '../sql/migrations.js'
import {
  NO_KIND,
  SELECT_STREAMS_OF_STEP_2,
  STREAMS_PER_PAGE,
  streamOfStep2,
  UPDATE_STREAM_OF_STEP_2,
} from '../sql/stream-step.js'
import type { Database } from './driver.js'

/** `IMLG`: marks the file as ours in its header. */
export const APPLICATION_ID = 0x494d4c47

/**
 * An event's row id is (profile − 1) × 2^40 + position: room for 8,191 profiles of a million million events each. The
 * first profile, mostly the only one, has short ids, which is 3 bytes in each of its events.
 */
export const POSITIONS_PER_PROFILE = 2 ** 40
/** 8,191 × 2^40 + position stays below 2^53, which JavaScript holds exactly. */
export const PROFILE_ID_MAX = 8191

/** The row id to which an event's position is added. */
export function firstEventId(profileId: number): number {
  return (profileId - 1) * POSITIONS_PER_PROFILE
}

const SUMS = `
    session_count integer not null, watched_ms integer not null, active_ms integer not null, paused_ms integer not null,
    line_count integer not null, char_count integer not null, word_count integer not null, token_count integer not null,
    card_count integer not null, lookup_count integer not null, lookup_hit_count integer not null,
    pause_count integer not null, seek_forward_count integer not null, seek_backward_count integer not null,
    buffer_count integer not null`

/** Frozen. */
const STEP_1 = `
  create table profiles (
    profile_id integer primary key, name text not null unique, revision integer not null, position integer not null,
    stream_count integer not null, settings text not null, projections text not null,
    has_negative_sums integer not null
  ) strict;

  create table event_types (type_id integer primary key, type text not null unique) strict;
  insert into event_types (type_id, type) values
    (1, 'session.started'), (2, 'session.described'), (3, 'session.ended'), (4, 'video.described'),
    (5, 'subtitle.shown'), (6, 'lookup.performed'), (7, 'card.mined'), (8, 'playback.paused'),
    (9, 'playback.resumed'), (10, 'playback.seeked'), (11, 'playback.buffered'), (12, 'telemetry.sampled');

  create table events (
    event_id integer primary key, stream integer not null, version integer not null, type_id integer not null,
    payload_version integer not null, occurred_at_ms integer not null, utc_offset_min integer not null,
    measure1 integer not null, measure2 integer not null, measure3 integer not null, more_measures text, payload text,
    checksum integer not null
  ) strict;

  create table streams (
    profile_id integer not null references profiles, stream integer not null, uuid blob not null, video_key text,
    facts text not null, coverage text not null, first_at_ms integer not null, last_at_ms integer not null,
    held_count integer not null, held_checksum integer not null, counted_checksum integer not null,
    ledger_checksum integer not null, first_position integer not null, last_position integer not null,
    revision integer not null,
    primary key (profile_id, stream), unique (profile_id, uuid)
  ) strict, without rowid;
  create index streams_of_video on streams (profile_id, video_key, stream) where video_key is not null;

  create table ledger (
    profile_id integer not null, stream integer not null, quarter integer not null, utc_offset_min integer not null,
    ${SUMS},
    primary key (profile_id, stream, quarter, utc_offset_min)
  ) strict, without rowid;

  create table videos (
    profile_id integer not null references profiles, video_key text not null, facts text not null,
    first_seen_at_ms integer not null, last_seen_at_ms integer not null,
    primary key (profile_id, video_key)
  ) strict, without rowid;
  `

/**
 * Heads are keyed by profile_id alone, and names and the number given last have tables of their own. profiles is copied,
 * because SQLite drops no column that is unique; `folded_projections` has another name than before so that a program of
 * schema 1 that still has the file open writes no batch any more. The bytes of deleted profiles that were still to be given
 * up are noted in a table as well, no longer in row 0 of profiles.
 */
const STEP_2 = [
  `
  create table profile_names (profile_id integer primary key, name text not null unique) strict;
  insert into profile_names (profile_id, name) select profile_id, name from profiles where profile_id > 0;
  create table profile_counter (last_profile_id integer not null) strict;
  insert into profile_counter (last_profile_id)
    select coalesce(max(case when profile_id = 0 then position else profile_id end), 0) from profiles;
  create table erasure (is_due integer not null) strict;
  insert into erasure (is_due) select coalesce(max(revision), 0) from profiles where profile_id = 0;

  create table profiles_2 (
    profile_id integer primary key, revision integer not null, position integer not null, stream_count integer not null,
    settings text not null, folded_projections text not null, has_negative_sums integer not null
  ) strict;
  insert into profiles_2 (profile_id, revision, position, stream_count, settings, folded_projections, has_negative_sums)
    select profile_id, revision, position, stream_count, settings, projections, has_negative_sums from profiles
    where profile_id > 0;
  drop table profiles;
  alter table profiles_2 rename to profiles;

  alter table streams add column kind text not null default '${NO_KIND}';
  alter table streams add column row_checksum integer not null default 0;
  drop index streams_of_video;
  `,
  {
    text: '-- for every stream its kind, its facts by their new names, and the checksum of its row',
    run: renewStreams,
  },
  'create index streams_by_kind on streams (profile_id, kind, video_key, stream);',
]

export const MIGRATIONS: Migrations<Database> = [[STEP_1], STEP_2]

export const SCHEMA_VERSION = latestVersion(MIGRATIONS)

function renewStreams(database: Database): void {
  const select = database.prepare(SELECT_STREAMS_OF_STEP_2).raw()
  const update = database.prepare(UPDATE_STREAM_OF_STEP_2)
  let [profileId, stream] = [0, 0]
  for (;;) {
    // In raw mode every answer is an array; its first two columns are integers.
    const page = select.all(profileId, profileId, stream) as [number, number, ...unknown[]][]
    for (const row of page) update.run(...streamOfStep2(row))
    const last = page.at(-1)
    if (last === undefined || page.length < STREAMS_PER_PAGE) return
    ;[profileId, stream] = last
  }
}
