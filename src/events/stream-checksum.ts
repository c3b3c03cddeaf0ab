// The checksum of a stream's row: over every field that does not depend on which events are still held. src/ledger keeps it
// with each row, verify checks it, and a migration computes it for rows that have none. It is the sum of one checksum per
// field, modulo 2^32, so that a change of a field changes it by a difference. Damage to another field stays visible then.

import { addInteger, addText, addUnit, OFFSET_BASIS } from './checksum.js'
import type { StreamRow } from './rows.js'

/** The place of a field in this list is part of its checksum: two fields that trade their values change the sum. */
const FIELDS = [
  'streamId',
  'kind',
  'videoKey',
  'facts',
  'coverage',
  'firstAtMs',
  'lastAtMs',
  'countedChecksum',
  'ledgerChecksum',
] as const

export type CheckedStream = Pick<StreamRow, (typeof FIELDS)[number]>

/** Unsigned 32-bit. */
export function streamChecksumOf(row: CheckedStream): number {
  let sum = 0
  for (let place = 0; place < FIELDS.length; place++) sum = (sum + fieldChecksum(row, place)) | 0
  return sum >>> 0
}

/** The checksum of a row after some of its fields have changed. Fields that stay cost nothing, however long they are. */
export function streamChecksumAfter(before: StreamRow, after: CheckedStream): number {
  let sum = before.rowChecksum
  for (const [place, field] of FIELDS.entries()) {
    if (before[field] !== after[field]) sum = (sum + fieldChecksum(after, place) - fieldChecksum(before, place)) | 0
  }
  return sum >>> 0
}

function fieldChecksum(row: CheckedStream, place: number): number {
  const value = row[FIELDS[place] as (typeof FIELDS)[number]]
  const hash = addUnit(OFFSET_BASIS, place)
  if (value === null) return hash
  return typeof value === 'number' ? addInteger(hash, value) : addText(hash, value)
}
