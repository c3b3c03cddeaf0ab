// Payload texts in the column: shorter where they have the usual frame, and the same again when they are read.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packPayload, unpackPayload } from '../../adapters/sql/payload-text.js'

const test = suite('payload texts in a column')

test('the usual payload loses its frame', () => {
  assert.is(packPayload('{"json":{"text":"あ"}}'), '"text":"あ"')
  assert.is(unpackPayload('"text":"あ"'), '{"json":{"text":"あ"}}')
})

test('a payload without fields, none at all, and one with dates are told apart', () => {
  const texts = ['{"json":{}}', null, '', '{}', '{"json":{"at":"x"},"meta":{"values":{"at":["Date"]}}}', '{"json":{"}}']
  for (const text of texts) assert.is(unpackPayload(packPayload(text)), text)
  assert.is(new Set(texts.map(packPayload)).size, texts.length)
})

test('every text is read as it was written', () => {
  const part = fc.constantFrom('{"json":{', '{', '}', '}}', '"', '=', '"a":1', '"meta":', '犬', ' ')
  const text = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  )
  fc.assert(fc.property(text, (written) => unpackPayload(packPayload(written)) === written))
})

test.run()
