// One vocabulary: words that only this project used for something are not in its documents, nor in the comments, messages
// and names of the product. Each has the field's word beside it. An exception is exact and has a reason.

import * as fs from 'node:fs'
import ts from 'typescript'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commentsOf } from './comments.js'
import { documents } from './documents.js'
import { isProductSource, repositoryFiles } from './source-files.js'

const test = suite('words')

/** A private word, and the word of the field. */
const WORDS: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bdoors?\b/i, 'entry point, validation'],
  [/\banew\b/i, 'again'],
  [/\baffairs?\b/i, 'concern, job'],
  [/\bsittings?\b/i, 'session'],
  [/\b(un)?settl(e|es|ed|ing)\b/i, 'apply, resolve, finish'],
  [/\bmend(s|ed|ing|able)?\b/i, 'repair'],
  [/\btold\b/i, 'given, reported'],
  [/\bwhole\b/i, 'complete'],
  [/\b(is|are|was|were|be|been) asked for\b/i, 'queried, requested, required'],
  [/\bfor ever\b/i, 'forever'],
  [/\bcommands? of (the|a) learner\b|\blearner['’]s commands?\b/i, 'correction'],
  [/\bquestions? (is|are) asked\b|\basks? (the )?questions?\b/i, 'query'],
]

/** In which file which text may stay, and why. */
const EXCEPTIONS: readonly (readonly [file: RegExp, text: RegExp, reason: string])[] = [
  [
    /^(src\/events\/.*\.ts|docs\/reference\/events\.md)$/,
    /`?mended(: true)?`?/,
    'a mark in stored payloads, whose name is frozen',
  ],
  [/\.ts$/, /\ball Settled\b|\ballSettled\b/, 'a method of Promise'],
  [/./, /\bwhole (number|minute|second|millisecond|hour|day|ms|below)s?\b/i, 'an integer is a whole number'],
]

interface Piece {
  readonly line: number
  readonly text: string
}

/** Comments, strings and names, each name as its words. */
function piecesOf(fileName: string, text: string): readonly Piece[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest)
  const pieces: Piece[] = [...commentsOf(fileName, text)]
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)
    if (isText || ts.isIdentifier(node)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
      pieces.push({ line, text: isText ? node.text : wordsOf(node.text) })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return pieces
}

/** `settledAt` is `settled At`. */
function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll('_', ' ')
}

function faultsIn(fileName: string, pieces: readonly Piece[]): readonly string[] {
  const faults = pieces.flatMap(({ line, text }) => {
    const plain = EXCEPTIONS.filter(([file]) => file.test(fileName)).reduce(
      (rest, [, allowed]) => rest.replace(new RegExp(allowed, `g${allowed.flags}`), ''),
      text,
    )
    return WORDS.flatMap(([word, instead]) => {
      const found = word.exec(plain)
      return found === null ? [] : [`${fileName}:${line} says ${found[0]}; say ${instead}`]
    })
  })
  return [...new Set(faults)]
}

function linesOf(document: string): readonly Piece[] {
  return fs
    .readFileSync(document, 'utf8')
    .split('\n')
    .map((text, index) => ({ line: index + 1, text }))
}

test('the documents use the words of the field', () => {
  assert.equal(
    documents().flatMap((document) => faultsIn(document, linesOf(document))),
    [],
  )
})

test('comments, messages and names of the product use the words of the field', () => {
  const files = repositoryFiles(isProductSource)
  assert.ok(files.length > 200, `only ${files.length} files were looked at`)
  assert.equal(
    files.flatMap((file) => faultsIn(file, piecesOf(file, fs.readFileSync(file, 'utf8')))),
    [],
  )
})

test('a private word is found in a comment, a message and a name', () => {
  const text = '// the door\nconst settledAt = `an affair`\nsay("it was mended")\nconst whole = 1 // a whole number\n'
  assert.is(faultsIn('a.ts', piecesOf('a.ts', text)).length, 5)
  assert.equal(faultsIn('docs/reference/events.md', [{ line: 1, text: 'marked `mended: true`, the outdoors' }]), [])
})

test.run()
