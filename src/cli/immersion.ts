#!/usr/bin/env node
// The program `immersion`: runs the command that was typed and turns every outcome into an exit code, as output.ts lists
// them. Answers go to stdout, and errors, progress and notes to stderr.

import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { EXIT_FAILED, EXIT_USAGE } from './output.js'
import { createProgram } from './program.js'

const USAGE_CODES: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'INVALID_CONFIG',
  'UNKNOWN_PROFILE',
  'UNKNOWN_PROVIDER',
])

main(process.argv)

async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`immersion stats | head`) closes the pipe, which is no failure.
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EPIPE') process.exit(0)
    const hint = 'The output is incomplete. Look at the disk that it goes to, and run the command again.'
    report(new ImmersionError('STORAGE_FAILED', `The output cannot be written: ${cause.message}`, { hint, cause }))
    process.exit(EXIT_FAILED)
  })
  try {
    await createProgram(packageVersion()).parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE
    else report(error)
  }
}

function report(error: unknown): void {
  const { code, message, hint } = ImmersionError.from(error)
  process.stderr.write(`immersion: ${message} (${code})\n`)
  process.stderr.write(`  ${hint === '' ? `\`immersion explain ${code}\` says more.` : hint}\n`)
  if (process.env.IMMERSION_DEBUG !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = error instanceof ImmersionError && USAGE_CODES.has(code) ? EXIT_USAGE : EXIT_FAILED
}

function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
