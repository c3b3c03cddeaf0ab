// Reads on one connection whose transaction the caller holds open. Statements are prepared on first use and kept with the
// connection; answers come as arrays, which cost a third as much as objects.

import type { RowTable } from '../../src/ports/event-log.js'
import { type Answer, headOf, type StoredHead } from '../sql/answers.js'
import type { Row } from '../sql/dialect.js'
import { EventTypes } from '../sql/event-types.js'
import { RowQueryPlans, type SnapshotSource } from '../sql/snapshot.js'
import * as sql from '../sql/statements.js'
import { uuidBytes } from '../sql/table-writes.js'
import { sqliteDialect } from './dialect.js'
import type { Database, Statement } from './driver.js'

const STREAM_BY_ID = sql.selectStreamsWith(sqliteDialect, 'uuid')
/**
 * Many ids at once take a third of the time of one by one. The cross join keeps SQLite from reading all streams of the
 * profile instead, as it does for `uuid in (…)`. Binds: ids as JSON, profile_id.
 */
const STREAMS_BY_ID = `select ${sql.STREAM_ANSWER} from json_each(?) as wanted
  cross join streams on profile_id = ? and uuid = unhex(wanted.value, '-')`
const STREAM_BY_NUMBER = sql.selectStreamsWith(sqliteDialect, 'stream')
const LEDGER_OF_STREAM = sql.selectLedger(sqliteDialect, 1)
const VIDEO = sql.selectVideos(sqliteDialect, 1)
/** Binds: profile_id, keys as JSON. */
const VIDEOS_BY_KEY = `select ${sql.VIDEO_ANSWER} from videos
  where profile_id = ? and video_key in (select value from json_each(?)) order by video_key`

export class SqliteReader implements SnapshotSource {
  readonly dialect = sqliteDialect
  readonly types = new EventTypes()
  readonly plans: RowQueryPlans
  readonly database: Database
  readonly #prepared = new Map<string, Statement>()

  constructor(database: Database, tables: readonly RowTable[]) {
    this.database = database
    this.plans = new RowQueryPlans(tables, false)
  }

  profileId(name: string): number | undefined {
    // An integer by the schema.
    return this.all(sql.SELECT_PROFILE_ID, [name])[0]?.[0] as number | undefined
  }

  /** Null when there is no such profile. */
  storedHead(profileId: number | undefined): StoredHead | null {
    const [row] = profileId === undefined ? [] : this.all(sql.SELECT_HEAD, [profileId])
    return row ? headOf(row) : null
  }

  all(text: string, binds: Row): readonly Answer[] {
    // In raw mode every answer is an array.
    return this.#statement(text).all(binds) as Answer[]
  }

  /** A statement without an answer, such as `commit`. */
  run(text: string): void {
    this.#statement(text).run()
  }

  #statement(text: string): Statement {
    let statement = this.#prepared.get(text)
    if (!statement) {
      statement = this.database.prepare(text)
      this.#prepared.set(text, statement.reader ? statement.raw() : statement)
    }
    return statement
  }

  loadTypes(): void {
    this.types.remember(this.all(sql.SELECT_EVENT_TYPES, []))
  }

  columnsOf(table: string): readonly Answer[] {
    return this.all('select name from pragma_table_info(?)', [table])
  }

  streamsWithIds(profileId: number, streamIds: readonly string[]): readonly Answer[] {
    const [id, ...others] = streamIds
    if (id === undefined) return []
    if (others.length === 0) return this.all(STREAM_BY_ID, [profileId, uuidBytes(id)])
    return this.all(STREAMS_BY_ID, [JSON.stringify(streamIds), profileId])
  }

  streamsWithNumbers(profileId: number, streams: readonly number[]): readonly Answer[] {
    return streams.flatMap((stream) => this.all(STREAM_BY_NUMBER, [profileId, stream]))
  }

  ledgerOf(profileId: number, streams: readonly number[]): readonly Answer[] {
    return streams.flatMap((stream) => this.all(LEDGER_OF_STREAM, [profileId, stream]))
  }

  videosWithKeys(profileId: number, videoKeys: readonly string[]): readonly Answer[] {
    const [videoKey, ...others] = videoKeys
    if (videoKey === undefined) return []
    if (others.length === 0) return this.all(VIDEO, [profileId, videoKey])
    return this.all(VIDEOS_BY_KEY, [profileId, JSON.stringify(videoKeys)])
  }
}
