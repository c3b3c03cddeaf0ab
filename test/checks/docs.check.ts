// What the documents say is tried: links lead somewhere, TypeScript compiles against the package by its own name (and
// runs, where it is marked `ts run`), and shell lines call programs and scripts that exist.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brokenLinks, type CodeBlock, codeBlocks, documents } from './documents.js'
import { runTool } from './run-tool.js'

const test = suite('documents')

/** An example that takes longer waits for something. */
const EXAMPLE_TIMEOUT_MS = 60_000

test('every link of a document leads to a file and a heading that are there', () => {
  assert.equal(documents().flatMap(brokenLinks), [])
})

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

test('shell lines call scripts of the package, commands of the program and files that exist', () => {
  const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const lines = documents()
    .flatMap(codeBlocks)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ document, text }) => text.split('\n').map((line) => ({ document, line: line.replace(/\s+#.*$/, '') })))
  assert.ok(lines.length > 0, 'no line was looked at')
  const faults = lines.flatMap(({ document, line }) =>
    line.split(/\s*(?:&&|\||;)\s*/).flatMap((call) => {
      const fault = faultOf(call.trim(), scripts)
      return fault === null ? [] : [`${document}: \`${call.trim()}\` ${fault}`]
    }),
  )
  assert.equal(faults, [])
})

/** Programs of the system that the documents may call without more. */
const SYSTEM_PROGRAMS = new Set(['', 'git', 'cd', 'mpv', 'cp', 'sudo', 'apt-get', 'psql', 'mysql'])
const NPM_COMMANDS = new Set(['ci', 'test', 'install', 'link', 'i', 'pack'])

function faultOf(call: string, scripts: Readonly<Record<string, string>>): string | null {
  const words = call.split(/\s+/)
  const [program = '', first = '', second = ''] = words[0] === 'npx' ? words.slice(1) : words
  if (SYSTEM_PROGRAMS.has(program) || program.startsWith('#')) return null
  if (program === 'npm') {
    if (first === 'run') return scripts[second] === undefined ? 'is no script of package.json' : null
    return NPM_COMMANDS.has(first) ? null : 'is not known here'
  }
  if (program === 'node') return fs.existsSync(first) ? null : 'runs a file that is not there'
  if (program === 'immersion') return faultOfCommand(words.slice(words.indexOf('immersion') + 1))
  return 'calls a program that is not known here'
}

/** Asks the program itself: help for these words, which names every option used. */
function faultOfCommand(words: readonly string[]): string | null {
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? word)
  const firstOption = words.findIndex((word) => word.startsWith('-'))
  const commands = (firstOption < 0 ? words : words.slice(0, firstOption)).filter((word) => /^[a-z]+$/.test(word))
  let help = ''
  // `immersion --help`, `immersion stats --help`, …: options of the whole program count for its commands.
  for (let depth = 0; depth <= Math.min(commands.length, 2); depth++) {
    const asked = spawnSync(process.execPath, ['dist/src/cli/immersion.js', ...commands.slice(0, depth), '--help'], {
      encoding: 'utf8',
      timeout: EXAMPLE_TIMEOUT_MS,
    })
    if (asked.status !== 0) return `is refused: ${asked.stderr}`
    const next = commands[depth]
    if (next !== undefined && depth < 2 && !new RegExp(`\\b${next}\\b`).test(asked.stdout)) return `names no ${next}`
    help += asked.stdout
  }
  const unknown = options.find((option) => !help.includes(option))
  return unknown === undefined ? null : `has no ${unknown}`
}

test.run()
