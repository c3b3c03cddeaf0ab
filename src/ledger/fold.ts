// Events → sums by quarter hour: the ledger of a stream. Append folds what a batch adds, rebuild and verify fold all events,
// so that they agree by construction. grouping.ts is the second step, ledger entries → rows of read models. Pure.

import { decodePayload } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import { addSums, isZero, type MeasureSums, negated, zeroSums } from '../events/measures.js'
import type { LedgerRow } from '../events/rows.js'
import type { NewEvent } from '../events/types.js'
import type { Coverage } from './coverage.js'
import { countedMoment, type StreamFacts } from './facts.js'

/** A stream's sums of one quarter hour at one offset of the learner's clock. */
export type LedgerSums = Omit<LedgerRow, 'stream'>

/** Sums that are being added to. */
export interface OpenLedgerSums extends LedgerSums {
  readonly measures: MeasureSums
}

/** Events of one stream, folded. Append adds the new events of a batch, refold all that are held. */
export interface FoldedEvents {
  readonly coverage: Coverage
  facts: StreamFacts
  readonly entries: OpenLedgerSums[]
  /** Number of the events, and the sum of their checksums. */
  count: number
  checksum: number
  firstAtMs: number
  lastAtMs: number
  /** Positions of the first and the last event. */
  firstPosition: number
  lastPosition: number
}

/** The entry of this place; a new one of zeros where there is none. Tries the last first, because a stream moves in time. */
export function entryOf(entries: OpenLedgerSums[], quarter: number, utcOffsetMin: number): OpenLedgerSums {
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index] as OpenLedgerSums
    if (entry.quarter === quarter && entry.utcOffsetMin === utcOffsetMin) return entry
  }
  const entry = { quarter, utcOffsetMin, measures: zeroSums() }
  entries.push(entry)
  return entry
}

/** The moment in whose quarter hour an event's measures count. With an unreadable payload it is when the event happened. */
export function countedAtMs(event: Pick<NewEvent, 'type' | 'occurredAtMs' | 'payloadVersion' | 'payload'>): number {
  if (event.type !== 'session.adjusted') return event.occurredAtMs
  try {
    return countedMoment(decodePayload(event.type, event.payloadVersion, event.payload), event.occurredAtMs)
  } catch (error) {
    if (error instanceof ImmersionError) return event.occurredAtMs
    throw error
  }
}

/** Sums of entries of one stream, added or subtracted: ascending by (quarter, utcOffsetMin), without entries of zeros. */
export function sumEntries(
  ...parts: readonly (readonly [sign: 1 | -1, entries: readonly LedgerSums[]])[]
): readonly LedgerSums[] {
  const sums: OpenLedgerSums[] = []
  for (const [sign, entries] of parts) {
    for (const { quarter, utcOffsetMin, measures } of entries) {
      addSums(entryOf(sums, quarter, utcOffsetMin).measures, measures, sign)
    }
  }
  return sums
    .filter(({ measures }) => !isZero(measures))
    .sort((left, right) => left.quarter - right.quarter || left.utcOffsetMin - right.utcOffsetMin)
}

/** Entries as rows of the ledger. A row of zeros does not exist. */
export function ledgerRowsOf(stream: number, entries: readonly LedgerSums[]): LedgerRow[] {
  const rows: LedgerRow[] = []
  for (const { quarter, utcOffsetMin, measures } of entries) {
    if (!isZero(measures)) rows.push({ stream, quarter, utcOffsetMin, measures })
  }
  return rows
}

/** The entry that cancels this one when added. */
export function negatedEntry(entry: LedgerRow): LedgerRow {
  return { ...entry, measures: negated(entry.measures) }
}

export function ledgerByStream(ledger: Iterable<LedgerRow>): Map<number, LedgerRow[]> {
  const byStream = new Map<number, LedgerRow[]>()
  for (const entry of ledger) {
    const entries = byStream.get(entry.stream)
    if (entries === undefined) byStream.set(entry.stream, [entry])
    else entries.push(entry)
  }
  return byStream
}
