// The program `immersion` as a running process, for tests that act while it runs. Its database, configuration and data folder
// belong to the test. Tests that wait for the end of a command use test/cli/home.ts.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../src/cli/immersion.js', import.meta.url))

export interface RunningCommand {
  readonly process: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves to the exit code when the process has ended, or to null when a signal ended it. */
  readonly exited: Promise<number | null>
}

/** Stores everything under `folder`, except the log where `database` names another place for it. */
export function startImmersion(folder: string, args: readonly string[], database?: string): RunningCommand {
  const temporary = path.join(folder, 'tmp')
  fs.mkdirSync(temporary, { recursive: true })
  const env = {
    ...process.env,
    IMMERSION_DB: database ?? path.join(folder, 'log.db'),
    XDG_CONFIG_HOME: path.join(folder, 'config'),
    XDG_DATA_HOME: path.join(folder, 'data'),
    TMPDIR: temporary,
    TZ: 'UTC',
  }
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const exited = once(child, 'close').then(([code]: readonly unknown[]) => (typeof code === 'number' ? code : null))
  return { process: child, stdout: () => stdout, stderr: () => stderr, exited }
}

/** Runs to the end, and resolves to the printed JSON. Fails with the printed error when the exit code is not 0. */
export async function immersionJson(folder: string, args: readonly string[], database?: string): Promise<unknown> {
  const command = startImmersion(folder, [...args, '--json'], database)
  const code = await command.exited
  if (code !== 0) throw new Error(`immersion ${args.join(' ')} ended with ${code}: ${command.stderr()}`)
  return JSON.parse(command.stdout())
}
