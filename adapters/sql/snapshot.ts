// LogSnapshot over a connection whose transaction the caller holds open, written once for all SQL adapters. A source says
// how its database runs a statement, and how it looks for one of many values.

import type { EventQuery, Head, LogSnapshot, RowQuery, RowTable, StreamQuery } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { narrowStreams } from '../port/queries.js'
import { unknownProjection } from '../port/refusals.js'
import { type Answer, eventOf, ledgerOf, readModelRowOf, type StoredHead, streamOf, videoOf } from './answers.js'
import type { Bind, Row, SqlDialect } from './dialect.js'
import type { EventTypes } from './event-types.js'
import { MEASURE_COLUMNS } from './measure-columns.js'
import { planRowQuery, type RowQueryPlan, rowQueryBinds, rowQueryShape } from './row-query.js'
import * as sql from './statements.js'
import { EVENTS, rowTableName } from './tables.js'

/** SQLite answers at once, a server later. */
export type Answers = readonly Answer[] | Promise<readonly Answer[]>

export interface SnapshotSource {
  readonly dialect: SqlDialect
  readonly types: EventTypes
  /** Kept for as long as the log is open. */
  readonly plans: RowQueryPlans
  /** Runs a statement, whose text comes from the dialect. */
  all(text: string, binds: Row): Answers
  /** Reads the table of types again. */
  loadTypes(): void | Promise<void>
  /** Columns of the table: none where a reader knows a projection whose table no program has made yet. */
  columnsOf(table: string): Answers
  /** Streams with one of these ids, or of these numbers, in no order. */
  streamsWithIds(profileId: number, streamIds: readonly string[]): Answers
  streamsWithNumbers(profileId: number, streams: readonly number[]): Answers
  /** Ledger entries of these streams, ascending. */
  ledgerOf(profileId: number, streams: readonly number[]): Answers
  /** Videos with these keys, ascending by key as bytes. */
  videosWithKeys(profileId: number, videoKeys: readonly string[]): Answers
}

/** The statements of row queries, by the shape of the query. */
export class RowQueryPlans {
  readonly #tables: ReadonlyMap<string, RowTable>
  readonly #plans = new Map<string, RowQueryPlan>()
  /** Tables that have all columns. */
  readonly #ready: Set<string>

  /** `isPrepared` where the tables have just been made ready. */
  constructor(tables: readonly RowTable[], isPrepared: boolean) {
    this.#ready = new Set(isPrepared ? tables.map(rowTableName) : [])
    this.#tables = new Map(tables.map((table) => [projectionId(table), table]))
  }

  async planOf(source: SnapshotSource, query: RowQuery): Promise<RowQueryPlan> {
    const shape = rowQueryShape(query)
    const known = this.#plans.get(shape)
    if (known) return known
    const table = this.#tables.get(query.projection)
    if (!table || !(await this.#isReady(source, table))) throw unknownProjection(query.projection, this.#tables)
    const plan = planRowQuery(source.dialect, table, query)
    this.#plans.set(shape, plan)
    return plan
  }

  /** Not where the table was made by a program that knew fewer measures, and none has opened it for writing since. */
  async #isReady(source: SnapshotSource, table: RowTable): Promise<boolean> {
    const name = rowTableName(table)
    if (this.#ready.has(name)) return true
    const columns = new Set((await source.columnsOf(name)).map(([column]) => column))
    if (!MEASURE_COLUMNS.every((column) => columns.has(column))) return false
    this.#ready.add(name)
    return true
  }
}

/** Place of the column among those behind the key. */
const TYPE_BEHIND_KEY = EVENTS.columns.findIndex(({ name }) => name === 'type_id') - EVENTS.keyLength

const NO_LIMIT = Number.MAX_SAFE_INTEGER

export class SqlSnapshot implements LogSnapshot {
  readonly #source: SnapshotSource
  readonly #profileId: number
  readonly #head: Head
  readonly #check: () => void

  /** `check` throws when the snapshot is not valid any more. */
  constructor(source: SnapshotSource, { profileId, head }: StoredHead, check: () => void) {
    this.#source = source
    this.#profileId = profileId
    this.#head = head
    this.#check = check
  }

  async head(): Promise<Head> {
    this.#check()
    return this.#head
  }

  async streams(query: StreamQuery): ReturnType<LogSnapshot['streams']> {
    const found = (await this.#streams(query)).map(streamOf)
    return query.streamIds || query.streams ? narrowStreams(found, query) : found
  }

  #streams({ streamIds, streams, kind, videoKey, after = 0, limit = NO_LIMIT }: StreamQuery): Answers {
    this.#check()
    const { dialect } = this.#source
    if (streamIds) return this.#source.streamsWithIds(this.#profileId, streamIds)
    if (streams) return this.#source.streamsWithNumbers(this.#profileId, streams)
    // Only sessions have a video.
    if (videoKey !== undefined) {
      return this.#all(sql.selectStreams(dialect, 'kind', 'video_key'), kind ?? 'session', videoKey, after, limit)
    }
    if (kind !== undefined) return this.#all(sql.selectStreams(dialect, 'kind'), kind, after, limit)
    return this.#all(sql.selectStreams(dialect), after, limit)
  }

  async events({ after, through, stream, limit }: EventQuery): ReturnType<LogSnapshot['events']> {
    this.#check()
    const { dialect, types } = this.#source
    const range = dialect.eventKey.rangeBinds(this.#profileId, after, through ?? Number.MAX_SAFE_INTEGER)
    const binds = stream === undefined ? [...range, limit] : [...range, stream, limit]
    const found = await this.#source.all(sql.selectEvents(dialect, stream !== undefined), binds)
    const typeColumn = dialect.eventKey.columns.length + TYPE_BEHIND_KEY
    // The schema says that the column is an integer.
    if (found.some((row) => !types.hasId(row[typeColumn] as number))) await this.#source.loadTypes()
    return found.map((row) => eventOf(dialect, row, types))
  }

  async ledger({ streams }: { readonly streams?: readonly number[] }): ReturnType<LogSnapshot['ledger']> {
    this.#check()
    if (!streams) return (await this.#all(sql.selectLedger(this.#source.dialect))).map(ledgerOf)
    const ascending = [...new Set(streams)].sort((left, right) => left - right)
    return (await this.#source.ledgerOf(this.#profileId, ascending)).map(ledgerOf)
  }

  async rows(query: RowQuery): ReturnType<LogSnapshot['rows']> {
    this.#check()
    const plan = await this.#source.plans.planOf(this.#source, query)
    // Finding the plan may have taken a statement, in which time the read may have ended.
    this.#check()
    const found = await this.#source.all(plan.text, rowQueryBinds(plan, this.#profileId, query))
    return found.map((row) => readModelRowOf(row, plan.keyCount, plan.wanted))
  }

  async videos({ videoKeys }: { readonly videoKeys?: readonly string[] }): ReturnType<LogSnapshot['videos']> {
    this.#check()
    if (!videoKeys) return (await this.#all(sql.selectVideos(this.#source.dialect))).map(videoOf)
    return (await this.#source.videosWithKeys(this.#profileId, videoKeys)).map(videoOf)
  }

  /** The first bind of nearly every statement is the profile. */
  #all(text: string, ...binds: readonly Bind[]): Answers {
    return this.#source.all(text, [this.#profileId, ...binds])
  }
}
