// The packed package: its files, its installation and use by this Node, and the contract that an adapter's author runs with it.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installPackage, ownNode, packPackage, runNode } from './installed-package.js'
import { tryPackage } from './try-package.js'

const test = suite('package')

test('the package holds its program, its documents and nothing else', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-pack-'))
  try {
    const { names } = packPackage(root)
    const strangers = names.filter(
      (name) =>
        !/^(dist\/(src|projections|adapters)\/.*\.(js|d\.ts)|docs\/.*\.(md|svg)|(README|CHANGELOG|SECURITY)\.md|LICENSE|package\.json)$/.test(
          name,
        ),
    )
    assert.equal(strangers, [])
    for (const name of ['LICENSE', 'README.md', 'dist/src/cli/immersion.js', 'dist/src/contract/contract.js']) {
      assert.ok(names.includes(name), `${name} is missing`)
    }
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})

test('this Node installs the package, tracks and answers', () => {
  tryPackage(() => ownNode, Number(process.versions.node.split('.')[0]))
})

/** At least this many cases must pass. The manifest of test/contract/map-backend.ts leaves some out. */
const CASES_MIN = 140

test("the author of an adapter runs the contract from the installed package, by Node's test runner", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-contract-'))
  try {
    const { tarball } = packPackage(root)
    const author = path.join(root, 'author')
    installPackage(ownNode, author, tarball, { scripts: false })
    for (const file of ['contract/map-log.js', 'contract/map-backend.js', 'trials/contract-with-node-test.js']) {
      fs.mkdirSync(path.join(author, path.dirname(file)), { recursive: true })
      fs.copyFileSync(path.join('dist', 'test', file), path.join(author, file))
    }
    const printed = runNode(ownNode, author, ['--test', '--test-reporter=tap', 'trials/contract-with-node-test.js'])
    const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(printed)?.[1])
    assert.is(count('fail'), 0)
    assert.ok(count('pass') >= CASES_MIN, `${count('pass')} cases passed`)
    assert.ok(count('skipped') > 0, 'the cases that the manifest leaves out are skipped')
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
})

test.run()
