// The reference documents are complete: each member of the store's and the port's interfaces, each event type, measure
// and error code has its row, and no row is about something that is gone. Read from the sources by the TypeScript parser.

import * as fs from 'node:fs'
import type { Command } from 'commander'
import ts from 'typescript'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgram } from '../../src/cli/program.js'
import { MAINTENANCE_METHOD_NAMES } from '../../src/engine/engine-calls.js'
import { BACKEND_DEFAULTS } from '../../src/events/defaults.js'
import { ERROR_CODES } from '../../src/events/error-codes.js'
import { EVENT_TYPES } from '../../src/events/event-types.js'
import { MEASURE_NAMES } from '../../src/events/measures.js'

const test = suite('reference documents')

const PORT = 'src/ports/event-log.ts'
const INTERFACES: Readonly<Record<string, string>> = {
  ImmersionTrackingStore: 'src/ports/store-types.ts',
  Tracker: 'src/ports/tracker-types.ts',
  TrackedSession: 'src/ports/tracker-types.ts',
  Analytics: 'src/ports/analytics-types.ts',
  Corrections: 'src/ports/correction-types.ts',
  Maintenance: 'src/ports/store-types.ts',
  Diagnostics: 'src/ports/diagnostics-types.ts',
  EventLog: PORT,
  LogSnapshot: PORT,
}

for (const [name, file] of Object.entries(INTERFACES)) {
  const document = file === PORT ? 'docs/reference/adapters.md' : 'docs/reference/store.md'
  test(`${document} has a row for each member of ${name}`, () => {
    // Methods that the table of the engine offers to the store are inherited.
    const inherited = name === 'Maintenance' ? MAINTENANCE_METHOD_NAMES : []
    assert.equal(rowNames(document, name), [...membersOf(file, name), ...inherited].sort())
  })
}

test('docs/reference/config.md has a row for each key of the configuration', () => {
  const interfaces = { storage: 'StorageConfig', '': 'StoreConfig' }
  const expected = Object.entries(interfaces).flatMap(([prefix, name]) =>
    keysOf(declarationOf('src/store/config.ts', name, ts.isInterfaceDeclaration).members, prefix),
  )
  // Retention's windows are mapped from the defaults, and storage is listed key by key.
  const windows = Object.keys(BACKEND_DEFAULTS.retention).map((key) => `retention.${key}`)
  const leaves = [...expected.filter((key) => key !== 'storage' && key !== 'retention'), ...windows]
  assert.equal(rowNames('docs/reference/config.md', 'Settings'), leaves.sort())
})

test('docs/reference/events.md has a row for each event type', () => {
  assert.equal(rowNames('docs/reference/events.md', 'Types'), Object.keys(EVENT_TYPES).sort())
})

test('docs/reference/events.md has a row for each measure', () => {
  assert.equal(rowNames('docs/reference/events.md', 'Measures'), [...MEASURE_NAMES].sort())
})

test('docs/reference/errors.md has a row for each error code, with the meaning that the program explains', () => {
  const rows = sectionOf('docs/reference/errors.md', 'Codes').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)
  const withoutLinks = (text: string) => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  const documented = Object.fromEntries([...rows].map(([, code = '', meaning = '']) => [code, withoutLinks(meaning)]))
  assert.equal(
    documented,
    Object.fromEntries(Object.entries(ERROR_CODES).map(([code, { meaning }]) => [code, meaning])),
  )
})

test('docs/reference/cli.md has a row for each command of the program', () => {
  const named = rowNames('docs/reference/cli.md', 'Commands of the program')
  assert.equal(named, leavesOf(createProgram('0.0.0'), []).toSorted())
})

/** Commands that do something themselves, by their words. */
function leavesOf(command: Command, words: readonly string[]): readonly string[] {
  if (command.commands.length === 0) return [words.join(' ')]
  return command.commands.flatMap((child) => leavesOf(child, [...words, child.name()]))
}

/** First cells of the table below a heading, sorted. */
function rowNames(document: string, heading: string): readonly string[] {
  return [...sectionOf(document, heading).matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '').sort()
}

function sectionOf(document: string, heading: string): string {
  const text = fs.readFileSync(document, 'utf8')
  return text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
}

function membersOf(file: string, name: string): readonly string[] {
  const members = declarationOf(file, name, ts.isInterfaceDeclaration).members
  return members.map((member) => nameOf(member.name)).sort()
}

/** Keys of a type literal with those of the literals within it, as `batching.maxEvents`. */
function keysOf(members: ts.NodeArray<ts.TypeElement>, prefix: string): readonly string[] {
  return members.flatMap((member) => {
    if (!ts.isPropertySignature(member)) return []
    const key = prefix === '' ? nameOf(member.name) : `${prefix}.${nameOf(member.name)}`
    const inner = member.type
    return inner !== undefined && ts.isTypeLiteralNode(inner) ? keysOf(inner.members, key) : [key]
  })
}

/** Strings in the declaration of a type or a constant, sorted. */
function declarationOf<T extends ts.Node & { readonly name?: ts.Node }>(
  file: string,
  name: string,
  isWanted: (node: ts.Node) => node is T,
): T {
  let found: T | undefined
  const visit = (node: ts.Node): void => {
    if (isWanted(node) && node.name !== undefined && ts.isIdentifier(node.name) && node.name.text === name) found = node
    else ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest))
  if (found === undefined) throw new Error(`${file} declares no ${name}`)
  return found
}

function nameOf(node: ts.Node | undefined): string {
  if (node !== undefined && (ts.isIdentifier(node) || ts.isStringLiteral(node))) return node.text
  throw new Error('a member without a plain name')
}

test.run()
