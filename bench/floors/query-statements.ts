// The floor of analytics as text: for each query, the bare statements that return the same rows, with the indexes that
// the schema has (each of these has its best one there). No titles are made, no rates: facts stay the text that they are.

import { ANALYTICS_LIMITS } from '../../src/analytics/limits.js'
import type { QueryContext, QueryName } from '../queries.js'

const SUMS = [
  ...['session_count', 'watched_ms', 'active_ms', 'paused_ms', 'line_count', 'char_count', 'word_count', 'token_count'],
  ...['card_count', 'lookup_count', 'lookup_hit_count', 'pause_count', 'seek_forward_count', 'seek_backward_count'],
  'buffer_count',
]
  .map((column) => `sum(${column})`)
  .join(', ')
const ROWS = (table: string) => `rows_${table}_v1`
const SESSION_ROWS = ({
  uuidOf,
}: FloorDialect) => `select s.*, t.facts, t.last_at_ms, v.facts from ${ROWS('sessions')} s
  join streams t on t.profile_id = 1 and t.uuid = ${uuidOf('s.session_id')}
  join videos v on v.profile_id = 1 and v.video_key = s.video_key where s.profile_id = 1`
const DAYS = `select local_day, ${SUMS} from ${ROWS('calendar')} where profile_id = 1`
const BY_LANGUAGE = `select language, ${SUMS} from ${ROWS('calendar')} where profile_id = 1 group by language order by sum(active_ms) desc`
const ACTIVE_DAYS = `select local_day, sum(active_ms) from ${ROWS('calendar')} where profile_id = 1 and local_day < ? group by local_day`
const VIDEO_SUMS = (limit: number) => `select x.*, v.facts, v.first_seen_at_ms, v.last_seen_at_ms from (
  select video_key, ${SUMS} from ${ROWS('videos')} where profile_id = 1 group by video_key order by sum(active_ms) desc, video_key limit ${limit}
) x join videos v on v.profile_id = 1 and v.video_key = x.video_key`
const PERIODS = (table: 'daily' | 'monthly', period: string) => `select d.*, v.facts from ${ROWS(table)} d
  join videos v on v.profile_id = 1 and v.video_key = d.video_key
  where d.profile_id = 1 order by d.${period} desc, d.video_key, d.language limit ${ANALYTICS_LIMITS[table].default + 1}`

/** What the databases say in different words. */
export interface FloorDialect {
  /** An expression for the bytes of an id that is text. */
  uuidOf(text: string): string
  /** Joins the events `e` of the stream `t`. */
  readonly eventsOfStream: string
}

/** More than there are videos. */
const ALL_VIDEOS = 1_000_000

export type Statements = readonly { readonly text: string; readonly binds: readonly unknown[] }[]

export function statementsOf(
  query: QueryName,
  { sessionId, startedAtMs, videoKey, today }: QueryContext,
  dialect: FloorDialect,
): Statements {
  const sessionRows = SESSION_ROWS(dialect)
  const one = (text: string, ...binds: readonly unknown[]): Statements => [{ text, binds }]
  switch (query) {
    case 'overview':
      return [
        ...one(`${DAYS} and local_day > ? and local_day <= ? group by local_day`, today - 7, today),
        ...one(BY_LANGUAGE),
        ...one(`select count(distinct video_key) from ${ROWS('videos')} where profile_id = 1`),
        ...one(ACTIVE_DAYS, today + 1),
        ...one(`${sessionRows} order by s.started_at_ms desc limit 5`),
      ]
    case 'sessions':
      return one(`${sessionRows} order by s.started_at_ms desc limit ${ANALYTICS_LIMITS.sessions.default + 1}`)
    case 'session':
      return one(`${sessionRows} and s.started_at_ms = ? and s.session_id = ?`, startedAtMs, sessionId)
    case 'timeline':
      return [
        ...one(
          `select e.* from streams t ${dialect.eventsOfStream}
           where t.profile_id = 1 and t.uuid = ${dialect.uuidOf('?')} limit 1001`,
          sessionId,
        ),
        ...one(
          `select l.* from streams t join ledger l on l.profile_id = 1 and l.stream = t.stream
           where t.profile_id = 1 and t.uuid = ${dialect.uuidOf('?')}`,
          sessionId,
        ),
      ]
    case 'videos':
      return one(VIDEO_SUMS(ANALYTICS_LIMITS.videos.default + 1))
    case 'video':
      return [
        ...one('select * from videos where profile_id = 1 and video_key = ?', videoKey),
        ...one(`select * from ${ROWS('videos')} where profile_id = 1 and video_key = ?`, videoKey),
        ...one(`${sessionRows} and s.video_key = ? order by s.started_at_ms desc limit 50`, videoKey),
      ]
    case 'daily':
      return one(PERIODS('daily', 'local_day'))
    case 'monthly':
      return one(PERIODS('monthly', 'local_month'))
    case 'throughput by day':
      return one(`${DAYS} group by local_day order by local_day desc limit 60`)
    case 'throughput by session':
      return one(`${sessionRows} order by s.started_at_ms desc limit 60`)
    case 'throughput by month':
      return one(
        `select local_month, ${SUMS} from ${ROWS('monthly')} where profile_id = 1 group by local_month order by local_month desc limit 60`,
      )
    case 'throughput by video':
      return one(VIDEO_SUMS(60))
    case 'throughput by series':
      return one(VIDEO_SUMS(ALL_VIDEOS))
    case 'streak':
      return one(ACTIVE_DAYS, today + 1)
    case 'trend':
      return one(`${DAYS} and local_day > ? and local_day <= ? group by local_day`, today - 60, today)
    case 'hours':
      return one(`select weekday, hour, ${SUMS} from ${ROWS('hours')} where profile_id = 1 group by weekday, hour`)
    case 'calendar':
      return one(`${DAYS} and local_day > ? and local_day <= ? group by local_day`, today - 366, today)
    case 'languages':
      return [
        ...one(BY_LANGUAGE),
        ...one(`select distinct language, video_key from ${ROWS('videos')} where profile_id = 1`),
      ]
  }
}
