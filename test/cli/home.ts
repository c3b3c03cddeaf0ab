// A home folder in which tests of the program run `immersion` as a process, as a learner does.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const PROGRAM = new URL('../../src/cli/immersion.js', import.meta.url).pathname
const TIMEOUT_MS = 60_000

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Home {
  readonly folder: string
  /** Runs `immersion` with these arguments, its data and configuration in this home. */
  immersion(args: readonly string[], options?: { readonly input?: string; readonly env?: NodeJS.ProcessEnv }): Outcome
}

/** A new home for as long as `work` takes. */
export async function inHome(work: (home: Home) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-home-'))
  try {
    await work({ folder, immersion: (args, options) => run(folder, args, options) })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(folder: string, args: readonly string[], { input = '', env = {} }: Parameters<Home['immersion']>[1] = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    input,
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      HOME: folder,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      TZ: 'UTC',
      IMMERSION_DB: undefined,
      ...env,
    },
  })
  return { status, stdout, stderr }
}
