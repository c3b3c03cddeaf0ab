// The test command: `node dist/test/run.js [--checks|--trials|--faults] [pattern…]`. It finds the compiled test/**/*.test.ts (or
// .check.ts, .trial.ts), runs each file in a process of its own, and ends with one line of real sums. It fails where uvu alone
// is silent: see test/runner/run-file.ts and test/runner/find-files.ts.

import { availableParallelism } from 'node:os'
import { type FileKind, findFiles } from './runner/find-files.js'
import { type FileOutcome, runFiles } from './runner/run-files.js'
import { createSharedServers } from './runner/shared-servers.js'
import { summaryLine } from './runner/summary-line.js'

/** More files at a time would disturb each other's timing. */
const PARALLEL_FILES_MAX = 2
/** The longest test takes a minute on an idle machine. This limit finds one that hangs, on a busy machine. */
const FILE_TIMEOUT_MS = Number(process.env.TEST_FILE_TIMEOUT_MS ?? 600_000)

/** These run alone, after all others, because a real player drops frames and lines when the machine is busy. */
const RUNS_ALONE = /^test\/(players|e2e)\//

const KIND_BY_FLAG: Readonly<Record<string, FileKind>> = {
  '--checks': 'check',
  '--trials': 'trial',
  '--faults': 'test',
}
/** With `--faults`: the tests that kill programs, with many more kills (test/faults/kills.ts). */
const FAULT_TESTS = ['test/faults/', 'test/store/kill']

const args = process.argv.slice(2)
const flags = args.filter((arg) => arg.startsWith('--'))
const seeksFaults = flags[0] === '--faults'
const named = args.filter((arg) => !arg.startsWith('--'))
const patterns = seeksFaults && named.length === 0 ? FAULT_TESTS : named
if (seeksFaults) process.env.TEST_FAULTS = 'long'
const unknownFlag = flags.find((flag) => KIND_BY_FLAG[flag] === undefined)
const kind = KIND_BY_FLAG[flags[0] ?? ''] ?? 'test'

const found = findFiles({ root: process.cwd(), kind, patterns })
const problems = unknownFlag === undefined ? [...found.problems] : [`unknown option ${unknownFlag}`]
for (const problem of problems) console.log(`FAIL ${problem}`)

const timeoutMs = kind === 'trial' || seeksFaults ? FILE_TIMEOUT_MS * 2 : FILE_TIMEOUT_MS
const together = found.files.filter((file) => !RUNS_ALONE.test(file.name))
const alone = found.files.filter((file) => RUNS_ALONE.test(file.name))
const parallel = Math.min(PARALLEL_FILES_MAX, availableParallelism())
const servers = createSharedServers()
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort())
const shared = { timeoutMs, servers, signal: interruption.signal, onOutcome: printOutcome }
const outcomes = [
  ...(await runFiles({ ...shared, files: together, parallel })),
  ...(await runFiles({ ...shared, files: alone, parallel: 1 })),
]
await servers.close()

const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, problems.length)
const skipped = outcomes.reduce((sum, outcome) => sum + outcome.skipped, 0)
printFailures(outcomes)
console.log(summaryLine({ passed, failed, skipped }))
process.exitCode = interruption.signal.aborted ? 130 : failed > 0 || passed + skipped === 0 ? 1 : 0

function printOutcome(outcome: FileOutcome): void {
  const seconds = (outcome.elapsedMs / 1000).toFixed(1)
  console.log(`${outcome.failed > 0 ? 'FAIL' : 'ok  '} ${outcome.name}  ${summaryLine(outcome)}  ${seconds} s`)
  for (const reason of outcome.skips) console.log(`     SKIPPED ${reason}`)
  if (outcome.failed === 0) return
  console.log(outcome.output.trimEnd())
  for (const problem of outcome.problems) console.log(`     ${problem}`)
}

/** Prints the failures again at the end, where they are seen without scrolling. */
function printFailures(all: readonly FileOutcome[]): void {
  const failures = all.filter((outcome) => outcome.failed > 0)
  if (failures.length === 0) return
  console.log('\nFailed:')
  for (const failure of failures) console.log(`  ${failure.name}  ${summaryLine(failure)}`)
}
