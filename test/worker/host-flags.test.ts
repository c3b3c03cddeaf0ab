// A program may be started with any flag of Node: its own, or one of V8. The threads of its store open all the same.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFolder } from '../store/with-store.js'

const test = suite('flags of the host')

const entry = pathToFileURL('dist/src/immersion-log.js').href
const program = (path: string) => `
  const { openImmersionTrackingStore } = await import(${JSON.stringify(entry)})
  const store = await openImmersionTrackingStore({ storage: { path: ${JSON.stringify(path)} } })
  store.tracker.startSession({ videoKey: 'local:/a.mkv' }).line({ text: '猫' })
  await store.close()
  console.log('written')
`

const FLAGS = [
  '--max-old-space-size=512',
  '--expose-gc',
  '--stack-size=1200',
  '--harmony',
  '--title=player',
  '--enable-source-maps',
  '--stack-trace-limit=50',
  '--no-warnings',
]

for (const flag of FLAGS) {
  test(`a store opens in a program that is started with ${flag}`, () =>
    withFolder(async (folder) => {
      const file = join(folder, 'program.mjs')
      writeFileSync(file, program(join(folder, 'log.sqlite')))
      assert.is(execFileSync(process.execPath, [flag, file], { encoding: 'utf8' }), 'written\n')
    }))
}

test('a store opens in a program that is a text of the command line', () =>
  withFolder(async (folder) => {
    const args = ['--expose-gc', '--input-type=module', '--eval', program(join(folder, 'log.sqlite'))]
    assert.is(execFileSync(process.execPath, args, { encoding: 'utf8' }), 'written\n')
  }))

test.run()
