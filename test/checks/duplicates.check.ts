// jscpd over the product: the same six lines twice are one function that was not written.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runTool } from './run-tool.js'

const test = suite('duplicates')

interface Report {
  readonly duplicates: readonly {
    readonly lines: number
    readonly fragment: string
    readonly firstFile: { readonly name: string; readonly start: number }
    readonly secondFile: { readonly name: string; readonly start: number }
  }[]
  readonly statistics: { readonly total: { readonly sources: number } }
}

function duplicatesIn(folders: readonly string[]): Report {
  const output = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-jscpd-'))
  try {
    const ran = runTool('jscpd', 'jscpd', ['--config', '.jscpd.json', '--output', output, ...folders])
    const report = path.join(output, 'jscpd-report.json')
    if (!fs.existsSync(report)) throw new Error(ran.output)
    return JSON.parse(fs.readFileSync(report, 'utf8')) as Report
  } finally {
    fs.rmSync(output, { recursive: true })
  }
}

test('the product says nothing twice', () => {
  const { duplicates, statistics } = duplicatesIn(
    ['src', 'projections', 'adapters'].filter((name) => fs.existsSync(name)),
  )
  assert.equal(
    duplicates
      .filter(({ fragment }) => !isOnlyImports(fragment))
      .map(
        ({ lines, firstFile, secondFile }) =>
          `${lines} lines: ${firstFile.name}:${firstFile.start} and ${secondFile.name}:${secondFile.start}`,
      ),
    [],
  )
  assert.ok(statistics.total.sources > 10, `only ${statistics.total.sources} files were looked at`)
})

/** Two files may need the same modules. The first and the last line may be cut. */
function isOnlyImports(fragment: string): boolean {
  const lines = fragment.trim().split('\n').slice(1, -1)
  return lines.every((line) => /^import .* from '.*'$/.test(line))
}

test('a function that was copied is found', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-copy-'))
  try {
    const lines = Array.from(
      { length: 12 },
      (_, index) => `  const value${index} = first * ${index} + second - ${index}`,
    )
    for (const name of ['one', 'two']) {
      const text = `export function ${name}(first: number, second: number) {\n${lines.join('\n')}\n  return value11\n}\n`
      fs.writeFileSync(path.join(folder, `${name}.ts`), text)
    }
    assert.is(duplicatesIn([folder]).duplicates.length, 1)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

test.run()
