// Programs of the machine: finds their files, and runs one to its end. Called by the modules that start database servers.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'

/** These folders hold servers, and are not on every PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin']
/** Creating an empty cluster takes half a second on an idle machine. */
const RUN_TIMEOUT_MS = 120_000

/** The file of a program, null when there is none. */
export function programFile(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...SERVER_FOLDERS].filter((one) => one !== '')
  return folders.map((folder) => path.join(folder, name)).find(isExecutable) ?? null
}

/** Returns the output, and throws with it when the program fails. `owner` is the uid and gid to run under. */
export function runToEnd(file: string, args: readonly string[], cwd: string, owner?: number): string {
  const as = owner === undefined ? {} : { uid: owner, gid: owner }
  const ended = spawnSync(file, args, { cwd, encoding: 'utf8', timeout: RUN_TIMEOUT_MS, ...as })
  if (ended.status === 0) return ended.stdout
  throw new Error(`${file} failed: ${ended.error?.message ?? `${ended.stdout}${ended.stderr}`}`)
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}
