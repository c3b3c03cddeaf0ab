// Functions that fit on a screen: none of the product is longer than 80 lines, unless a comment that begins
// `// Long because` stands directly above it or in its first line. Nested functions count for those around them. The ten
// longest are printed.

import * as fs from 'node:fs'
import ts from 'typescript'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProductSource, repositoryFiles } from './source-files.js'

const test = suite('length of functions')

/** What an editor shows at once on a laptop, twice. */
const FUNCTION_MAX_LINES = 80
const SHOWN = 10

interface Length {
  /** `src/append/append.ts:46 createAppender`. */
  readonly name: string
  /** From the line of the body's brace to that of the closing one. */
  readonly lines: number
  readonly hasReason: boolean
}

function lengthsIn(fileName: string, text: string): readonly Length[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true)
  const textLines = text.split('\n')
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line
  const found: Length[] = []
  const visit = (node: ts.Node): void => {
    const body = bodyOf(node)
    if (body !== undefined) {
      const [first, from, last] = [lineOf(node.getStart()), lineOf(body.getStart()), lineOf(body.getEnd())]
      const hasReason = isReason(textLines[from + 1]) || isReason(textLines[from]) || hasReasonAbove(textLines, first)
      found.push({ name: `${fileName}:${first + 1} ${nameOf(node)}`, lines: last - from + 1, hasReason })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function bodyOf(node: ts.Node): ts.Node | undefined {
  return ts.isFunctionLike(node) && 'body' in node ? (node.body as ts.Node | undefined) : undefined
}

function nameOf(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const named = ts.isFunctionLike(node) && node.name !== undefined ? node.name : nameOfParent(node.parent)
  return named === undefined ? '(no name)' : named.getText()
}

function nameOfParent(parent: ts.Node): ts.Node | undefined {
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined
}

function isReason(line: string | undefined): boolean {
  return line !== undefined && /(^|\{\s*)\/\/ Long because \S/.test(line.trim())
}

/** In the comments that stand directly above a line. */
function hasReasonAbove(lines: readonly string[], line: number): boolean {
  for (let above = line - 1; above >= 0 && /^\s*(\/\/|\/?\*)/.test(lines[above] ?? ''); above--) {
    if (isReason(lines[above])) return true
  }
  return false
}

test(`no function of the product is longer than ${FUNCTION_MAX_LINES} lines without a reason`, () => {
  const lengths = repositoryFiles(isProductSource).flatMap((name) => lengthsIn(name, fs.readFileSync(name, 'utf8')))
  assert.ok(lengths.length > 1000, `only ${lengths.length} functions were looked at`)
  const longest = lengths.toSorted((one, other) => other.lines - one.lines)
  console.log()
  for (const { name, lines } of longest.slice(0, SHOWN)) console.log(`${lines} lines: ${name}`)
  assert.equal(
    longest.filter(({ lines, hasReason }) => lines > FUNCTION_MAX_LINES && !hasReason).map(({ name }) => name),
    [],
  )
})

test('a long function is found, and its reason where it stands', () => {
  const body = `${'  call()\n'.repeat(FUNCTION_MAX_LINES - 1)}`
  const texts = [
    `function long() {\n${body}}`,
    `// Long because it is a table.\nfunction long() {\n${body}}`,
    `export const long = () => {\n  // Long because it is a table.\n${body}}`,
    `class A {\n  // It has a reason.\n  long() {\n${body}}\n}`,
    `// Long because it is another's.\n\nfunction long() {\n${body}}`,
    'const short = (value: number) => value\n',
  ]
  const lengths = texts.flatMap((text) => lengthsIn('a.ts', text))
  assert.equal(
    lengths.map(({ lines }) => lines),
    [81, 81, 82, 81, 81, 1],
  )
  assert.equal(
    lengths.map(({ hasReason }) => hasReason),
    [false, true, true, false, false, false],
  )
  assert.equal(
    lengths.map(({ name }) => name.split(' ')[1]),
    ['long', 'long', 'long', 'long', 'long', 'short'],
  )
})

test.run()
