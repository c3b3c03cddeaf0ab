// LogWrites as texts of several statements: one text, so one round trip, unless it were longer than the server takes. The
// first statement takes the head's lock; behind it stands the condition, at which the server stops when the head is not at
// the revision before, and with it every statement that follows (docs/decisions/0010 says why).

import type { LogWrites, RowTable } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { unknownProjection } from '../refusals.js'
import type { ServerBind, TypeCodeOf } from '../server/database.js'
import { type Bind, pushEvent, pushStreamValues, uuidBytes } from '../sql/mapping.js'
import * as sql from '../sql/statements.js'
import { mysqlDialect } from './dialect.js'

/** "Variable 'sql_mode' can't be set to the value of …": nothing else that is written here can cause it. */
export const STALE_NUMBER = 1231
const STOP_WHEN_STALE = "set session sql_mode = if(row_count() = 1, @@session.sql_mode, 'immersion_head_is_stale')"

/** Rows in one statement: more of them are no faster, and what is refused is looked for in fewer. */
const ROWS_PER_STATEMENT = 250
/** Left of a packet for what is not text. */
const PACKET_RESERVE_BYTES = 1024

export type Format = (text: string, binds: readonly ServerBind[]) => string

export interface WriteTexts {
  /** Statements that write, the head's lock and the condition first; each fits into a packet if its rows one by one do. */
  statements(profileId: number, writes: LogWrites, codeOf: TypeCodeOf, packetMaxBytes: number): readonly string[]
}

export function createWriteTexts(tables: readonly RowTable[], format: Format): WriteTexts {
  const dialect = mysqlDialect
  const byProjection = new Map(tables.map((table) => [projectionId(table), table]))

  /** Statements of many rows, as few as their count and their bytes allow. */
  function manyRows<Row>(
    rows: readonly Row[],
    maxBytes: number,
    statement: (count: number) => string,
    bindsOf: (row: Row) => readonly ServerBind[],
  ): readonly string[] {
    if (rows.length === 0) return []
    if (rows.length <= ROWS_PER_STATEMENT) {
      const text = format(statement(rows.length), rows.flatMap(bindsOf))
      if (rows.length === 1 || Buffer.byteLength(text) <= maxBytes) return [text]
    }
    const middle = rows.length > ROWS_PER_STATEMENT ? ROWS_PER_STATEMENT : rows.length >> 1
    return [rows.slice(0, middle), rows.slice(middle)].flatMap((some) => manyRows(some, maxBytes, statement, bindsOf))
  }

  function tableOf(projection: string): RowTable {
    const table = byProjection.get(projection)
    if (table) return table
    throw unknownProjection(projection, byProjection)
  }

  return {
    statements(profileId, writes, codeOf, packetMaxBytes) {
      const maxBytes = packetMaxBytes - PACKET_RESERVE_BYTES
      return [
        format(sql.UPDATE_HEAD, headBinds(profileId, writes)),
        STOP_WHEN_STALE,
        ...manyRows(
          writes.streams,
          maxBytes,
          (count) => sql.upsertStream(dialect, count),
          (row) => {
            const values: Bind[] = []
            pushStreamValues(values, row)
            return [profileId, row.stream, uuidBytes(row.streamId), row.kind, row.videoKey, ...values]
          },
        ),
        ...manyRows(
          writes.events,
          maxBytes,
          (count) => sql.insertEvents(dialect, count),
          (event) => {
            const binds: Bind[] = []
            dialect.eventKey.push(binds, profileId, event.position)
            pushEvent(binds, event, codeOf(event.type))
            return binds
          },
        ),
        ...manyRows(
          writes.ledger,
          maxBytes,
          (count) => sql.addLedger(dialect, count),
          ({ stream, quarter, utcOffsetMin, measures }) => [profileId, stream, quarter, utcOffsetMin, ...measures],
        ),
        ...writes.rows.flatMap(({ projection, rows }) =>
          manyRows(
            rows,
            maxBytes,
            (count) => sql.addRow(dialect, tableOf(projection), count),
            ({ key, measures }) => [profileId, ...key, ...measures],
          ),
        ),
        ...manyRows(
          writes.videos,
          maxBytes,
          (count) => sql.upsertVideo(dialect, count),
          (row) => [profileId, row.videoKey, row.facts, row.firstSeenAtMs, row.lastSeenAtMs],
        ),
        ...(writes.removedVideoKeys ?? []).map((videoKey) => format(sql.deleteVideo(dialect), [profileId, videoKey])),
      ]
    },
  }
}

/** Statements one after another in as few texts as packets of this size allow. */
export function inPackets(statements: readonly string[], packetMaxBytes: number): readonly string[] {
  const maxBytes = packetMaxBytes - PACKET_RESERVE_BYTES
  const texts: string[] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const statement of statements) {
    const more = Buffer.byteLength(statement) + 1
    bytes += more
    if (bytes > maxBytes) {
      texts.push(statement)
      bytes = more
    } else texts.push(`${texts.pop()};${statement}`)
  }
  return texts
}

function headBinds(profileId: number, { head }: LogWrites): readonly ServerBind[] {
  const [settings, projections] = [JSON.stringify(head.settings), JSON.stringify(head.projections)]
  return [head.revision, head.position, head.streamCount, settings, projections, profileId, head.revision - 1]
}
