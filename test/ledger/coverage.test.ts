// Coverage against the plainest thing that could do the same: a Set of versions.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addVersion,
  type Coverage,
  coverageUnion,
  coverageWithin,
  coverageWithout,
  coveredCount,
  covers,
  formatCoverage,
  holesOf,
  lastVersionIn,
  parseCoverage,
} from '../../src/ledger/coverage.js'

const test = suite('coverage')

const versions = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 })

function coverageOf(list: Iterable<number>): Coverage {
  const coverage: Coverage = []
  for (const version of list) addVersion(coverage, version)
  return coverage
}

/** Every version that it covers, one by one. */
function listOf(coverage: Coverage): readonly number[] {
  return Array.from({ length: 40 }, (_, index) => index).filter((version) => covers(coverage, version))
}

function ascending(set: ReadonlySet<number>): readonly number[] {
  return [...set].sort((left, right) => left - right)
}

test('the usual coverage is one range, and one more version makes it one longer', () => {
  const coverage = parseCoverage('1-57')
  assert.ok(addVersion(coverage, 58))
  assert.is(formatCoverage(coverage), '1-58')
  assert.not(addVersion(coverage, 58))
  assert.not(addVersion(coverage, 1))
  assert.ok(addVersion(coverage, 60))
  assert.is(formatCoverage(coverage), '1-58,60')
  assert.ok(addVersion(coverage, 59))
  assert.is(formatCoverage(coverage), '1-60')
})

test('versions added in any order are covered, counted, written and read back as a set of them would be', () => {
  fc.assert(
    fc.property(versions, (list) => {
      const set = new Set<number>()
      const coverage: Coverage = []
      for (const version of list) {
        assert.is(addVersion(coverage, version), !set.has(version))
        set.add(version)
      }
      assert.equal(listOf(coverage), ascending(set))
      assert.is(coveredCount(coverage), set.size)
      assert.is(lastVersionIn(formatCoverage(coverage)), Math.max(0, ...set))
      assert.equal(parseCoverage(formatCoverage(coverage)), coverage)
      assert.is(formatCoverage(coverage), formatCoverage(coverageOf(ascending(set))))
      const last = Math.max(0, ...set)
      const holes = Array.from({ length: last }, (_, index) => index + 1).filter((version) => !set.has(version))
      assert.equal(listOf(holesOf(coverage)), holes)
    }),
  )
})

test('what one coverage has and another lacks is the difference of their sets', () => {
  fc.assert(
    fc.property(versions, versions, (all, part) => {
      const lacking = new Set(all.filter((version) => !part.includes(version)))
      const rest = coverageWithout(coverageOf(all), coverageOf(part))
      assert.equal(listOf(rest), ascending(lacking))
      assert.equal(rest, coverageOf(lacking))
    }),
  )
})

test('a text that is not written so is refused', () => {
  for (const text of ['0', '1-', '2-2', '3-1', '1,2', '1-3,3', '5,1', 'a', '1, 3', '01', '1-99999999999999999']) {
    assert.throws(() => parseCoverage(text), /coverage/, text)
  }
})

test('what both or either of two coverages hold is what two sets of versions have in common, or together', () => {
  fc.assert(
    fc.property(versions, versions, (first, second) => {
      const [left, right] = [coverageOf(first), coverageOf(second)]
      const both = first.filter((version) => second.includes(version))
      assert.is(formatCoverage(coverageUnion(left, right)), formatCoverage(coverageOf([...first, ...second])))
      assert.is(formatCoverage(coverageWithin(left, right)), formatCoverage(coverageOf(both)))
    }),
  )
})

test.run()
