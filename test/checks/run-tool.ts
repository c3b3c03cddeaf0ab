// Runs the program of an installed package, by the path that its package.json names, and answers all it printed.
// Called by the checks; the working folder is the repository's.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'

/** A tool that takes longer hangs. */
const TOOL_TIMEOUT_MS = 180_000

export function runTool(
  packageName: string,
  program: string,
  args: readonly string[],
): { readonly code: number | null; readonly output: string; readonly stdout: string } {
  const folder = path.join('node_modules', packageName)
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    bin: Record<string, string>
  }
  const file = bin[program]
  if (file === undefined) throw new Error(`${packageName} has no program ${program}`)
  const ended = spawnSync(process.execPath, [path.join(folder, file), ...args], {
    encoding: 'utf8',
    timeout: TOOL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  })
  return { code: ended.status, output: ended.stdout + ended.stderr, stdout: ended.stdout }
}
