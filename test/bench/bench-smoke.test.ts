// The benchmarks at a tiny size, in a process of their own: each runs and prints what it measured beside its floor. No
// time is asserted.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('benchmarks')

const RUN = fileURLToPath(new URL('../../bench/run.js', import.meta.url))

function bench(...args: readonly string[]) {
  return spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8', timeout: 240_000 })
}

test('every benchmark runs at a tiny size and prints figures that are numbers', () => {
  const ran = bench('--tiny', '--json')
  assert.is(ran.status, 0, ran.stderr)
  const figures = ran.stdout
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
  const silent = bench('--list')
    .stdout.trim()
    .split('\n')
    .filter((name) => !figures.some((figure) => figure.benchmark === name))
  assert.equal(silent, [])
  for (const { what, measured, floor, ratio } of figures) {
    assert.ok(Number.isFinite(Reflect.get(Object(measured), 'median')), `${what} measured nothing`)
    assert.is(floor === null, ratio === null, `${what} has a floor without a ratio, or a ratio without a floor`)
  }
})

test('an unknown benchmark is refused and the known ones are named', () => {
  const ran = bench('appendix')
  assert.is(ran.status, 2)
  assert.match(ran.stderr, 'append')
})

test.run()
