// The checksum of one stream's ledger, kept in its row: linear, so that a batch changes it by the checksum of what it
// adds, without reading the ledger. Each measure is multiplied by an odd weight of its place and all is added modulo
// 2^32; a flipped bit below 2^32 changes a product by an odd multiple of a power of two below 2^32, so it always shows.

import { MEASURE_COUNT } from '../events/measures.js'

export function ledgerChecksumOf(quarter: number, utcOffsetMin: number, measures: readonly number[]): number {
  const place = mix(Math.imul(quarter | 0, 0x9e3779b1) ^ Math.imul((utcOffsetMin + 2048) | 0, 0x85ebca6b))
  let sum = 0
  for (let index = 0; index < MEASURE_COUNT; index++) {
    const value = measures[index] as number
    // `| 0` takes the value modulo 2^32, negative ones too, so sums of deltas stay right.
    if (value !== 0) sum = (sum + Math.imul(value | 0, oddWeight(place, index))) | 0
  }
  return sum >>> 0
}

/** Sums of checksums are kept modulo 2^32, so that they can be taken off again. */
export function addChecksum(left: number, right: number): number {
  return (left + right) >>> 0
}

function oddWeight(place: number, index: number): number {
  return mix(place + Math.imul(index + 1, 0x9e3779b1)) | 1
}

/** The finalizer of MurmurHash3 (public domain, Austin Appleby): spreads each bit over all. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
