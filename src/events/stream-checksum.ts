// The checksum of a stream's row: over every field that does not depend on which events are still held. src/ledger keeps it
// with each row, verify checks it, and a migration computes it for rows that have none. It is the sum of one checksum per
// field, modulo 2^32, so that a change of a field changes it by a difference. Damage to another field stays visible then.

import { addInteger, addText, addUnit, OFFSET_BASIS } from './checksum.js'
import type { StreamRow } from './rows.js'

export type CheckedStream = Pick<
  StreamRow,
  | 'streamId'
  | 'kind'
  | 'videoKey'
  | 'facts'
  | 'coverage'
  | 'firstAtMs'
  | 'lastAtMs'
  | 'countedChecksum'
  | 'ledgerChecksum'
>

/** Unsigned 32-bit. The place of a field is part of its checksum, so two fields that trade their values change the sum. */
export function streamChecksumOf(row: CheckedStream): number {
  const texts = ofText(0, row.streamId) + ofText(1, row.kind) + ofText(2, row.videoKey) + ofText(3, row.facts)
  const moments = ofInteger(5, row.firstAtMs) + ofInteger(6, row.lastAtMs)
  const checksums = ofInteger(7, row.countedChecksum) + ofInteger(8, row.ledgerChecksum)
  return (texts + ofText(4, row.coverage) + moments + checksums) >>> 0
}

/**
 * The checksum of a row after some of its fields have changed. Fields that stay cost nothing, however long they are. It is
 * written field by field, because a loop over names takes several times as long, for each stream of each batch.
 */
export function streamChecksumAfter(before: StreamRow, after: CheckedStream): number {
  let sum = before.rowChecksum
  if (before.streamId !== after.streamId) sum += ofText(0, after.streamId) - ofText(0, before.streamId)
  if (before.kind !== after.kind) sum += ofText(1, after.kind) - ofText(1, before.kind)
  if (before.videoKey !== after.videoKey) sum += ofText(2, after.videoKey) - ofText(2, before.videoKey)
  if (before.facts !== after.facts) sum += ofText(3, after.facts) - ofText(3, before.facts)
  if (before.coverage !== after.coverage) sum += ofText(4, after.coverage) - ofText(4, before.coverage)
  if (before.firstAtMs !== after.firstAtMs) sum += ofInteger(5, after.firstAtMs) - ofInteger(5, before.firstAtMs)
  if (before.lastAtMs !== after.lastAtMs) sum += ofInteger(6, after.lastAtMs) - ofInteger(6, before.lastAtMs)
  sum += ofInteger(7, after.countedChecksum) - ofInteger(7, before.countedChecksum)
  sum += ofInteger(8, after.ledgerChecksum) - ofInteger(8, before.ledgerChecksum)
  return sum >>> 0
}

function ofText(place: number, value: string | null): number {
  const hash = addUnit(OFFSET_BASIS, place)
  return value === null ? hash : addText(hash, value)
}

function ofInteger(place: number, value: number): number {
  return addInteger(addUnit(OFFSET_BASIS, place), value)
}
