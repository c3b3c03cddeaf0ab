// The floor of analytics: for each question the bare statements that return the same rows, with the indexes that the
// schema has (each of these has its best one there), as arrays, in one read transaction. No titles are made, no rates, no
// objects: facts stay the text that they are.

import { ANALYTICS_LIMITS } from '../../src/analytics/limits.js'
import { openBare } from '../databases.js'
import type { Question, QuestionContext } from '../questions.js'

export interface QueryFloor {
  /** Answers how many rows came. */
  ask(question: Question): number
  close(): void
}

const SUMS = [
  ...['session_count', 'watched_ms', 'active_ms', 'paused_ms', 'line_count', 'char_count', 'word_count', 'token_count'],
  ...['card_count', 'lookup_count', 'lookup_hit_count', 'pause_count', 'seek_forward_count', 'seek_backward_count'],
  'buffer_count',
]
  .map((column) => `sum(${column})`)
  .join(', ')
const ROWS = (table: string) => `rows_${table}_v1`
const SESSION_ROWS = `select s.*, t.facts, t.last_at_ms, v.facts from ${ROWS('sessions')} s
  join streams t on t.profile_id = 1 and t.uuid = unhex(replace(s.session_id, '-', ''))
  join videos v on v.profile_id = 1 and v.video_key = s.video_key where s.profile_id = 1`
const DAYS = `select local_day, ${SUMS} from ${ROWS('calendar')} where profile_id = 1`
const BY_LANGUAGE = `select language, ${SUMS} from ${ROWS('calendar')} where profile_id = 1 group by language order by sum(active_ms) desc`
const ACTIVE_DAYS = `select local_day, sum(active_ms) from ${ROWS('calendar')} where profile_id = 1 and local_day < ? group by local_day`
const VIDEO_SUMS = `select x.*, v.facts, v.first_seen_at_ms, v.last_seen_at_ms from (
  select video_key, ${SUMS} from ${ROWS('videos')} where profile_id = 1 group by video_key order by sum(active_ms) desc, video_key limit ?
) x join videos v on v.profile_id = 1 and v.video_key = x.video_key`
const PERIODS = (table: 'daily' | 'monthly', period: string) => `select d.*, v.facts from ${ROWS(table)} d
  join videos v on v.profile_id = 1 and v.video_key = d.video_key
  where d.profile_id = 1 order by d.${period} desc, d.video_key, d.language limit ${ANALYTICS_LIMITS[table].default + 1}`

type Statements = readonly { readonly text: string; readonly binds: readonly unknown[] }[]

function statementsOf(question: Question, { sessionId, startedAtMs, videoKey, today }: QuestionContext): Statements {
  const one = (text: string, ...binds: readonly unknown[]): Statements => [{ text, binds }]
  switch (question) {
    case 'overview':
      return [
        ...one(`${DAYS} and local_day > ? and local_day <= ? group by local_day`, today - 7, today),
        ...one(BY_LANGUAGE),
        ...one(`select count(distinct video_key) from ${ROWS('videos')} where profile_id = 1`),
        ...one(ACTIVE_DAYS, today + 1),
        ...one(`${SESSION_ROWS} order by s.started_at_ms desc limit 5`),
      ]
    case 'sessions':
      return one(`${SESSION_ROWS} order by s.started_at_ms desc limit ${ANALYTICS_LIMITS.sessions.default + 1}`)
    case 'session':
      return one(`${SESSION_ROWS} and s.started_at_ms = ? and s.session_id = ?`, startedAtMs, sessionId)
    case 'timeline':
      return [
        ...one(
          `select e.* from streams t join events e on e.event_id between t.first_position and t.last_position and e.stream = t.stream
           where t.profile_id = 1 and t.uuid = unhex(replace(?, '-', '')) limit 1001`,
          sessionId,
        ),
        ...one(
          `select l.* from streams t join ledger l on l.profile_id = 1 and l.stream = t.stream
           where t.profile_id = 1 and t.uuid = unhex(replace(?, '-', ''))`,
          sessionId,
        ),
      ]
    case 'videos':
      return one(VIDEO_SUMS, ANALYTICS_LIMITS.videos.default + 1)
    case 'video':
      return [
        ...one('select * from videos where profile_id = 1 and video_key = ?', videoKey),
        ...one(`select * from ${ROWS('videos')} where profile_id = 1 and video_key = ?`, videoKey),
        ...one(`${SESSION_ROWS} and s.video_key = ? order by s.started_at_ms desc limit 50`, videoKey),
      ]
    case 'daily':
      return one(PERIODS('daily', 'local_day'))
    case 'monthly':
      return one(PERIODS('monthly', 'local_month'))
    case 'throughput by day':
      return one(`${DAYS} group by local_day order by local_day desc limit 60`)
    case 'throughput by session':
      return one(`${SESSION_ROWS} order by s.started_at_ms desc limit 60`)
    case 'throughput by month':
      return one(
        `select local_month, ${SUMS} from ${ROWS('monthly')} where profile_id = 1 group by local_month order by local_month desc limit 60`,
      )
    case 'throughput by video':
      return one(VIDEO_SUMS, 60)
    case 'throughput by series':
      return one(VIDEO_SUMS, -1)
    case 'streak':
      return one(ACTIVE_DAYS, today + 1)
    case 'trend':
      return one(`${DAYS} and local_day > ? and local_day <= ? group by local_day`, today - 60, today)
    case 'hours':
      return one(`select weekday, hour, ${SUMS} from ${ROWS('hours')} where profile_id = 1 group by weekday, hour`)
    case 'calendar':
      return one(`${DAYS} and local_day > ? and local_day <= ? group by local_day`, today - 366, today)
  }
}

export function openQueryFloor(at: string, context: QuestionContext): QueryFloor {
  const database = openBare(at, true)
  const begin = database.prepare('begin')
  const commit = database.prepare('commit')
  const prepared = new Map<Question, readonly { run(): readonly unknown[] }[]>()

  function prepare(question: Question): readonly { run(): readonly unknown[] }[] {
    const statements = statementsOf(question, context).map(({ text, binds }) => {
      const statement = database.prepare(text).raw()
      return { run: () => statement.all(...binds) }
    })
    prepared.set(question, statements)
    return statements
  }

  return {
    ask(question) {
      begin.run()
      let rows = 0
      for (const statement of prepared.get(question) ?? prepare(question)) rows += statement.run().length
      commit.run()
      return rows
    },
    close: () => database.close(),
  }
}
