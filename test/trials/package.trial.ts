// What is packed, and that the Node that runs this can install and use it.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ownNode, packPackage } from './installed-package.js'
import { tryPackage } from './try-package.js'

const test = suite('package')

test('the package holds what its users need and nothing else', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-pack-'))
  try {
    const { names } = packPackage(root)
    const strangers = names.filter(
      (name) =>
        !/^(dist\/(src|projections|adapters)\/.*\.(js|d\.ts)|docs\/.*\.md|(README|CHANGELOG|SECURITY)\.md|LICENSE|package\.json)$/.test(
          name,
        ),
    )
    assert.equal(strangers, [])
    for (const name of ['LICENSE', 'README.md', 'dist/src/command/immersion.js', 'dist/src/contract/contract.js']) {
      assert.ok(names.includes(name), `${name} is missing`)
    }
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})

test('this Node installs the package, tracks and answers', () => {
  tryPackage(() => ownNode, Number(process.versions.node.split('.')[0]))
})

test.run()
