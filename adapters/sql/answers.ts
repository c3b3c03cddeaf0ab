// The answers of statements as the port's rows. Answers are arrays, because naming each column of each row costs more than
// reading it; the columns are in the order of adapters/sql/tables.ts. The schema holds the types, so the casts here are
// where a driver's untyped values enter.

import { zeroSums } from '../../src/events/measures.js'
import type { EventRow, Head, LedgerRow, ReadModelRow, StreamRow, VideoRow } from '../../src/ports/event-log.js'
import { readFolded, readSettings } from '../port/stored-settings.js'
import type { SqlDialect } from './dialect.js'
import type { EventTypes } from './event-types.js'
import { unpackPayload } from './payload-text.js'
import { type Column, type LogTable, STREAMS, VIDEOS } from './tables.js'

export type Answer = readonly unknown[]

export function eventOf(dialect: SqlDialect, row: Answer, types: EventTypes): EventRow {
  const first = dialect.eventKey.columns.length
  return {
    position: dialect.eventKey.positionOf(row),
    stream: row[first] as number,
    version: row[first + 1] as number,
    type: types.typeOf(row[first + 2] as number),
    payloadVersion: row[first + 3] as number,
    occurredAtMs: row[first + 4] as number,
    utcOffsetMin: row[first + 5] as number,
    measure1: row[first + 6] as number,
    measure2: row[first + 7] as number,
    measure3: row[first + 8] as number,
    moreMeasures: row[first + 9] as string | null,
    payload: unpackPayload(row[first + 10] as string | null),
    checksum: (row[first + 11] as number) >>> 0,
  }
}

export function streamOf(row: Answer): StreamRow {
  return { ...rowOf<StreamRow>(STREAMS, row), streamId: uuidText(row[1] as Buffer) }
}

export const videoOf = (row: Answer): VideoRow => rowOf(VIDEOS, row)

/** The profile's id, which is the first column, is in no answer. */
function rowOf<Row>({ columns }: LogTable, answer: Answer): Row {
  const row: Record<string, unknown> = {}
  for (let place = 1; place < columns.length; place++) row[(columns[place] as Column).field] = answer[place - 1]
  return row as Row
}

export function ledgerOf(row: Answer): LedgerRow {
  return {
    stream: row[0] as number,
    quarter: row[1] as number,
    utcOffsetMin: row[2] as number,
    measures: row.slice(3) as number[],
  }
}

/** `wanted` are the places of the measures that the row has; the others are 0. */
export function readModelRowOf(row: Answer, keyCount: number, wanted: readonly number[] | null): ReadModelRow {
  const key = row.slice(0, keyCount) as (string | number)[]
  if (wanted === null) return { key, measures: row.slice(keyCount) as number[] }
  const measures = zeroSums()
  for (const [index, place] of wanted.entries()) measures[place] = row[keyCount + index] as number
  return { key, measures }
}

export interface StoredHead {
  readonly profileId: number
  readonly head: Head
  /** Some sum of the profile is or was below 0. */
  readonly hasNegativeSums: boolean
}

export function headOf(row: Answer): StoredHead {
  return {
    profileId: row[0] as number,
    head: {
      revision: row[1] as number,
      position: row[2] as number,
      streamCount: row[3] as number,
      settings: readSettings(row[4] as string),
      projections: readFolded(row[5] as string),
    },
    hasNegativeSums: row[6] !== 0,
  }
}

export function uuidText(bytes: Buffer): string {
  const text = bytes.toString('hex')
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}
