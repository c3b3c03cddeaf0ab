// What comments name is there: a file by its path from the root, by the end of its path where only one file ends so, or
// by its name alone where the same folder has it.

import * as fs from 'node:fs'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commentsOf } from './comments.js'
import { repositoryFiles } from './source-files.js'

const test = suite('file names in comments')

/** A path from the root, to a file or a folder. `docs/decisions/0012` stands for the decision of that number. */
const ROOTED = /(?<![\w./*-])(?:src|adapters|projections|test|bench|docs)\/[\w./-]*\w/g
/** A file by its name, or by the last parts of its path. */
const NAMED = /(?<![\w./*-])(?:[\w.-]+\/)*[\w-][\w.-]*\.(?:ts|cjs|md)\b/g

function missingIn(fileName: string, text: string, files: readonly string[]): readonly string[] {
  // Most files name no other, and parsing is what takes time.
  if (text.search(ROOTED) < 0 && text.search(NAMED) < 0) return []
  return commentsOf(fileName, text).flatMap(({ line, text: comment }) => {
    const rooted = [...comment.matchAll(ROOTED)].map(([mention]) => mention)
    const named = [...comment.matchAll(NAMED)].map(([mention]) => mention).filter((name) => !rooted.includes(name))
    const missing = [
      ...rooted.filter((mention) => !isThere(mention, files)),
      ...named.filter((mention) => !isFound(mention, path.posix.dirname(fileName), files)),
    ]
    return missing.map((mention) => `${fileName}:${line} names ${mention}`)
  })
}

function isThere(mention: string, files: readonly string[]): boolean {
  if (/^docs\/decisions\/\d{4}$/.test(mention)) return files.some((file) => file.startsWith(`${mention}-`))
  return files.some((file) => file === mention || file.startsWith(`${mention}/`))
}

function isFound(mention: string, folder: string, files: readonly string[]): boolean {
  if (files.includes(mention) || files.includes(path.posix.join(folder, mention))) return true
  return files.filter((file) => file.endsWith(`/${mention}`)).length === 1
}

test('every file that a comment names is there, and only one is meant', () => {
  const files = repositoryFiles(() => true)
  const sources = files.filter((name) => /\.(ts|cjs)$/.test(name))
  assert.ok(sources.length > 300, `only ${sources.length} files were looked at`)
  assert.equal(
    sources.flatMap((name) => missingIn(name, fs.readFileSync(name, 'utf8'), files)),
    [],
  )
})

test('a comment that names a file that is gone, or one of two files, is found', () => {
  const files = ['src/a/one.ts', 'src/a/two.ts', 'src/b/two.ts', 'docs/decisions/0001-why.md', 'src/c/x/deep.ts']
  const right = [
    '// one.ts',
    '// a/two.ts',
    '// src/b',
    '/* docs/decisions/0001 */',
    '// x/deep.ts: see one.ts.',
    '// Node.js',
  ]
  assert.equal(missingIn('src/c/three.ts', right.join('\n'), files), [])
  assert.equal(missingIn('src/b/three.ts', '// two.ts', files), [])
  const wrong = ['// two.ts', '// src/d', '/** see gone.ts */', 'const a = `// fine.ts`', '// docs/decisions/0002']
  assert.equal(missingIn('src/c/three.ts', wrong.join('\n'), files), [
    'src/c/three.ts:1 names two.ts',
    'src/c/three.ts:2 names src/d',
    'src/c/three.ts:3 names gone.ts',
    'src/c/three.ts:5 names docs/decisions/0002',
  ])
})

test.run()
