// The question before something is deleted for good. Where nobody can answer, only `--yes` deletes.

import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { EXIT_FAILED } from './exit.js'
import { note } from './output.js'

export interface YesOption {
  readonly yes?: boolean
}

export function withYes(command: Command): Command {
  return command.option('--yes', 'do not ask for confirmation')
}

interface Confirmation {
  /** The thing that is deleted, for the error's details. */
  readonly name: string
  readonly warning: string
  /** The word to type. A full word, because nobody types one by mistake. */
  readonly word: string
}

/** Runs `work` after `word` was typed, or at once with `--yes`. Otherwise the command ends with exit code 1. */
export async function confirmed(
  { yes }: YesOption,
  confirmation: Confirmation,
  work: () => Promise<void>,
): Promise<void> {
  if (yes === true || (await isTyped(confirmation))) return work()
  note('Nothing was deleted.')
  process.exitCode = EXIT_FAILED
}

async function isTyped({ name, warning, word }: Confirmation): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    throw new ImmersionError('INVALID_ARGUMENT', 'No terminal is attached, so the deletion cannot be confirmed.', {
      hint: 'Add --yes to delete without it.',
      details: { name },
    })
  }
  note(warning)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new AbortController()
  terminal.once('close', () => closed.abort())
  try {
    return (await terminal.question(`Type ${word} to delete it: `, { signal: closed.signal })) === word
  } catch {
    // Ctrl-C, or the end of the input, is an answer: no.
    return false
  } finally {
    terminal.close()
  }
}
