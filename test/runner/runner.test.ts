// The test command, tried on fixtures with every fault about which uvu alone is silent.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findFiles } from './find-files.js'
import { type FileOutcome, runFiles } from './run-files.js'
import { summaryLine } from './summary-line.js'

const FIXTURES = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fixtures')

const test = suite('test command')

async function outcomeOf(fixture: string, timeoutMs = 60_000): Promise<FileOutcome> {
  const compiled = path.join(FIXTURES, `${fixture}.js`)
  const [outcome] = await runFiles({ files: [{ name: fixture, compiled }], parallel: 1, timeoutMs })
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

function assertFails(outcome: FileOutcome, counts: string, problem: RegExp): void {
  assert.is(summaryLine(outcome), counts, outcome.output)
  assert.match(outcome.problems.join('\n'), problem)
}

test('a passing file is counted, with its skips and their reasons', async () => {
  const outcome = await outcomeOf('passing')
  assert.is(summaryLine(outcome), '2 passed, 0 failed, 1 skipped')
  assert.equal(outcome.skips, ['passing: three: no such program'])
  assert.equal(outcome.problems, [])
})

test('a failing test is counted and its message is in the output', async () => {
  const outcome = await outcomeOf('failing')
  assert.is(summaryLine(outcome), '1 passed, 1 failed')
  assert.match(outcome.output, 'one is not two')
})

test('a before hook that throws is a failure, and so is every test that did not run', async () => {
  assertFails(await outcomeOf('throwing-before'), '0 passed, 2 failed', /the before hook broke/)
})

test('an after hook that throws is a failure, and the tests before it still count', async () => {
  assertFails(await outcomeOf('throwing-after'), '1 passed, 1 failed', /the after hook broke/)
})

test('an each hook that throws is a failure', async () => {
  const outcome = await outcomeOf('throwing-each')
  assert.ok(outcome.failed >= 2)
  assert.match(outcome.problems.join('\n'), /the each hook broke/)
})

test('a suite without .run() fails', async () => {
  assertFails(await outcomeOf('without-run'), '1 passed, 1 failed', /"second" has no \.run\(\)/)
})

test('a test registered after .run() fails', async () => {
  assertFails(await outcomeOf('after-run'), '1 passed, 1 failed', /"late" has no \.run\(\)/)
})

test('a committed .only fails', async () => {
  assertFails(await outcomeOf('marked-only'), '1 passed, 1 failed, 1 skipped', /\.only/)
})

test('a file without tests fails', async () => {
  assertFails(await outcomeOf('empty'), '0 passed, 1 failed', /ran no test/)
})

test('a process that ends in the middle of a test fails even with exit code 0', async () => {
  assertFails(await outcomeOf('crashing'), '0 passed, 1 failed', /ended with code 0 before its tests had finished/)
})

test('a test that waits for nothing fails', async () => {
  assertFails(await outcomeOf('never-settling'), '0 passed, 1 failed', /before its tests had finished/)
})

test('an exit code that is not 0 fails after tests that pass', async () => {
  assertFails(await outcomeOf('late-failure'), '1 passed, 1 failed', /ended with code 3 after its last test/)
})

test('a hanging file fails after its timeout, and its processes end with it', async () => {
  const outcome = await outcomeOf('hanging', 3_000)
  assertFails(outcome, '0 passed, 1 failed', /timed out after 3000 ms/)
  const pid = Number(/grandchild (\d+)/.exec(outcome.output)?.[1])
  assert.ok(pid > 0, outcome.output)
  const stateOf = () => {
    try {
      return /^State:\s+(\S)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 'gone'
    } catch {
      return 'gone'
    }
  }
  for (let waited = 0; waited < 50 && !['gone', 'Z'].includes(stateOf()); waited++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.ok(['gone', 'Z'].includes(stateOf()), `process ${pid} still runs`)
})

test('finding names a source that was not compiled, a compiled file without source and a pattern without match', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-find-'))
  try {
    const put = (name: string) => {
      fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
      fs.writeFileSync(path.join(root, name), '')
    }
    for (const name of ['test/a/one.test.ts', 'test/two.test.ts', 'test/a/three.check.ts']) put(name)
    for (const name of ['dist/test/a/one.test.js', 'dist/test/gone.test.js', 'dist/test/a/three.check.js']) put(name)
    const all = findFiles({ root, kind: 'test', patterns: [] })
    assert.equal(
      all.files.map((file) => file.name),
      ['test/a/one.test.ts'],
    )
    assert.is(all.problems.length, 2)
    assert.match(all.problems.join('\n'), 'test/two.test.ts was not compiled')
    assert.match(all.problems.join('\n'), 'dist/test/gone.test.js has no source')
    const some = findFiles({ root, kind: 'check', patterns: ['three', 'nowhere'] })
    assert.is(some.files.length, 1)
    assert.equal(some.problems, ['no file matches nowhere'])
    assert.equal(findFiles({ root, kind: 'trial', patterns: [] }).problems, ['there is no *.trial.ts'])
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})

test.run()
