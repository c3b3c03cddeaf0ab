// Shell lines of the documents: they call scripts of the package, programs that are known here, and commands of `immersion`
// with options that it has; blocks marked `sh run` are run, line by line, in a home of their own.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import type { Command, Option } from 'commander'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgram } from '../../src/cli/program.js'
import { type CodeBlock, codeBlocks, documents } from './documents.js'

const test = suite('shell lines of the documents')

/** A command that takes longer waits for something. */
const COMMAND_TIMEOUT_MS = 60_000
const PROGRAM = path.resolve('dist/src/cli/immersion.js')

function shellBlocks(): readonly CodeBlock[] {
  return documents()
    .flatMap(codeBlocks)
    .filter(({ language }) => language === 'sh')
}

test('shell lines call scripts, programs, commands and options that exist', () => {
  const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const blocks = shellBlocks()
  assert.ok(blocks.length > 10, `only ${blocks.length} blocks were looked at`)
  const faults = blocks.flatMap(({ document, text }) =>
    callsOf(text).flatMap((call) => {
      const fault = faultOf(call, scripts)
      return fault === null ? [] : [`${document}: \`${call}\` ${fault}`]
    }),
  )
  assert.equal(faults, [])
})

test('a command or an option that does not exist is found', () => {
  const fault = (call: string) => faultOf(call, { build: 'tsc' })
  for (const call of ['npx immersion --db a.sqlite stats sessions --limit 3', 'immersion commands', 'npm run build']) {
    assert.is(fault(call), null, call)
  }
  for (const call of ['npx immersion statistics', 'npx immersion stats --everything', 'npm run biuld', 'make']) {
    assert.ok(fault(call), call)
  }
})

test('blocks marked to run do', () => {
  const blocks = shellBlocks().filter(({ mark }) => mark === 'run')
  assert.ok(blocks.length > 0, 'no block was run')
  inHome((filled) => {
    const demo = path.join(filled, 'demo.sqlite')
    assert.is(immersion(filled, ['--db', demo, 'demo']).status, 0)
    for (const block of blocks) run(block, demo)
  })
})

test('immersion config set takes every key that the documents name, and cli.md names them all', () => {
  const named = documents().flatMap((document) => {
    const text = fs.readFileSync(document, 'utf8')
    return [...text.matchAll(/immersion config (?:set|get|unset) (?!KEY)([A-Za-z.]+)/g)].map((match) => match[1] ?? '')
  })
  assert.ok(named.length > 5, `only ${named.length} keys were looked at`)
  inHome((home) => {
    const listed = immersion(home, ['config', 'list', '--json'])
    const keys = Object.keys(JSON.parse(listed.stdout) as Record<string, unknown>)
    const refused = [...new Set(named)].filter((key) => !keys.includes(key))
    assert.equal(refused, [])
    const commands = fs.readFileSync('docs/reference/cli.md', 'utf8')
    assert.equal(
      keys.filter((key) => !commands.includes(`\n| \`${key}\` | `)),
      [],
    )
  })
})

function callsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''))
    .flatMap((line) => line.split(/\s*(?:&&|\||;)\s*/))
    .map((call) => call.trim())
}

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

/** Walks the tree of commands by these words, and looks for each option in the commands on the way. */
function faultOfCommand(words: readonly string[]): string | null {
  let command: Command = createProgram('0.0.0')
  const options: Option[] = [...command.options]
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--') return null
    if (word.startsWith('-')) {
      const option = options.find(({ long, short }) => word === long || word === short)
      if (option === undefined && word !== '--help') return `has no ${word}`
      if (option?.required || option?.variadic) index += 1
      continue
    }
    const next = command.commands.find((child) => child.name() === word || child.aliases().includes(word))
    if (next === undefined && command.commands.length > 0) return `has no command ${word}`
    if (next === undefined) continue
    command = next
    options.push(...command.options)
  }
  return null
}

/** A demo fills the same year each time and takes seconds, so that the first one is copied. */
function run({ document, line, text }: CodeBlock, demo: string): void {
  inHome((home) => {
    for (const call of text.split('\n').filter((each) => each !== '')) {
      assert.ok(call.startsWith('npx immersion '), `${document}:${line} \`${call}\` cannot be run here`)
      const words = (call.match(/'[^']*'|\S+/g) ?? []).slice(2).map((word) => word.replace(/^'(.*)'$/, '$1'))
      const [option, file = '', command] = words
      if (option === '--db' && command === 'demo' && words.length === 3) {
        fs.copyFileSync(demo, path.join(home, file))
        continue
      }
      const ended = immersion(home, words)
      assert.is(ended.status, 0, `${document}:${line} \`${call}\`\n${ended.stdout}${ended.stderr}`)
    }
  })
}

function inHome(work: (home: string) => void): void {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-docs-'))
  try {
    work(home)
  } finally {
    fs.rmSync(home, { recursive: true })
  }
}

function immersion(home: string, args: readonly string[]) {
  const { IMMERSION_DB: _db, ...environment } = process.env
  const env = { ...environment, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home }
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: home,
    env,
    encoding: 'utf8',
    timeout: COMMAND_TIMEOUT_MS,
  })
}

test.run()
