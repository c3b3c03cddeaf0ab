// Finds the compiled test files, and reports a source that was not compiled, a compiled file whose source is gone (it would
// pass for ever), and a pattern that matches nothing. Called by test/run.ts.

import * as fs from 'node:fs'
import * as path from 'node:path'

/** A `test` runs everywhere, a `check` reads the sources, and a `trial` installs other versions of Node. */
export type FileKind = 'test' | 'check' | 'trial'

export interface TestFile {
  /** Path of the source from the root, with `/`. */
  readonly name: string
  /** Absolute path of the compiled file. */
  readonly compiled: string
}

export function findFiles(options: {
  readonly root: string
  readonly kind: FileKind
  /** Parts of names; none means all files. Each must match a file. */
  readonly patterns: readonly string[]
}): { readonly files: readonly TestFile[]; readonly problems: readonly string[] } {
  const { root, kind, patterns } = options
  const sources = new Set(namesIn(path.join(root, 'test'), `.${kind}.ts`))
  const compiled = new Set(namesIn(path.join(root, 'dist', 'test'), `.${kind}.js`))
  const problems: string[] = []
  for (const name of sources) if (!compiled.has(name)) problems.push(`test/${name}.${kind}.ts was not compiled`)
  for (const name of compiled) {
    if (!sources.has(name)) problems.push(`dist/test/${name}.${kind}.js has no source any more: npm run clean`)
  }
  const files = [...sources]
    .filter((name) => compiled.has(name))
    .sort()
    .map((name) => ({
      name: `test/${name}.${kind}.ts`,
      compiled: path.join(root, 'dist', 'test', `${name}.${kind}.js`),
    }))
  for (const pattern of patterns) {
    if (!files.some((file) => file.name.includes(pattern))) problems.push(`no file matches ${pattern}`)
  }
  if (files.length === 0) problems.push(`there is no *.${kind}.ts`)
  const wanted = (file: TestFile) => patterns.length === 0 || patterns.some((pattern) => file.name.includes(pattern))
  return { files: files.filter(wanted), problems }
}

/** Names below a folder without their ending, with `/`. A missing folder has none. */
function namesIn(folder: string, ending: string): readonly string[] {
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length).replaceAll(path.sep, '/'))
}
