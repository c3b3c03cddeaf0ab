// The checksum of an event's content: FNV-1a, 32 bit, over 16-bit units, made once when the event is recorded and carried
// with it from then on. It finds a flipped bit, which SQLite itself does not, and tells a repeated event from another one
// under the same version. It is no defence against forgery. docs/reference/events.md gives the exact units.

import type { SparseMeasures } from './measures.js'
import { canonicalMeasures, MEASURE_INDEX, type MeasureName } from './measures.js'
import type { NewEvent } from './types.js'

/** Source of both: http://www.isthe.com/chongo/tech/comp/fnv/, the 32-bit parameters. */
export const OFFSET_BASIS = 0x811c9dc5 | 0
const PRIME = 0x01000193

/** Ends a text; no text that is hashed before another field holds NUL. */
const END_OF_TEXT = 0
/** Ends the measures; above every measure's index. */
const END_OF_MEASURES = 0xffff
const PAYLOAD_ABSENT = 0
const PAYLOAD_PRESENT = 1
const TWO_TO_32 = 4_294_967_296

/** Unsigned 32-bit. Measures count by name and value: their order, and zeros, change nothing. */
export function checksumOf(content: Omit<NewEvent, 'checksum'>): number {
  let hash = addText(OFFSET_BASIS, content.streamId)
  hash = addInt32(hash, content.version)
  hash = addText(hash, content.type)
  hash = addInt32(hash, content.payloadVersion)
  hash = addInteger(hash, content.occurredAtMs)
  hash = addInt32(hash, content.utcOffsetMin)
  hash = addMeasures(hash, content.measures)
  if (content.payload === null) return addUnit(hash, PAYLOAD_ABSENT) >>> 0
  return addText(addUnit(hash, PAYLOAD_PRESENT), content.payload) >>> 0
}

/** One step, a bijection of `hash` for any unit: so one changed unit always changes the result. */
export function addUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, PRIME)
}

/** Two's complement, low half first. */
function addInt32(hash: number, value: number): number {
  return addUnit(addUnit(hash, value & 0xffff), value >>> 16)
}

/** A safe integer, low half first. */
export function addInteger(hash: number, value: number): number {
  return addInt32(addInt32(hash, value % TWO_TO_32), Math.floor(value / TWO_TO_32))
}

/** By UTF-16 code units, which is how texts lie in memory: no bytes are made, and a kanji is one step instead of three. */
export function addText(start: number, text: string): number {
  let hash = start
  for (let index = 0; index < text.length; index++) hash = addUnit(hash, text.charCodeAt(index))
  return addUnit(hash, END_OF_TEXT)
}

/** Of each measure that is not 0, in the order of MEASURE_NAMES: its index, then its value. */
function addMeasures(start: number, measures: SparseMeasures): number {
  let hash = start
  let last = -1
  for (const name in measures) {
    const value = measures[name as MeasureName] ?? 0
    if (value === 0) continue
    const index = MEASURE_INDEX[name as MeasureName]
    if (index < last) return addMeasures(start, canonicalMeasures(measures))
    last = index
    hash = addInt32(addUnit(hash, index), value)
  }
  return addUnit(hash, END_OF_MEASURES)
}
