// Tests that need a program or a service of the machine. Where it is missing, the test is skipped, and its skip says why. With
// CI=true it fails instead, so that no run passes because a player or a database is missing. Servers are
// `server('postgres')` of databases.ts. Use: `const withMpv = requires(test, program('mpv'))`, then `withMpv('…', async () => …)`.

import type { Callback, Test } from 'uvu'
import { programFile } from './program-files.js'

export interface Requirement {
  readonly name: string
  /** Null when it is present, else a sentence about the missing part. */
  readonly missing: string | null
}

/** A program on PATH. */
export function program(name: string): Requirement {
  return { name, missing: programFile(name) === null ? `${name} is not installed` : null }
}

export function requires(
  test: Pick<Test, 'skip'> & ((name: string, handler: Callback) => void),
  ...requirements: readonly Requirement[]
): (name: string, handler: Callback) => void {
  const missing = requirements.flatMap((requirement) => requirement.missing ?? [])
  if (missing.length === 0) return test
  const reason = missing.join(', ')
  return (name) => {
    if (process.env.CI === 'true') {
      test(name, () => {
        throw new Error(`${reason}, and under CI=true that is a failure`)
      })
      return
    }
    console.log(`SKIPPED ${name}: ${reason}`)
    test.skip(`${name}: ${reason}`)
  }
}
