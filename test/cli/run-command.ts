// Runs the real command as its users do, in folders of its own.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const COMMAND = new URL('../../src/cli/immersion.js', import.meta.url).pathname
const TIMEOUT_MS = 60_000

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Home {
  readonly folder: string
  /** `immersion` with these arguments, its data and configuration in this home. */
  immersion(args: readonly string[], options?: { readonly input?: string; readonly env?: NodeJS.ProcessEnv }): Outcome
  remove(): void
}

export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-home-'))
  return {
    folder,
    immersion(args, { input = '', env = {} } = {}) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
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
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
