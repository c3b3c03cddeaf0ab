// Node 22 comes from npm, and the driver is compiled for it. This takes minutes, so it is not part of the tests.

import { suite } from 'uvu'
import { installNode } from './installed-package.js'
import { tryPackage } from './try-package.js'

const test = suite('Node 22')

test('Node 22 installs the package, tracks and answers', () => {
  tryPackage((folder) => installNode(folder, 22), 22)
})

test.run()
