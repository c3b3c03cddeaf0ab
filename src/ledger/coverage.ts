// The exact set of a stream's versions that have been counted: as text `1-57,60` in the stream's row, as pairs of numbers
// in memory. Append calls it for each event, so the usual case, one past the last, changes one number and reads no text.

import { ImmersionError } from '../events/errors.js'

/** First and last version of each range, both included, ascending. Ranges neither overlap nor touch. */
export type Coverage = number[]

const RANGE = /^([1-9]\d*)(?:-([1-9]\d*))?$/

/** STORAGE_CORRUPT for a text that formatCoverage would not write. */
export function parseCoverage(text: string): Coverage {
  const coverage: Coverage = []
  if (text === '') return coverage
  for (const range of text.split(',')) {
    const parts = RANGE.exec(range)
    const from = Number(parts?.[1])
    const last = Number(parts?.[2] ?? parts?.[1])
    const before = coverage[coverage.length - 1] ?? -1
    const written = parts?.[2] === undefined ? from === last : from < last
    if (parts === null || !written || !Number.isSafeInteger(last) || from <= before + 1)
      throw unreadableColumn('coverage', text)
    coverage.push(from, last)
  }
  return coverage
}

/** The error for a text in a stream's row that nothing in this folder would have written. */
export function unreadableColumn(column: 'facts' | 'coverage', text: string, cause?: unknown): ImmersionError {
  return new ImmersionError('STORAGE_CORRUPT', `the ${column} of a stream cannot be read: ${text.slice(0, 100)}`, {
    hint: 'Run `immersion rebuild --from-log`: it computes the rows of complete streams from their events.',
    cause,
  })
}

export function formatCoverage(coverage: Readonly<Coverage>): string {
  let text = ''
  for (let index = 0; index < coverage.length; index += 2) {
    const from = coverage[index] as number
    const last = coverage[index + 1] as number
    text += (index === 0 ? '' : ',') + (from === last ? from : `${from}-${last}`)
  }
  return text
}

/** The highest version of a text that formatCoverage wrote; 0 for none. Reads the end of the text alone. */
export function lastVersionIn(text: string): number {
  return Number(text.slice(Math.max(text.lastIndexOf('-'), text.lastIndexOf(',')) + 1))
}

export function covers(coverage: Readonly<Coverage>, version: number): boolean {
  const index = placeOf(coverage, version)
  return index < coverage.length && (coverage[index] as number) <= version
}

/** Adds one version. False when the coverage has it already. */
export function addVersion(coverage: Coverage, version: number): boolean {
  const end = coverage.length
  if (end > 0 && version === (coverage[end - 1] as number) + 1) {
    coverage[end - 1] = version
    return true
  }
  const index = placeOf(coverage, version)
  if (index < end && (coverage[index] as number) <= version) return false
  const touchesBefore = index > 0 && coverage[index - 1] === version - 1
  const touchesNext = index < end && coverage[index] === version + 1
  if (touchesBefore && touchesNext) coverage.splice(index - 1, 2)
  else if (touchesBefore) coverage[index - 1] = version
  else if (touchesNext) coverage[index] = version
  else coverage.splice(index, 0, version, version)
  return true
}

/** The number of versions. */
export function coveredCount(coverage: Readonly<Coverage>): number {
  let count = 0
  for (let index = 0; index < coverage.length; index += 2) {
    count += (coverage[index + 1] as number) - (coverage[index] as number) + 1
  }
  return count
}

/** The versions below the last one that the coverage lacks. */
export function holesOf(coverage: Readonly<Coverage>): Coverage {
  return coverageWithout([1, coverage.at(-1) ?? 0], coverage)
}

/** The versions of `coverage` that `other` lacks. */
export function coverageWithout(coverage: Readonly<Coverage>, other: Readonly<Coverage>): Coverage {
  const rest: Coverage = []
  let at = 0
  for (let index = 0; index < coverage.length; index += 2) {
    let from = coverage[index] as number
    const last = coverage[index + 1] as number
    while (at < other.length && (other[at + 1] as number) < from) at += 2
    for (let inner = at; inner < other.length && (other[inner] as number) <= last; inner += 2) {
      if ((other[inner] as number) > from) rest.push(from, (other[inner] as number) - 1)
      from = (other[inner + 1] as number) + 1
    }
    if (from <= last) rest.push(from, last)
  }
  return rest
}

/** The versions that both have. */
export function coverageWithin(left: Readonly<Coverage>, right: Readonly<Coverage>): Coverage {
  return coverageWithout(left, coverageWithout(left, right))
}

/** The versions that either has: all versions except those that both lack. */
export function coverageUnion(left: Readonly<Coverage>, right: Readonly<Coverage>): Coverage {
  const all = [1, Math.max(left.at(-1) ?? 0, right.at(-1) ?? 0)]
  return coverageWithout(all, coverageWithout(coverageWithout(all, left), right))
}

/** Index of the first range that ends at or after the version. Tries the last range first, because appends go there. */
function placeOf(coverage: Readonly<Coverage>, version: number): number {
  let high = coverage.length / 2
  if (high === 0 || version > (coverage[coverage.length - 1] as number)) return coverage.length
  let low = 0
  while (low < high) {
    const middle = (low + high) >> 1
    if ((coverage[middle * 2 + 1] as number) < version) low = middle + 1
    else high = middle
  }
  return low * 2
}
