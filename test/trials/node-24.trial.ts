// Node 24 comes from npm, and the driver is compiled for it. This takes minutes, so it is not part of the tests.

import { suite } from 'uvu'
import { installNode } from './installed-package.js'
import { tryPackage } from './try-package.js'

const test = suite('Node 24')

test('Node 24 installs the package, tracks and answers', () => {
  tryPackage((folder) => installNode(folder, 24), 24)
})

test.run()
