// What the documents say is tried: links lead to a file that ships with the package, source files that they name exist, and
// TypeScript compiles against the package by its own name (and runs, where it is marked `ts run`).

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brokenLinks, type CodeBlock, codeBlocks, documents, linkedFiles, missingFiles } from './documents.js'
import { runTool } from './run-tool.js'

const test = suite('documents')

/** An example that takes longer waits for something. */
const EXAMPLE_TIMEOUT_MS = 60_000

test('every link of a document leads to a file and a heading that are there', () => {
  assert.equal(documents().flatMap(brokenLinks), [])
})

test('every link of a document that ships leads to what ships', () => {
  const packed = packedFiles()
  const shipped = documents().filter((document) => packed.includes(document))
  assert.ok(shipped.length > 20, `only ${shipped.length} documents ship`)
  const lost = shipped.flatMap((document) =>
    linkedFiles(document).flatMap((file) => (packed.includes(file) ? [] : [`${document}: ${file} does not ship`])),
  )
  assert.equal(lost, [])
})

test('every source file that a document names exists', () => {
  assert.equal(documents().flatMap(missingFiles), [])
})

function packedFiles(): readonly string[] {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' })
  assert.is(packed.status, 0, packed.stderr)
  const [{ files }] = JSON.parse(packed.stdout) as [{ readonly files: readonly { readonly path: string }[] }]
  return files.map((file) => file.path)
}

test('every block of TypeScript compiles against the package, and those marked to run do', () => {
  const blocks = documents()
    .flatMap(codeBlocks)
    .filter(({ language }) => language === 'ts')
  assert.ok(blocks.length > 0, 'no block was looked at')
  // Below the repository, so that the package finds itself by its name.
  fs.mkdirSync('.tmp', { recursive: true })
  const folder = fs.mkdtempSync(path.join('.tmp', 'docs-'))
  try {
    const names = blocks.map((block) => writeBlock(folder, block))
    const settings = {
      extends: '../../tsconfig.json',
      compilerOptions: {
        rootDir: '.',
        outDir: 'out',
        incremental: false,
        tsBuildInfoFile: null,
        noUnusedLocals: false,
      },
      include: ['*.ts'],
    }
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const compiled = runTool('typescript', 'tsc', ['-p', folder])
    assert.is(compiled.code, 0, compiled.output)
    for (const [index, block] of blocks.entries()) {
      if (block.mark === 'run') runBlock(path.resolve(folder, 'out', `${names[index]}.js`), block)
    }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

/** A block marked `file=NAME` is a module that others import by that name. */
function writeBlock(folder: string, { document, line, mark, text }: CodeBlock): string {
  const named = /^file=(.+)$/.exec(mark)?.[1]
  const name = named ?? `${document.replace(/\.md$/, '').replaceAll('/', '-')}-line-${line}`
  fs.writeFileSync(path.join(folder, `${name}.ts`), `${text}\nexport {}\n`)
  return name
}

/** Where a block says what it prints (`// prints 1 2`), it has to print that and nothing else. */
function runBlock(file: string, { document, line, text }: CodeBlock): void {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-docs-'))
  try {
    const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home }
    const ended = spawnSync(process.execPath, [file], { cwd: home, env, encoding: 'utf8', timeout: EXAMPLE_TIMEOUT_MS })
    assert.is(ended.status, 0, `${document}:${line}\n${ended.stdout}${ended.stderr}`)
    const promised = [...text.matchAll(/^\s*\/\/ prints (.*)$/gm)].map((match) => `${match[1]}\n`)
    if (promised.length > 0) assert.is(ended.stdout, promised.join(''), `${document}:${line}`)
  } finally {
    fs.rmSync(home, { recursive: true })
  }
}

test.run()
