// Answers a LogSnapshot on one connection whose transaction the caller holds open: each question is one statement, and
// questions asked at once are sent one after another.

import type { EventQuery, LogSnapshot, RowQuery, RowTable, StreamQuery } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { snapshotEnded, unknownProjection } from '../refusals.js'
import { boundLists } from '../sql/bound-lists.js'
import { rowTableName } from '../sql/columns.js'
import {
  type Bind,
  eventOf,
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
import type { ServerBind, ServerConnection, ServerDatabase } from './database.js'
import type { ServerEventTypes } from './event-types.js'

export interface ServerReader {
  /** Runs `work` on a snapshot that is of no use afterwards. */
  onSnapshot<T>(
    connection: ServerConnection,
    stored: StoredHead,
    work: (snapshot: LogSnapshot) => Promise<T>,
  ): Promise<T>
}

type Row = readonly unknown[]

const NO_LIMIT = Number.MAX_SAFE_INTEGER

/** `tablesAreReady` is false where the log was opened for reading only: then nobody may have made a table yet. */
export function createServerReader(
  { dialect, schema }: ServerDatabase,
  tables: readonly RowTable[],
  tablesAreReady: boolean,
  types: ServerEventTypes,
): ServerReader {
  const byProjection = new Map(tables.map((table) => [projectionId(table), table]))
  const ready = new Set(tablesAreReady ? byProjection.keys() : [])
  const plans = new Map<string, RowQueryPlan>()
  const tableExists = dialect.text('select 1 from information_schema.tables where table_schema = ? and table_name = ?')

  function snapshotOn(connection: ServerConnection, { profileId, head }: StoredHead, check: () => void): LogSnapshot {
    async function all(text: string, binds: readonly ServerBind[]): Promise<readonly Row[]> {
      check()
      return (await connection.query(text, binds)).rows
    }

    async function each<Value extends ServerBind>(
      values: readonly Value[],
      text: (count: number) => string,
    ): Promise<readonly Row[]> {
      const found: Row[] = []
      for (const list of boundLists(values)) found.push(...(await all(text(list.length), [profileId, ...list])))
      return found
    }

    function streams(query: StreamQuery): Promise<readonly Row[]> {
      if (query.streamIds) return streamsWithIds(query.streamIds)
      if (query.streams) return each(query.streams, (count) => sql.selectStreamsWith(dialect, 'stream', count))
      const page = [query.after ?? 0, query.limit ?? NO_LIMIT]
      const { kind = 'session', videoKey } = query
      if (videoKey !== undefined) return all(sql.selectStreamsOfVideo(dialect), [profileId, kind, videoKey, ...page])
      if (query.kind !== undefined) return all(sql.selectStreamsOfKind(dialect), [profileId, kind, ...page])
      return all(sql.selectStreams(dialect), [profileId, ...page])
    }

    async function streamsWithIds(streamIds: readonly string[]): Promise<readonly Row[]> {
      return each([...new Set(streamIds)].map(uuidBytes), (count) => sql.selectStreamsWith(dialect, 'uuid', count))
    }

    function events(query: EventQuery): Promise<readonly Row[]> {
      const binds: Bind[] = []
      dialect.eventKey.pushRange(binds, profileId, query.after, query.through ?? Number.MAX_SAFE_INTEGER)
      if (query.stream !== undefined) binds.push(query.stream)
      binds.push(query.limit)
      return all(sql.selectEvents(dialect, query.stream !== undefined), binds)
    }

    async function planOf(query: RowQuery): Promise<RowQueryPlan> {
      const shape = rowQueryShape(query)
      const known = plans.get(shape)
      if (known) return known
      const table = byProjection.get(query.projection)
      if (!table || !(await isReady(table))) throw unknownProjection(query.projection, byProjection)
      const plan = planRowQuery(dialect, table, query)
      plans.set(shape, plan)
      return plan
    }

    async function isReady(table: RowTable): Promise<boolean> {
      const id = projectionId(table)
      if (ready.has(id)) return true
      if ((await all(tableExists, [schema, rowTableName(table)])).length === 0) return false
      ready.add(id)
      return true
    }

    const typeColumn = dialect.eventKey.columns.length + sql.EVENT_COLUMNS.indexOf('type_id')

    return {
      async head() {
        check()
        return head
      },
      async streams(query) {
        check()
        const found = (await streams(query)).map(streamOf)
        return query.streamIds || query.streams ? narrowStreams(found, query) : found
      },
      async events(query) {
        check()
        const found = await events(query)
        await types.know(connection, new Set(found.map((row) => row[typeColumn] as number)))
        return found.map((row) => eventOf(dialect, row, types.typeOf))
      },
      async ledger(query) {
        check()
        if (!query.streams) return (await all(sql.selectLedger(dialect), [profileId])).map(ledgerOf)
        const wanted = [...query.streams].sort((left, right) => left - right)
        return (await each(wanted, (count) => sql.selectLedgerOfStream(dialect, count))).map(ledgerOf)
      },
      async rows(query) {
        check()
        const plan = await planOf(query)
        const found = await all(plan.text, rowQueryBinds(plan, profileId, query))
        return found.map((row) => readModelRowOf(row, plan.keyCount, plan.wanted))
      },
      async videos({ videoKeys }) {
        check()
        if (!videoKeys) return (await all(sql.selectVideos(dialect), [profileId])).map(videoOf)
        // Lists in the order of bytes, so that what is put together from them is in that order as well.
        const wanted = [...videoKeys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
        return (await each(wanted, (count) => sql.selectVideo(dialect, count))).map(videoOf)
      },
    }
  }

  return {
    async onSnapshot(connection, stored, work) {
      let valid = true
      const check = (): void => {
        if (!valid) throw snapshotEnded()
      }
      try {
        return await work(snapshotOn(connection, stored, check))
      } finally {
        valid = false
      }
    },
  }
}
