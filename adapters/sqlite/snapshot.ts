// Answers a LogSnapshot on one connection whose transaction the caller holds open. Statements are prepared on first use
// and kept with the connection; answers come as arrays, which costs a third of what objects do.

import type { EventQuery, Head, LogSnapshot, RowQuery, RowTable, StreamQuery } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { unknownProjection } from '../refusals.js'
import { rowTableName } from '../sql/columns.js'
import {
  type Bind,
  eventOf,
  headOf,
  ledgerOf,
  readModelRowOf,
  type StoredHead,
  streamOf,
  uuidBytes,
  videoOf,
} from '../sql/mapping.js'
import { narrowStreams } from '../sql/narrow-streams.js'
import { planRowQuery, type RowQueryPlan, rowQueryBinds, rowQueryShape } from '../sql/row-query.js'
import * as sql from '../sql/statements.js'
import { sqliteDialect } from './dialect.js'
import type { Database, Statement } from './driver.js'
import { createEventTypeCodes } from './event-type-codes.js'

/** What one connection can answer; `profileId` and a check that the snapshot still stands come with each snapshot. */
export interface SnapshotReader {
  storedHead(profile: string): StoredHead | null
  snapshot(stored: StoredHead, check: () => void): LogSnapshot
}

type Row = readonly unknown[]

export function createSnapshotReader(database: Database, tables: readonly RowTable[]): SnapshotReader {
  const byProjection = new Map(tables.map((table) => [projectionId(table), table]))
  const prepared = new Map<string, Statement>()
  const plans = new Map<string, RowQueryPlan>()
  const types = createEventTypeCodes(database)

  function all(text: string, binds: readonly unknown[]): Row[] {
    let statement = prepared.get(text)
    if (!statement) {
      statement = database.prepare(text).raw()
      prepared.set(text, statement)
    }
    // In raw mode every answer is an array.
    return statement.all(binds) as Row[]
  }

  /** A reader may know a projection for which nobody has made the table yet. */
  function isStored(table: RowTable): boolean {
    return all('select 1 from sqlite_master where name = ?', [rowTableName(table)]).length > 0
  }

  function planOf(query: RowQuery): RowQueryPlan {
    const shape = rowQueryShape(query)
    let plan = plans.get(shape)
    if (!plan) {
      const table = byProjection.get(query.projection)
      if (!table || !isStored(table)) throw unknownProjection(query.projection, byProjection)
      plan = planRowQuery(sqliteDialect, table, query)
      plans.set(shape, plan)
    }
    return plan
  }

  function streams(profileId: number, query: StreamQuery): Row[] {
    if (query.streamIds) {
      const [id, ...others] = query.streamIds
      if (id === undefined) return []
      if (others.length === 0) return all(STREAM_BY_ID, [profileId, uuidBytes(id)])
      return all(STREAMS_BY_ID, [JSON.stringify(query.streamIds), profileId])
    }
    if (query.streams) return query.streams.flatMap((stream) => all(STREAM_BY_NUMBER, [profileId, stream]))
    const page = [query.after ?? 0, query.limit ?? NO_LIMIT]
    const { kind = 'session', videoKey } = query
    if (videoKey !== undefined) return all(STREAMS_OF_VIDEO, [profileId, kind, videoKey, ...page])
    if (query.kind !== undefined) return all(STREAMS_OF_KIND, [profileId, kind, ...page])
    return all(STREAMS, [profileId, ...page])
  }

  function events(profileId: number, query: EventQuery): Row[] {
    const binds: Bind[] = []
    sqliteDialect.eventKey.pushRange(binds, profileId, query.after, query.through ?? Number.MAX_SAFE_INTEGER)
    if (query.stream !== undefined) binds.push(query.stream)
    binds.push(query.limit)
    return all(query.stream === undefined ? EVENTS : EVENTS_OF_STREAM, binds)
  }

  return {
    storedHead(profile) {
      const row = all(sql.SELECT_HEAD, [profile])[0]
      return row ? headOf(row) : null
    },
    snapshot({ profileId, head }, check): LogSnapshot {
      return {
        async head(): Promise<Head> {
          check()
          return head
        },
        async streams(query) {
          check()
          const found = streams(profileId, query).map(streamOf)
          return query.streamIds || query.streams ? narrowStreams(found, query) : found
        },
        async events(query) {
          check()
          return events(profileId, query).map((row) => eventOf(sqliteDialect, row, types.typeOf))
        },
        async ledger(query) {
          check()
          if (!query.streams) return all(LEDGER, [profileId]).map(ledgerOf)
          const wanted = [...new Set(query.streams)].sort((left, right) => left - right)
          return wanted.flatMap((stream) => all(LEDGER_OF_STREAM, [profileId, stream]).map(ledgerOf))
        },
        async rows(query) {
          check()
          const plan = planOf(query)
          const found = all(plan.text, rowQueryBinds(plan, profileId, query))
          return found.map((row) => readModelRowOf(row, plan.keyCount, plan.wanted))
        },
        async videos({ videoKeys }) {
          check()
          if (!videoKeys) return all(VIDEOS, [profileId]).map(videoOf)
          const [videoKey, ...others] = videoKeys
          if (videoKey === undefined) return []
          if (others.length === 0) return all(VIDEO, [profileId, videoKey]).map(videoOf)
          return all(VIDEOS_BY_KEY, [profileId, JSON.stringify(videoKeys)]).map(videoOf)
        },
      }
    },
  }
}

const STREAM_BY_ID = sql.selectStreamById(sqliteDialect)
/**
 * Many at once, a third of the time of one by one. The cross join keeps SQLite from reading all streams of the profile
 * instead, which is what it makes of `uuid in (…)`. Binds: ids as JSON, profile_id.
 */
const STREAMS_BY_ID = `select ${sql.STREAM_ANSWER} from json_each(?) as wanted
  cross join streams on profile_id = ? and uuid = unhex(wanted.value, '-')`
const STREAM_BY_NUMBER = sql.selectStreamByNumber(sqliteDialect)
const STREAMS = sql.selectStreams(sqliteDialect)
const STREAMS_OF_KIND = sql.selectStreamsOfKind(sqliteDialect)
const STREAMS_OF_VIDEO = sql.selectStreamsOfVideo(sqliteDialect)
const EVENTS = sql.selectEvents(sqliteDialect, false)
const EVENTS_OF_STREAM = sql.selectEvents(sqliteDialect, true)
const LEDGER = sql.selectLedger(sqliteDialect)
const LEDGER_OF_STREAM = sql.selectLedgerOfStream(sqliteDialect)
const VIDEOS = sql.selectVideos(sqliteDialect)
/** Binds: profile_id, keys as JSON. */
const VIDEOS_BY_KEY = `select ${sql.VIDEO_ANSWER} from videos
  where profile_id = ? and video_key in (select value from json_each(?)) order by video_key`
const VIDEO = sql.selectVideo(sqliteDialect)

/** SQLite reads a negative limit as none. */
const NO_LIMIT = -1
