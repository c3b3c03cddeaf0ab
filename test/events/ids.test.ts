// Ids of streams: their form, their order, and that imports repeat them.

import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareStreamIds, uuidV7, uuidV8FromSha256 } from '../../src/events/ids.js'

const test = suite('ids')

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const UUID_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function millisecondsOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}

test('a tracked id is a lower-case UUID version 7 that begins with its millisecond', () => {
  const nowMs = Date.UTC(2030, 0, 1)
  const id = uuidV7(nowMs)
  assert.match(id, UUID_7)
  assert.is(millisecondsOf(id), nowMs)
})

test('ids of one process ascend: within a millisecond, past a full counter, and when the clock jumps back', () => {
  const nowMs = Date.UTC(2031, 0, 1)
  let last = uuidV7(nowMs)
  for (let made = 0; made < 20_000; made++) {
    const next = uuidV7(made % 3 === 0 ? nowMs - 86_400_000 : nowMs)
    assert.match(next, UUID_7)
    assert.ok(compareStreamIds(last, next) < 0, `${last} then ${next}`)
    last = next
  }
  assert.ok(millisecondsOf(last) - nowMs < 20, 'the timestamp runs ahead by milliseconds only')
  const later = uuidV7(nowMs + 60_000)
  assert.is(millisecondsOf(later), nowMs + 60_000)
})

test('the random part is the one that was given', () => {
  const id = uuidV7(Date.UTC(2032, 0, 1), (byteCount) => new Uint8Array(byteCount).fill(0xff))
  assert.is(id.slice(14), '77ff-bfff-ffffffffffff')
})

test('an imported id is version 8 made of the SHA-256, the same each time', () => {
  const id = uuidV8FromSha256('imm_sessions:17')
  const hash = createHash('sha256').update('imm_sessions:17').digest('hex')
  assert.match(id, UUID_8)
  assert.is(id, uuidV8FromSha256('imm_sessions:17'))
  assert.is.not(id, uuidV8FromSha256('imm_sessions:18'))
  const hex = id.replaceAll('-', '')
  assert.is(hex.slice(0, 12), hash.slice(0, 12))
  assert.is(hex.slice(13, 16), hash.slice(13, 16))
  assert.is(hex.slice(17), hash.slice(17, 32))
})

test('ids compare as their bytes do', () => {
  const ids = Array.from({ length: 200 }, (_, index) => uuidV8FromSha256(String(index)))
  const byBytes = ids
    .map((id) => Buffer.from(id))
    .sort(Buffer.compare)
    .map((bytes) => bytes.toString())
  assert.equal([...ids].sort(compareStreamIds), byBytes)
  assert.is(compareStreamIds(ids[0] ?? '', ids[0] ?? ''), 0)
})

test.run()
