// docs/reference/events.md against the tables that the program works by: every type, field, measure, cap and version is in it.

import * as fs from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { payloadVersionOf } from '../../src/events/codec.js'
import { BACKEND_DEFAULTS } from '../../src/events/defaults.js'
import { END_REASONS, entryOfType } from '../../src/events/event-types.js'
import { MEASURE_NAMES } from '../../src/events/measures.js'
import { PAYLOAD_FIELDS } from '../../src/events/payload-check.js'
import { isBuiltInType } from '../../src/events/types.js'

const test = suite('documentation of events')

const text = fs.readFileSync('docs/reference/events.md', 'utf8')
const types = [...PAYLOAD_FIELDS.keys()]

test('every built-in type and each field of its payload is named', () => {
  assert.ok(types.length >= 18 && types.every(isBuiltInType))
  const fields = [...PAYLOAD_FIELDS.values()].flatMap((each) => [...each.keys()])
  const unnamed = [...types, ...fields, ...END_REASONS].filter((name) => !text.includes(`\`${name}`))
  assert.equal(unnamed, [])
})

test('every measure is named, in its order', () => {
  const table = text.slice(text.indexOf('## Measures'), text.indexOf('## Chars and words'))
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1]))
  assert.equal(named, [...MEASURE_NAMES])
})

test('the order in which free text is cut is the one that is worked by', () => {
  for (const type of types) {
    const order = entryOfType(type)?.cut ?? []
    const row = `| \`${type}\` | ${order.map((field) => `\`${field}\``).join(', ')} |`
    if (order.length > 0) assert.ok(text.includes(row), row)
  }
})

test('caps and versions are those that are worked by', () => {
  assert.ok(text.includes(`at most ${BACKEND_DEFAULTS.payloadMaxBytes} bytes of UTF-8`))
  assert.ok(text.includes(`that of a fact ${BACKEND_DEFAULTS.factPayloadMaxBytes.toLocaleString('en')}`))
  for (const type of types) {
    const version = payloadVersionOf(type)
    if (version > 1) assert.ok(text.includes(`| \`${type}\` | ${version}, current |`), type)
  }
})

test.run()
