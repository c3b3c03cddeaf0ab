// The checksum of one stream's ledger, kept in its row. It is linear, so a batch changes it by the checksum of what the
// batch adds, and the ledger need not be read. Each measure is multiplied by an odd weight of its place, and the products
// are added modulo 2^32. An odd weight has an inverse modulo 2^32, so a flipped bit below 2^32 always changes the sum.

import { MEASURE_COUNT } from '../events/measures.js'
import type { LedgerSums } from './fold.js'

export function ledgerChecksumOf({ quarter, utcOffsetMin, measures }: LedgerSums): number {
  const place = mix(Math.imul(quarter | 0, 0x9e3779b1) ^ Math.imul((utcOffsetMin + 2048) | 0, 0x85ebca6b))
  let sum = 0
  for (let index = 0; index < MEASURE_COUNT; index++) {
    const value = measures[index] as number
    // `| 0` takes the value modulo 2^32, negative ones too, so that sums of differences stay right.
    if (value !== 0) sum = (sum + Math.imul(value | 0, oddWeight(place, index))) | 0
  }
  return sum >>> 0
}

/** The checksum of a ledger after these entries were added to it. */
export function withEntries(ledgerChecksum: number, entries: Iterable<LedgerSums>): number {
  let sum = ledgerChecksum
  for (const entry of entries) sum = addChecksum(sum, ledgerChecksumOf(entry))
  return sum
}

/** Sums of checksums are kept modulo 2^32, so that a checksum can be subtracted again. */
export function addChecksum(left: number, right: number): number {
  return (left + right) >>> 0
}

function oddWeight(place: number, index: number): number {
  return mix(place + Math.imul(index + 1, 0x9e3779b1)) | 1
}

/** The finalizer of MurmurHash3 (public domain, Austin Appleby): each bit of the value changes about half of the result. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
