// Writes LogWrites within a transaction that the caller holds. Every statement is prepared once; binds are spread into the
// call, because the driver takes a third longer to read them from one array.

import type { EventRow, Head, LogWrites, RowTable, StreamRow } from '../../src/ports/event-log.js'
import {
  brokenWrites,
  checkPositions,
  checkRemovedPositions,
  refusedEvent,
  refuseEvent,
  unknownProfile,
} from '../refusals.js'
import { type Bind, pushEvent, pushStreamValues, uuidBytes } from '../sql/mapping.js'
import * as sql from '../sql/statements.js'
import { sqliteDialect } from './dialect.js'
import type { Database, Statement } from './driver.js'
import { isRefusedRow } from './errors.js'
import { createEventTypeCodes } from './event-type-codes.js'
import { POSITIONS_PER_PROFILE } from './migrations.js'
import { createSumWriter } from './sum-writer.js'

export interface Writer {
  /**
   * False when the profile's head is not at the revision before: then nothing was written. `knownId` is what the profile's
   * id was when it was opened, if it was: one of the same name made since is another one.
   */
  write(profile: string, knownId: number | undefined, writes: LogWrites): boolean
  /** After a rollback. */
  forget(): void
}

/** A row costs a quarter less in a statement of 25, the usual batch, than in one of its own. The last is 1. */
const EVENTS_PER_STATEMENT = [25, 5, 1] as const

export function createWriter(database: Database, tables: readonly RowTable[]): Writer {
  const dialect = sqliteDialect
  const selectStanding = database.prepare(sql.SELECT_STANDING).raw()
  const updateHead = database.prepare(sql.UPDATE_HEAD)
  const noteNegativeSums = database.prepare(sql.NOTE_NEGATIVE_SUMS)
  const inserts = EVENTS_PER_STATEMENT.map((count) => ({
    count,
    statement: database.prepare(sql.insertEvents(dialect, count)),
  }))
  const deleteEvents = database.prepare(sql.deleteEvents(dialect))
  const updateStream = database.prepare(sql.updateStream(dialect, 'is'))
  const upsertStream = database.prepare(sql.upsertStream(dialect))
  const upsertVideo = database.prepare(sql.upsertVideo(dialect))
  const deleteVideo = database.prepare(sql.deleteVideo(dialect))
  const sums = createSumWriter(database, tables)
  const types = createEventTypeCodes(database)

  function writeEvents(profileId: number, writes: LogWrites): void {
    const { events } = writes
    let index = 0
    for (const { count, statement } of inserts) {
      for (; events.length - index >= count; index += count) {
        insertSome(profileId, statement, events.slice(index, index + count), writes)
      }
    }
  }

  function removeEvents(profileId: number, { removedPositions = [] }: LogWrites): void {
    for (const [from, through] of removedPositions) {
      const binds: Bind[] = []
      dialect.eventKey.pushRange(binds, profileId, from - 1, through)
      deleteEvents.run(...binds)
    }
  }

  function insertSome(profileId: number, statement: Statement, some: readonly EventRow[], writes: LogWrites): void {
    const binds: Bind[] = []
    for (const event of some) {
      refuseEvent(event, writes)
      dialect.eventKey.push(binds, profileId, event.position)
      pushEvent(binds, event, types.codeOf(event.type))
    }
    try {
      statement.run(...binds)
    } catch (error) {
      if (isRefusedRow(error)) findRefused(profileId, some, writes, error)
      throw error
    }
  }

  /** A statement that fails has inserted nothing: what it held goes in one by one, up to the one that is refused. */
  function findRefused(profileId: number, some: readonly EventRow[], writes: LogWrites, cause: unknown): void {
    const [event] = some
    if (some.length === 1 && event) throw refusedEvent(event, writes, 'the database does not take it', cause)
    const one = inserts.at(-1)
    if (one) for (const event of some) insertSome(profileId, one.statement, [event], writes)
  }

  function writeStream(profileId: number, row: StreamRow): void {
    const values: Bind[] = []
    pushStreamValues(values, row)
    if (updateStream.run(...values, profileId, row.stream, row.kind, row.videoKey).changes > 0) return
    upsertStream.run(profileId, row.stream, uuidBytes(row.streamId), row.kind, row.videoKey, ...values)
  }

  function writeHead(profileId: number, head: Head): void {
    const [settings, projections] = [JSON.stringify(head.settings), JSON.stringify(head.projections)]
    const before = head.revision - 1
    updateHead.run(head.revision, head.position, head.streamCount, settings, projections, profileId, before)
  }

  return {
    write(profile, knownId, writes) {
      // Four integers by the schema.
      const standing = selectStanding.get(profile) as readonly [number, number, number, number] | undefined
      if (!standing) throw unknownProfile(profile)
      const [profileId, revision, position, hasNegativeSums] = standing
      if (profileId !== (knownId ?? profileId)) throw unknownProfile(profile)
      if (revision !== writes.head.revision - 1) return false
      checkPositions(position, writes)
      checkRemovedPositions(position, writes)
      if (writes.head.position >= POSITIONS_PER_PROFILE) throw brokenWrites('the profile is full')
      writeHead(profileId, writes.head)
      for (const row of writes.streams) writeStream(profileId, row)
      removeEvents(profileId, writes)
      writeEvents(profileId, writes)
      const careful = hasNegativeSums !== 0
      if (sums.add(profileId, writes, careful) && !careful) noteNegativeSums.run(profileId)
      for (const row of writes.videos) {
        upsertVideo.run(profileId, row.videoKey, row.facts, row.firstSeenAtMs, row.lastSeenAtMs)
      }
      for (const videoKey of writes.removedVideoKeys ?? []) deleteVideo.run(profileId, videoKey)
      return true
    },
    forget: types.forgetOpenTypes,
  }
}
