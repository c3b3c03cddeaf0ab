// The schema, step by step. Each step is frozen once released: a change is a new step. They run in one immediate
// transaction that asks for the version again under the lock, so of ten processes that start at once one migrates and
// nine find it done. Tables of read models are not here: they follow from projections (adapters/sql/row-tables.ts).

/** `IMLG`: marks the file as ours in its header. */
export const APPLICATION_ID = 0x494d4c47

/**
 * An event's row id is (profile − 1) × 2^40 + position: room for 8,191 profiles of a million million events each. The
 * first profile, mostly the only one, has short ids, which is 3 bytes in each of its events.
 */
export const POSITIONS_PER_PROFILE = 2 ** 40
/** 8,191 × 2^40 + position stays below 2^53, which JavaScript holds exactly. */
export const PROFILE_ID_MAX = 8191

/** What an event's position is added to. */
export function firstEventId(profileId: number): number {
  return (profileId - 1) * POSITIONS_PER_PROFILE
}

const SUMS = `
    session_count integer not null, watched_ms integer not null, active_ms integer not null, paused_ms integer not null,
    line_count integer not null, char_count integer not null, word_count integer not null, token_count integer not null,
    card_count integer not null, lookup_count integer not null, lookup_hit_count integer not null,
    pause_count integer not null, seek_forward_count integer not null, seek_backward_count integer not null,
    buffer_count integer not null`

export const MIGRATIONS: readonly string[] = [
  `
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
    profile_id integer not null references profiles, stream integer not null, uuid blob not null, kind text not null, video_key text,
    facts text not null, coverage text not null, first_at_ms integer not null, last_at_ms integer not null,
    held_count integer not null, held_checksum integer not null, counted_checksum integer not null,
    ledger_checksum integer not null, row_checksum integer not null, first_position integer not null, last_position integer not null,
    revision integer not null,
    primary key (profile_id, stream), unique (profile_id, uuid)
  ) strict, without rowid;
  create index streams_by_kind on streams (profile_id, kind, video_key, stream);

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
  `,
]

export const SCHEMA_VERSION = MIGRATIONS.length
