// Runs compiled test files, each in a process of its own, a few at a time, and adds up their reports. A file passes only if it
// reported, ran at least one test, and its process ended by itself with 0. States of a file: started → reported → ended. A file
// that ends before it reports, or that does not end soon afterwards, fails.

import { spawn } from 'node:child_process'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestFile } from './find-files.js'
import type { FileReport } from './run-file.js'
import type { ServerRequest, SharedServers } from './shared-servers.js'

export interface FileOutcome {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Failures beside tests: hooks, a crash, a timeout. Each is counted in `failed`. */
  readonly problems: readonly string[]
  /** The reasons of skipped tests. */
  readonly skips: readonly string[]
  readonly output: string
  readonly elapsedMs: number
}

/** Only the end of the output is kept, because a test that fails in a loop must not fill the memory. */
const OUTPUT_MAX_CHARS = 200_000
/** A finished file may take this long to close its servers and threads. One that needs longer has left something open. */
const LINGER_MAX_MS = 10_000

const RUN_FILE = path.join(path.dirname(fileURLToPath(import.meta.url)), 'run-file.js')

export async function runFiles(options: {
  readonly files: readonly TestFile[]
  readonly parallel: number
  readonly timeoutMs: number
  readonly onOutcome?: (outcome: FileOutcome) => void
  /** The database servers that files may request. */
  readonly servers?: SharedServers
  /** Ends the running files and starts no more. */
  readonly signal?: AbortSignal
}): Promise<readonly FileOutcome[]> {
  const outcomes: FileOutcome[] = []
  const waiting = [...options.files]
  const runNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (options.signal?.aborted) return
      const outcome = await runFile(file, options)
      outcomes.push(outcome)
      options.onOutcome?.(outcome)
    }
  }
  await Promise.all(Array.from({ length: options.parallel }, runNext))
  return outcomes
}

function runFile(
  file: TestFile,
  { timeoutMs, servers, signal: interrupt }: Pick<Parameters<typeof runFiles>[0], 'timeoutMs' | 'servers' | 'signal'>,
): Promise<FileOutcome> {
  const startedAtMs = Date.now()
  // A process group of its own, so that the processes of a test end with it.
  const child = spawn(process.execPath, ['--enable-source-maps', RUN_FILE, file.compiled], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  let output = ''
  let report: FileReport | null = null
  const problems: string[] = []
  const collect = (chunk: string) => {
    output = (output + chunk).slice(-OUTPUT_MAX_CHARS)
  }
  child.stdout?.setEncoding('utf8').on('data', collect)
  child.stderr?.setEncoding('utf8').on('data', collect)

  const endGroup = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group has ended already.
    }
  }
  const giveUp = (problem: string) => {
    problems.push(problem)
    endGroup()
  }
  let timer = setTimeout(() => giveUp(`timed out after ${timeoutMs} ms`), timeoutMs)
  const interrupted = () => giveUp('was interrupted')
  interrupt?.addEventListener('abort', interrupted)

  child.on('message', (message: FileReport | ServerRequest) => {
    if ('server' in message) {
      void servers?.answer(message).then((answer) => {
        if (child.connected) child.send(answer)
      })
      return
    }
    report = message
    clearTimeout(timer)
    timer = setTimeout(
      () => giveUp(`still running ${LINGER_MAX_MS} ms after its last test: something was left open`),
      LINGER_MAX_MS,
    )
  })
  return new Promise((resolve) => {
    child.on('error', (error) => problems.push(`could not be started: ${error.message}`))
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      interrupt?.removeEventListener('abort', interrupted)
      endGroup()
      // The rest of the output arrives within this time. A pipe that another process holds open is not awaited.
      setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
        resolve(outcomeOf({ name: file.name, report, problems, code, signal, output, startedAtMs }))
      }, 50)
    })
  })
}

function outcomeOf(end: {
  readonly name: string
  readonly report: FileReport | null
  readonly problems: readonly string[]
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly startedAtMs: number
}): FileOutcome {
  const { name, report, output } = end
  const problems = [...(report?.problems ?? []), ...end.problems]
  if (end.problems.length === 0) {
    const how = end.signal === null ? `with code ${end.code}` : `by ${end.signal}`
    if (report === null) problems.push(`ended ${how} before its tests had finished`)
    else if (end.code !== 0) problems.push(`ended ${how} after its last test`)
  }
  const { passed, failed, skipped } = report ?? { passed: 0, failed: 0, skipped: 0 }
  if (report !== null && passed + failed + skipped === 0) problems.push('ran no test')
  return {
    name,
    passed,
    failed: failed + problems.length,
    skipped,
    problems,
    skips: report?.skips ?? [],
    output,
    elapsedMs: Date.now() - end.startedAtMs,
  }
}
