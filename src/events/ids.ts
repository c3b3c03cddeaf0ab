// Ids of streams: UUID version 7 for tracked streams (in the order of creation, so that a listing by id is a listing by
// time), version 8 from a SHA-256 for imported ones (the same import gives the same ids). Always lower case.

import { createHash, randomBytes } from 'node:crypto'

/** The 12 bits after the timestamp count ids of one millisecond (RFC 9562, 6.2, method 1). */
const COUNTER_MAX = 0xfff
/** A fresh millisecond starts in the lower half, so that at least 2,048 ids fit before the clock is borrowed from. */
const COUNTER_START_MAX = 0x7ff
const RANDOM_BYTES = 10

let lastMs = -1
let lastCounter = 0

/** Greater than every id before, also when the clock jumps back. A full counter runs ahead by a millisecond. */
export function uuidV7(nowMs: number, random: (byteCount: number) => Uint8Array = randomBytes): string {
  const bytes = Buffer.from(random(RANDOM_BYTES))
  if (nowMs > lastMs) {
    lastMs = nowMs
    lastCounter = bytes.readUInt16BE(0) & COUNTER_START_MAX
  } else if (lastCounter < COUNTER_MAX) {
    lastCounter++
  } else {
    lastMs++
    lastCounter = 0
  }
  const id = Buffer.alloc(16)
  id.writeUIntBE(lastMs, 0, 6)
  id.writeUInt16BE(lastCounter, 6)
  bytes.copy(id, 8, 2)
  return uuidText(id, 7)
}

/** The same text gives the same id, everywhere. */
export function uuidV8FromSha256(text: string): string {
  return uuidText(createHash('sha256').update(text, 'utf8').digest().subarray(0, 16), 8)
}

/** In lower-case hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** As bytes; ids are lower-case hexadecimal, so comparing the texts is that. */
export function compareStreamIds(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function uuidText(id: Buffer, version: 7 | 8): string {
  id[6] = (version << 4) | ((id[6] ?? 0) & 0x0f)
  id[8] = 0x80 | ((id[8] ?? 0) & 0x3f)
  const hex = id.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
