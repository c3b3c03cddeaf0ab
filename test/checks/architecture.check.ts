// docs/architecture.md against .dependency-cruiser.cjs and the tree: the same folders in the same order, no folder of the
// product without a row, and no dependency that points back.

import * as fs from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers } from './import-rules.js'
import { isProductSource, repositoryFiles } from './source-files.js'

const test = suite('architecture')

/** First cells of the table of folders, each with one name or more in code font. */
function foldersOfDocument(): readonly string[] {
  const [, section = ''] = fs.readFileSync('docs/architecture.md', 'utf8').split(/^## Folders.*$/m)
  const rows = (section.split(/^## /m)[0] ?? '').split('\n').filter((line) => /^\| *`/.test(line))
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''))
}

test('docs/architecture.md has a row for each folder of the rules, in their order', () => {
  assert.equal(
    foldersOfDocument(),
    layers().map(({ name }) => name),
  )
})

test('every file of the product is in a folder that has a rule', () => {
  const names = new Set(layers().map(({ name }) => name))
  const others = repositoryFiles(isProductSource).filter((file) => {
    const [top = '', inner = ''] = file.split('/')
    return ![top, `${top}/${inner}`, file].some((name) => names.has(name))
  })
  assert.equal(others, [])
})

test('no folder may import one that stands below it', () => {
  const ordered = layers()
  assert.ok(ordered.length > 20, `only ${ordered.length} folders were looked at`)
  const backward = ordered.flatMap((layer, index) =>
    ordered
      .slice(index + 1)
      .flatMap((later) => (layer.mayImport(later) ? [`${layer.name} imports ${later.name}`] : [])),
  )
  assert.equal(backward, [])
})

test('the reading of the rules knows what is allowed', () => {
  const named = new Map(layers().map((layer) => [layer.name, layer]))
  const mayImport = (from: string, to: string): boolean | undefined => {
    const target = named.get(to)
    return target === undefined ? undefined : named.get(from)?.mayImport(target)
  }
  assert.is(mayImport('src/append', 'src/ledger'), true)
  assert.is(mayImport('src/ledger', 'src/append'), false)
  assert.is(mayImport('adapters/mysql', 'adapters/sql'), true)
  assert.is(mayImport('adapters/mysql', 'adapters/postgres'), false)
  assert.is(mayImport('src/events', 'src/ports'), false)
})

test.run()
