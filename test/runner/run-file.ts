// Runs one compiled test file and reports real counts to its parent (test/runner/run-files.ts), in place of uvu's own exec,
// which is silent about four faults. With UVU_DEFER, uvu leaves its queue to the caller. The file's import of `uvu` resolves to
// watched-uvu.ts, which records the tests that were registered and those that never ran.

import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { hookErrors, suites } from './watched-uvu.js'

export interface FileReport {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly problems: readonly string[]
  readonly skips: readonly string[]
}

/** uvu's answer for one suite: error text (or true), tests passed, skipped, and meant to run. */
type SuiteRun = () => Promise<readonly [errors: string | true, passed: number, skipped: number, total: number]>

const HOOK = `
export async function resolve(specifier, context, next) {
  if (specifier !== 'uvu' || context.parentURL === ${JSON.stringify(new URL('./watched-uvu.js', import.meta.url).href)}) {
    return next(specifier, context)
  }
  return { url: ${JSON.stringify(new URL('./watched-uvu.js', import.meta.url).href)}, shortCircuit: true }
}`

const file = process.argv[2]
if (file === undefined) throw new Error('run-file needs a compiled test file')
register(`data:text/javascript,${encodeURIComponent(HOOK)}`)

const queue = suites.queue as SuiteRun[]
await import(pathToFileURL(file).href)

let passed = 0
let failed = 0
let skipped = 0
const problems: string[] = []
for (const run of queue) {
  const completedBefore = suites.completed
  const hookErrorsBefore = hookErrors.length
  try {
    const [errors, passedHere, skippedHere, total] = await run()
    if (errors !== true) process.stdout.write(`\n${errors}\n`)
    passed += passedHere
    failed += total - passedHere
    skipped += skippedHere
  } catch {
    // A throwing `after` arrives here. uvu then reports no counts, so the completed tests are counted instead.
    passed += suites.completed - completedBefore
  }
  for (const error of hookErrors.slice(hookErrorsBefore)) problems.push(error)
}
problems.push(...suites.problems())

const report: FileReport = { passed, failed, skipped, problems, skips: suites.skips }
process.send?.(report)
