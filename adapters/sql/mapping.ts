// Between the port's rows and the arrays that drivers bind and answer with. The order of values is that of the statements
// in adapters/sql/statements.ts. Arrays, because naming each column of each row costs more than the insert of it.

import { zeroSums } from '../../src/events/measures.js'
import type { EventType } from '../../src/events/types.js'
import type {
  EventRow,
  Head,
  LedgerRow,
  ReadModelRow,
  StreamKind,
  StreamRow,
  VideoRow,
} from '../../src/ports/event-log.js'
import type { SqlDialect } from './dialect.js'
import { packPayload, unpackPayload } from './payload-text.js'

export type Bind = string | number | null

/** Values of EVENT_COLUMNS. The checksum goes in signed: half of all would otherwise take six bytes instead of four. */
export function pushEvent(binds: Bind[], event: EventRow, typeId: number): void {
  binds.push(
    event.stream,
    event.version,
    typeId,
    event.payloadVersion,
    event.occurredAtMs,
    event.utcOffsetMin,
    event.measure1,
    event.measure2,
    event.measure3,
    event.moreMeasures,
    packPayload(event.payload),
    event.checksum | 0,
  )
}

/** The casts below are the one door between a driver's untyped rows and ours: the schema holds the types. */
export function eventOf(dialect: SqlDialect, row: readonly unknown[], typeOf: (typeId: number) => EventType): EventRow {
  const first = dialect.eventKey.columns.length
  return {
    position: dialect.eventKey.positionOf(row),
    stream: row[first] as number,
    version: row[first + 1] as number,
    type: typeOf(row[first + 2] as number),
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

/** Values of STREAM_VALUE_COLUMNS. */
export function pushStreamValues(binds: Bind[], row: StreamRow): void {
  binds.push(
    row.facts,
    row.coverage,
    row.firstAtMs,
    row.lastAtMs,
    row.heldCount,
    row.heldChecksum,
    row.countedChecksum,
    row.ledgerChecksum,
    row.rowChecksum,
    row.firstPosition,
    row.lastPosition,
    row.revision,
  )
}

export function streamOf(row: readonly unknown[]): StreamRow {
  return {
    stream: row[0] as number,
    streamId: uuidText(row[1] as Buffer),
    kind: row[2] as StreamKind,
    videoKey: row[3] as string | null,
    facts: row[4] as string,
    coverage: row[5] as string,
    firstAtMs: row[6] as number,
    lastAtMs: row[7] as number,
    heldCount: row[8] as number,
    heldChecksum: row[9] as number,
    countedChecksum: row[10] as number,
    ledgerChecksum: row[11] as number,
    rowChecksum: row[12] as number,
    firstPosition: row[13] as number,
    lastPosition: row[14] as number,
    revision: row[15] as number,
  }
}

export function ledgerOf(row: readonly unknown[]): LedgerRow {
  return {
    stream: row[0] as number,
    quarter: row[1] as number,
    utcOffsetMin: row[2] as number,
    measures: row.slice(3) as number[],
  }
}

/** `wanted` are the places of the measures that the row has; the others are 0. */
export function readModelRowOf(
  row: readonly unknown[],
  keyCount: number,
  wanted: readonly number[] | null,
): ReadModelRow {
  const key = row.slice(0, keyCount) as (string | number)[]
  if (wanted === null) return { key, measures: row.slice(keyCount) as number[] }
  const measures = zeroSums()
  for (const [index, place] of wanted.entries()) measures[place] = row[keyCount + index] as number
  return { key, measures }
}

export function videoOf(row: readonly unknown[]): VideoRow {
  return {
    videoKey: row[0] as string,
    facts: row[1] as string,
    firstSeenAtMs: row[2] as number,
    lastSeenAtMs: row[3] as number,
  }
}

export interface StoredHead {
  readonly profileId: number
  readonly head: Head
  /** Some sum of the profile is or was below 0. */
  readonly hasNegativeSums: boolean
}

export function headOf(row: readonly unknown[]): StoredHead {
  return {
    profileId: row[0] as number,
    head: {
      revision: row[1] as number,
      position: row[2] as number,
      streamCount: row[3] as number,
      settings: JSON.parse(row[4] as string) as Head['settings'],
      projections: JSON.parse(row[5] as string) as string[],
    },
    hasNegativeSums: row[6] !== 0,
  }
}

/** The sixteen bytes of a UUID. */
export function uuidBytes(streamId: string): Buffer {
  return Buffer.from(streamId.replaceAll('-', ''), 'hex')
}

function uuidText(bytes: Buffer): string {
  const text = bytes.toString('hex')
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}
