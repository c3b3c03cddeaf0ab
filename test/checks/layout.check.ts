// How the tree and its files look: the fixed top level, names that say something, a first comment in every file, files
// that fit in a head, and nothing of a machine or a registry in what is committed.

import * as fs from 'node:fs'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProductSource, repositoryFiles } from './source-files.js'

const test = suite('layout')

const TOP_LEVEL = new Set([
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md'],
  ...['src', 'projections', 'adapters', 'test', 'bench', 'docs'],
])
const FILE_MAX_LINES = 300
/** A list of cases may be longer than code, because nobody reads all of it. */
const TEST_FILE_MAX_LINES = 500
/** Longer ones, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'src/ports/analytics-types.ts': 'every query and its answer, types only: one page to look up',
  'src/tracker/session.ts': 'one class: every call of a session reads and changes the same few fields',
}

test('the top level holds what it should and dot files', () => {
  const others = repositoryFiles(() => true)
    .map((name) => name.split('/')[0] ?? '')
    .filter((top) => !top.startsWith('.') && !TOP_LEVEL.has(top))
  assert.equal([...new Set(others)], [])
})

test('no file is named for what it is not: index, utils, helpers, manager, service', () => {
  const vague = repositoryFiles((name) => name.endsWith('.ts')).filter((name) =>
    /^(index|.*(util|helper|manager|service)s?)$/i.test(path.basename(name).replace(/\..*$/, '')),
  )
  assert.equal(vague, [])
})

test('every source file opens with a comment and fits in a head', () => {
  const faults = repositoryFiles((name) => /^(src|projections|adapters|test|bench)\/.*\.ts$/.test(name)).flatMap(
    (name) => {
      const text = fs.readFileSync(name, 'utf8')
      const lines = text.trimEnd().split('\n').length
      return [
        ...(/^(#!.*\n\n?)?(\/\/|\/\*)/.test(text) ? [] : [`${name} does not open with a comment`]),
        ...(lines > (name.startsWith('test/') ? TEST_FILE_MAX_LINES : FILE_MAX_LINES) && LONG_FILES[name] === undefined
          ? [`${name} has ${lines} lines`]
          : []),
      ]
    },
  )
  assert.equal(faults, [])
})

test('a file with a reason to be long is long', () => {
  const short = Object.keys(LONG_FILES).filter(
    (name) => !fs.existsSync(name) || fs.readFileSync(name, 'utf8').trimEnd().split('\n').length <= FILE_MAX_LINES,
  )
  assert.equal(short, [])
})

test('the product holds no unfinished marks', () => {
  const marks = repositoryFiles(isProductSource).filter((name) =>
    /\b(TODO|FIXME|XXX|HACK)\b/.test(fs.readFileSync(name, 'utf8')),
  )
  assert.equal(marks, [])
})

test('nothing that is committed names a machine, a registry or a secret', () => {
  const PRIVATE: Readonly<Record<string, RegExp>> = {
    'a home folder': /\/(home|Users)\/(?!you\b|me\b|learner\b|user\b)[a-z][\w.-]*\/|\/root\/[\w.]/,
    'a working folder': /(?<![\w.~-])\/(work|tmp\/wt)\/\w/,
    'a registry': /https?:\/\/[^\s"'/]*(registry|artifactory|nexus|verdaccio)[^\s"'/]*/i,
    'a resolved address': /^\s*"resolved":\s*"https?:/m,
    'a key': /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bnpm_[A-Za-z0-9]{36}\b|\bgh[ps]_[A-Za-z0-9]{36}\b/,
  }
  const found = repositoryFiles((name) => !/\.(png|jpg|ico|woff2|mkv|sqlite)$/.test(name)).flatMap((name) => {
    const text = fs.readFileSync(name, 'utf8')
    return Object.entries(PRIVATE).flatMap(([what, pattern]) => {
      const hit = pattern.exec(text)
      return hit === null || name === 'test/checks/layout.check.ts' ? [] : [`${name} names ${what}: ${hit[0]}`]
    })
  })
  assert.equal(found, [])
})

test.run()
