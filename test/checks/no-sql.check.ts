// SQL lives in adapters/ and nowhere else in the product: no string of src or projections reads like a statement.
// Strings are found by the TypeScript parser, so comments may speak of SQL.

import * as fs from 'node:fs'
import ts from 'typescript'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repositoryFiles } from './source-files.js'

const test = suite('no SQL outside adapters')

const STATEMENT = new RegExp(
  [
    '\\bselect\\b[\\s\\S]+\\bfrom\\s+[a-z_"`]+',
    '\\binsert\\s+(or\\s+\\w+\\s+|ignore\\s+)?into\\s+\\w',
    '\\bupdate\\s+\\w+\\s+set\\s+\\w+\\s*=',
    '\\bdelete\\s+from\\s+\\w+(\\s+where\\b|\\s*$)',
    '\\b(create|drop|alter)\\s+(unique\\s+|temp\\s+)?(table|index|view|trigger)\\b',
    '^\\s*pragma\\s+\\w',
    '^\\s*(begin|commit|rollback)(\\s+(immediate|exclusive|transaction))?\\s*;?\\s*$',
    '\\bon\\s+(conflict|duplicate\\s+key)\\b',
  ].join('|'),
  'i',
)

/** What `commit` means elsewhere: a word alone is not a statement unless it is handed to a database. */
const WORDS = new Set(['begin', 'commit', 'rollback'])

function statementsIn(fileName: string, text: string): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const literal =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)
    if (literal && !WORDS.has(node.text.trim().toLowerCase()) && STATEMENT.test(node.text)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest))
  return found
}

test('no string of src or projections is a statement', () => {
  const found = repositoryFiles((name) => /^(src|projections)\/.*\.ts$/.test(name)).flatMap((name) =>
    statementsIn(name, fs.readFileSync(name, 'utf8')).map((text) => `${name}: ${text}`),
  )
  assert.equal(found, [])
})

test('the search sees statements in adapters, in every kind of literal, and none in comments', () => {
  const found = repositoryFiles((name) => /^adapters\/sql.*\.ts$/.test(name)).flatMap((name) =>
    statementsIn(name, fs.readFileSync(name, 'utf8')),
  )
  assert.ok(found.length > 5, `only ${found.length} in adapters`)
  assert.is(statementsIn('a.ts', "const a = 'INSERT INTO t VALUES (1)'").length, 1)
  assert.is(statementsIn('b.ts', ['const b = `delete from f where g = $', '{h}`'].join('')).length, 1)
  assert.is(statementsIn('c.ts', "// select a from b\nlog.commit(); say('nothing was selected from it')").length, 0)
})

test.run()
