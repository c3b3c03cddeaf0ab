// The tables of the tracker that this one replaces, filled with the same history: an event row for each thing that
// happened, a telemetry row for each of them (its own pace), a row for each line; primary keys and one index for each
// foreign key; times are digits in text, as its newer files keep them. Heartbeats make no row there, and its word tables
// and rollups are left out, which is in its favour.

import type Database from 'better-sqlite3'
import type { NewEvent } from '../../src/events/types.js'
import { openBare } from '../databases.js'
import { mixEvents } from '../mix.js'

const SCHEMA = `
  create table imm_videos (
    video_id integer primary key, video_key text not null unique, canonical_title text, source_type integer,
    source_path text, duration_ms integer, created_date text, last_update_date text
  );
  create table imm_sessions (
    session_id integer primary key, session_uuid text not null unique, video_id integer not null references imm_videos,
    started_at_ms text, ended_at_ms text, status integer, locale_id integer, target_lang_id integer,
    difficulty_tier integer, subtitle_mode integer, created_date text, last_update_date text
  );
  create index imm_sessions_video on imm_sessions (video_id);
  create table imm_session_telemetry (
    telemetry_id integer primary key, session_id integer not null references imm_sessions, sample_ms text,
    total_watched_ms integer, active_watched_ms integer, lines_seen integer, tokens_seen integer, cards_mined integer,
    lookup_count integer, lookup_hits integer, yomitan_lookup_count integer, pause_count integer, pause_ms integer,
    seek_forward_count integer, seek_backward_count integer, media_buffer_events integer,
    created_date text, last_update_date text
  );
  create index imm_session_telemetry_session on imm_session_telemetry (session_id);
  create table imm_session_events (
    event_id integer primary key, session_id integer not null references imm_sessions, ts_ms text,
    event_type integer, line_index integer, segment_start_ms integer, segment_end_ms integer, tokens_delta integer,
    cards_delta integer, payload_json text, created_date text, last_update_date text
  );
  create index imm_session_events_session on imm_session_events (session_id);
  create table imm_subtitle_lines (
    line_id integer primary key, session_id integer not null references imm_sessions,
    event_id integer references imm_session_events, video_id integer not null references imm_videos,
    line_index integer, segment_start_ms integer, segment_end_ms integer, text text,
    created_date text, last_update_date text
  );
  create index imm_subtitle_lines_session on imm_subtitle_lines (session_id);
  create index imm_subtitle_lines_event on imm_subtitle_lines (event_id);
  create index imm_subtitle_lines_video on imm_subtitle_lines (video_id);`

const EVENT_TYPES: Readonly<Record<string, number>> = {
  'subtitle.shown': 1,
  'playback.buffered': 2,
  'lookup.performed': 3,
  'card.mined': 4,
  'playback.seeked': 5,
  'playback.paused': 7,
  'playback.resumed': 8,
}

interface Payload {
  readonly text?: string
  readonly startMs?: number
  readonly endMs?: number
  readonly fromMs?: number
  readonly toMs?: number
  readonly noteIds?: readonly number[]
}

/** Fills a new file with the mix of this many events, as the replaced tracker would have kept it. */
export function fillReplaced(at: string, events: number): void {
  const database = openBare(at)
  database.exec(SCHEMA)
  const tables = prepare(database)
  for (const session of mixEvents({ events })) database.transaction(() => addSession(tables, session))()
  database.close()
}

type Tables = ReturnType<typeof prepare>

function prepare(database: Database.Database) {
  const insert = (table: string, columns: number, rest = '') =>
    database.prepare<unknown[]>(`insert into ${table} values (${Array(columns).fill('?').join(', ')})${rest}`)
  return {
    videos: new Map<string, number>(),
    video: insert('imm_videos', 8),
    session: insert('imm_sessions', 12),
    telemetry: insert('imm_session_telemetry', 18),
    event: insert('imm_session_events', 12),
    line: insert('imm_subtitle_lines', 10),
  }
}

function addSession(tables: Tables, events: readonly NewEvent[]): void {
  const started = events[0] as NewEvent
  const atMs = String(started.occurredAtMs)
  const endMs = String((events[events.length - 1] as NewEvent).occurredAtMs)
  const { videoKey } = payloadOf(started) as unknown as { readonly videoKey: string }
  let videoId = tables.videos.get(videoKey)
  if (videoId === undefined) {
    videoId = tables.videos.size + 1
    tables.videos.set(videoKey, videoId)
    tables.video.run(videoId, videoKey, videoKey.slice(14), 1, videoKey.slice(6), 1_500_000, atMs, atMs)
  }
  const session = Number(
    tables.session.run(null, started.streamId, videoId, atMs, endMs, 2, 1, 1, null, null, atMs, endMs).lastInsertRowid,
  )
  const totals = Array.from({ length: 13 }, () => 0)
  let lineIndex = 0
  for (const event of events) {
    addTotals(totals, event)
    const type = EVENT_TYPES[event.type]
    if (type === undefined) continue
    const ms = String(event.occurredAtMs)
    const payload = payloadOf(event)
    const isLine = type === 1
    if (isLine) lineIndex++
    const { words = 0, cards = 0 } = event.measures
    const [fromMs, toMs] = [payload.startMs ?? payload.fromMs ?? null, payload.endMs ?? payload.toMs ?? null]
    const place = isLine ? lineIndex : null
    const eventId = Number(
      tables.event.run(null, session, ms, type, place, fromMs, toMs, words, cards, textOf(type, event, payload), ms, ms)
        .lastInsertRowid,
    )
    tables.telemetry.run(null, session, ms, ...totals, ms, ms)
    if (isLine) tables.line.run(null, session, eventId, videoId, lineIndex, fromMs, toMs, payload.text, ms, ms)
  }
}

/** Its telemetry holds running totals. */
function addTotals(totals: number[], { measures }: NewEvent): void {
  const { watchedMs = 0, activeMs = 0, lines = 0, words = 0, cards = 0, lookups = 0, lookupHits = 0 } = measures
  const { pauses = 0, pausedMs = 0, seeksForward = 0, seeksBackward = 0 } = measures
  const added = [watchedMs, activeMs, lines, words, cards, lookups, lookupHits, 0, pauses, pausedMs]
  for (const [index, value] of [...added, seeksForward, seeksBackward, 0].entries()) {
    totals[index] = (totals[index] ?? 0) + value
  }
}

/** What it writes into payload_json, by type. */
function textOf(type: number, { measures }: NewEvent, { noteIds, fromMs, toMs }: Payload): string | null {
  switch (type) {
    case 1:
      return JSON.stringify({ event: 'subtitle-line', tokens: measures.words ?? 0 })
    case 3:
      return JSON.stringify({ hit: measures.lookupHits === 1 })
    case 4:
      return JSON.stringify({ cardsMined: measures.cards, noteIds })
    case 5:
      return JSON.stringify({ fromMs, toMs })
    default:
      return JSON.stringify({ paused: type === 7 })
  }
}

function payloadOf({ payload }: NewEvent): Payload {
  // Written by our own codec: superjson keeps plain payloads under `json`.
  return payload === null ? {} : (JSON.parse(payload) as { readonly json: Payload }).json
}
