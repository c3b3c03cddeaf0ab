// Types and Biome over the whole repository. Both are programs of their own; a check that looked at nothing fails.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runTool } from './run-tool.js'

const test = suite('types and style')

test('every file has right types', () => {
  const listed = runTool('typescript', 'tsc', ['-p', 'tsconfig.json', '--noEmit', '--listFiles'])
  assert.is(listed.code, 0, listed.output)
  const own = listed.output.split('\n').filter((line) => line.includes('/src/') && !line.includes('node_modules'))
  assert.ok(own.length > 5, `only ${own.length} files of src were looked at`)
})

test('Biome finds nothing, warnings and hints included', () => {
  const found = runTool('@biomejs/biome', 'biome', ['ci', '--error-on-warnings', '--colors=off', '.'])
  assert.is(found.code, 0, found.output)
  const files = Number(/Checked (\d+) files/.exec(found.output)?.[1] ?? 0)
  assert.ok(files > 10, `only ${files} files were looked at`)
})

test.run()
